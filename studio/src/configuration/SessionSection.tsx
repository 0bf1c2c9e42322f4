import {
  Caption1,
  InfoLabel,
  type LabelProps,
  makeStyles,
  Switch,
  tokens,
} from "@fluentui/react-components";
import { changeSetup, useSession } from "../session/studio";
import { duration, figuresOf } from "./figures";
import { Section } from "./Section";

const useStyles = makeStyles({
  switch: { marginInlineStart: "-8px" },
  figures: {
    display: "grid",
    gridTemplateColumns: "1fr auto",
    rowGap: tokens.spacingVerticalXS,
    margin: 0,
    "& dt": { color: tokens.colorNeutralForeground2 },
    "& dd": { margin: 0, textAlign: "end", fontVariantNumeric: "tabular-nums" },
  },
  quiet: { color: tokens.colorNeutralForeground3 },
});

/** What the session has used, how fast its last answer was, and whether turns are recorded. */
export function SessionSection() {
  const styles = useStyles();
  const session = useSession();
  const figures = figuresOf(session);
  const about = figures.estimated ? "≈ " : "";
  return (
    <Section title="Session">
      <dl className={styles.figures}>
        <dt>Input tokens</dt>
        <dd>{about + figures.input.toLocaleString("en")}</dd>
        <dt>Output tokens</dt>
        <dd>{about + figures.output.toLocaleString("en")}</dd>
        <dt>First token</dt>
        <dd>{duration(figures.firstToken)}</dd>
        <dt>Whole answer</dt>
        <dd>{duration(figures.total)}</dd>
      </dl>
      {figures.estimated && (
        <Caption1 className={styles.quiet}>
          ≈ estimated, where the model server did not count
        </Caption1>
      )}
      <Switch
        className={styles.switch}
        label={{
          children: (_: unknown, props: LabelProps) => (
            <InfoLabel
              {...props}
              info="Keeps on the server what the model was sent and answered, so that a turn can be looked into, exported and run again. A recording holds your question and its pictures."
            >
              Record turns
            </InfoLabel>
          ),
        }}
        checked={session.setup.record}
        onChange={(_, { checked }) => changeSetup({ record: checked })}
      />
    </Section>
  );
}
