import {
  Button,
  Field,
  InfoLabel,
  type LabelProps,
  makeStyles,
  Radio,
  RadioGroup,
  Switch,
} from "@fluentui/react-components";
import { type DataParameters, USUAL_DATA } from "../session/session";
import { changeSetup, useSession } from "../session/studio";
import { NumberField } from "./NumberField";
import { STRICTNESS } from "./parameters";
import { Section } from "./Section";

const TOPS = [3, 5, 10, 20];

const useStyles = makeStyles({
  switch: { marginInlineStart: "-8px" },
  choice: { marginInlineStart: "-8px", justifyContent: "space-between" },
});

/** How the pictures of the indexes are used; shown while an index is on. */
export function DataSection() {
  const styles = useStyles();
  const { data, indexes } = useSession().setup;
  if (!indexes.length) return null;
  const usual = JSON.stringify(data) === JSON.stringify(USUAL_DATA);
  function set(part: Partial<DataParameters>) {
    changeSetup({ data: { ...data, ...part } });
  }
  return (
    <Section
      title="Data"
      action={
        <Button
          size="small"
          appearance="subtle"
          disabled={usual}
          aria-label="Reset data parameters"
          onClick={() => changeSetup({ data: USUAL_DATA })}
        >
          Reset
        </Button>
      }
    >
      <Switch
        className={styles.switch}
        label="Limit responses to my data"
        checked={data.inScope}
        onChange={(_, { checked }) => set({ inScope: checked })}
      />
      <Field
        label={{
          children: (_: unknown, props: LabelProps) => (
            <InfoLabel
              {...props}
              info="How many pictures are found for a question and shown to the model."
            >
              Retrieved documents
            </InfoLabel>
          ),
        }}
      >
        <RadioGroup
          className={styles.choice}
          layout="horizontal"
          value={String(data.top)}
          onChange={(_, { value }) => set({ top: Number(value) })}
        >
          {TOPS.map((top) => (
            <Radio key={top} value={String(top)} label={String(top)} />
          ))}
        </RadioGroup>
      </Field>
      <NumberField
        parameter={STRICTNESS}
        value={data.strictness}
        change={(strictness) => set({ strictness })}
      />
    </Section>
  );
}
