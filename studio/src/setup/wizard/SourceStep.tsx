import { makeStyles, Radio, RadioGroup, Text, tokens } from "@fluentui/react-components";
import { type Kind, setForm, useForm } from "./form";

const useStyles = makeStyles({
  choices: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalS },
  about: { color: tokens.colorNeutralForeground3 },
});

const CHOICES: [Kind, string, string][] = [
  ["upload", "Upload files", "Send pictures and videos from this device and describe them."],
  [
    "container",
    "Blob container or folder",
    "Azure Blob, S3 or Google Cloud Storage, or a folder on the server's machine. The files stay there.",
  ],
  [
    "search",
    "Existing search index",
    "An index at Azure AI Search or another Sightline, searched where it lies.",
  ],
  ["earlier", "Index made earlier", "An index that this server has already."],
];

/** Where the pictures come from. */
export function SourceStep() {
  const styles = useStyles();
  const kind = useForm((form) => form.kind);
  return (
    <RadioGroup
      aria-label="Where the pictures are"
      className={styles.choices}
      value={kind}
      onChange={(_, { value }) => setForm({ kind: value as Kind })}
    >
      {CHOICES.map(([value, name, about]) => (
        <Radio
          key={value}
          value={value}
          label={
            <>
              <Text weight="semibold" block>
                {name}
              </Text>
              <Text size={200} className={styles.about}>
                {about}
              </Text>
            </>
          }
        />
      ))}
    </RadioGroup>
  );
}
