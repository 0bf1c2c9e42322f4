import {
  Field,
  InfoLabel,
  Input,
  InteractionTag,
  InteractionTagPrimary,
  InteractionTagSecondary,
  type LabelProps,
  makeStyles,
  TagGroup,
  tokens,
} from "@fluentui/react-components";
import { useState } from "react";
import { MOST_STOPS, meant, typed } from "./parameters";

const useStyles = makeStyles({
  box: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalXS },
  tags: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalXS },
  tag: { fontFamily: tokens.fontFamilyMonospace, maxWidth: "190px", overflow: "hidden" },
});

interface Props {
  stops: string[];
  change: (stops: string[]) => void;
}

/** Words at which an answer ends; at most four, each a tag. */
export function StopSequences({ stops, change }: Props) {
  const styles = useStyles();
  const [text, setText] = useState("");
  const full = stops.length >= MOST_STOPS;
  function add() {
    const stop = meant(text);
    if (stop && !full && !stops.includes(stop)) change([...stops, stop]);
    setText("");
  }
  return (
    <div className={styles.box}>
      <Field
        label={{
          children: (_: unknown, props: LabelProps) => (
            <InfoLabel
              {...props}
              info="The answer ends where the model would write one of these. \n stands for a line break, \t for a tab."
            >
              Stop sequences
            </InfoLabel>
          ),
        }}
        hint={full ? `${MOST_STOPS} are the most.` : "Press Enter after each."}
      >
        <Input
          value={text}
          disabled={full}
          onChange={(_, { value }) => setText(value)}
          onBlur={add}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.nativeEvent.isComposing) add();
          }}
        />
      </Field>
      {stops.length > 0 && (
        <TagGroup
          size="small"
          className={styles.tags}
          aria-label="Stop sequences in use"
          onDismiss={(_, { value }) => change(stops.filter((stop) => stop !== value))}
        >
          {stops.map((stop) => (
            <InteractionTag key={stop} value={stop}>
              <InteractionTagPrimary className={styles.tag} hasSecondaryAction>
                {typed(stop)}
              </InteractionTagPrimary>
              <InteractionTagSecondary aria-label={`Remove ${typed(stop)}`} />
            </InteractionTag>
          ))}
        </TagGroup>
      )}
    </div>
  );
}
