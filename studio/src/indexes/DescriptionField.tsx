import { Body1, Button, Field, makeStyles, Textarea, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { type Asset, describe } from "../api/assets";
import { asProblem, type Problem } from "../api/server";
import { ProblemBar } from "../widgets/ProblemBar";

const useStyles = makeStyles({
  field: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalS },
  actions: { display: "flex", gap: tokens.spacingHorizontalS },
  text: { overflowWrap: "anywhere", whiteSpace: "pre-wrap" },
});

interface Props {
  asset: Asset;
  own: boolean;
  changed: (asset: Asset) => void;
}

/** What is said about a picture; a search finds it by the new words at once. */
export function DescriptionField({ asset, own, changed }: Props) {
  const styles = useStyles();
  const [text, setText] = useState(asset.description);
  const [saving, setSaving] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  if (!own) return <Body1 className={styles.text}>{asset.description}</Body1>;
  async function save() {
    setSaving(true);
    setProblem(null);
    try {
      const now = await describe(asset, text.trim());
      setText(now.description);
      changed(now);
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setSaving(false);
    }
  }
  const same = text.trim() === asset.description;
  return (
    <div className={styles.field}>
      <Field
        label="Description"
        {...(asset.place && { hint: "It holds for all pages and frames of the file." })}
      >
        <Textarea
          value={text}
          rows={3}
          resize="vertical"
          placeholder={`What does the ${asset.film ? "video" : "picture"} show?`}
          onChange={(_, { value }) => setText(value)}
        />
      </Field>
      {problem && <ProblemBar problem={problem} />}
      {!same && (
        <div className={styles.actions}>
          <Button appearance="primary" disabled={saving} onClick={() => void save()}>
            Save description
          </Button>
          <Button disabled={saving} onClick={() => setText(asset.description)}>
            Discard
          </Button>
        </div>
      )}
    </div>
  );
}
