import {
  Button,
  Field,
  makeStyles,
  Subtitle2,
  Text,
  Textarea,
  Tooltip,
  tokens,
} from "@fluentui/react-components";
import { AddRegular, DeleteRegular } from "@fluentui/react-icons";
import { useRef } from "react";
import type { Example } from "../session/session";

const useStyles = makeStyles({
  column: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalS },
  head: { margin: 0 },
  hint: { color: tokens.colorNeutralForeground3 },
  example: {
    display: "flex",
    flexDirection: "column",
    gap: tokens.spacingVerticalS,
    padding: tokens.spacingHorizontalM,
    paddingTop: tokens.spacingVerticalXS,
    margin: 0,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusLarge,
    minWidth: 0,
  },
  legend: { display: "flex", alignItems: "center" },
  number: { flexGrow: 1 },
  add: { alignSelf: "flex-start" },
});

interface Props {
  examples: Example[];
  change: (examples: Example[]) => void;
}

/** Questions with the answers that the assistant is to take as a pattern. */
export function Examples({ examples, change }: Props) {
  const styles = useStyles();
  const list = useRef<HTMLDivElement>(null);
  const put = (position: number, part: Partial<Example>) =>
    change(examples.map((one, at) => (at === position ? { ...one, ...part } : one)));
  function add() {
    change([...examples, { question: "", answer: "" }]);
    requestAnimationFrame(() =>
      list.current?.querySelector<HTMLElement>("fieldset:last-of-type textarea")?.focus(),
    );
  }
  return (
    <div className={styles.column} ref={list}>
      <Subtitle2 as="h3" className={styles.head}>
        Examples
      </Subtitle2>
      <Text size={200} className={styles.hint}>
        Show the assistant the kind of answer you want: a question and its answer.
      </Text>
      {examples.map(({ question, answer }, position) => (
        <fieldset key={position} className={styles.example} aria-label={`Example ${position + 1}`}>
          <div className={styles.legend}>
            <Text weight="semibold" className={styles.number}>
              Example {position + 1}
            </Text>
            <Tooltip content={`Remove example ${position + 1}`} relationship="label">
              <Button
                size="small"
                appearance="subtle"
                icon={<DeleteRegular />}
                onClick={() => change(examples.filter((_, at) => at !== position))}
              />
            </Tooltip>
          </div>
          <Field label="Question" size="small">
            <Textarea
              value={question}
              rows={2}
              resize="vertical"
              onChange={(_, { value }) => put(position, { question: value })}
            />
          </Field>
          <Field label="Answer" size="small">
            <Textarea
              value={answer}
              rows={3}
              resize="vertical"
              onChange={(_, { value }) => put(position, { answer: value })}
            />
          </Field>
        </fieldset>
      ))}
      <Button className={styles.add} size="small" icon={<AddRegular />} onClick={add}>
        Add an example
      </Button>
    </div>
  );
}
