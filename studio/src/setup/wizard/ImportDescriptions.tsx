import { Button, Field, makeStyles, Text, Textarea, tokens } from "@fluentui/react-components";
import { useRef, useState } from "react";
import { count } from "../../widgets/amounts";
import { descriptionsIn, type Matched } from "./descriptions";
import { describeAll } from "./uploading";

const useStyles = makeStyles({
  box: {
    display: "flex",
    flexDirection: "column",
    gap: tokens.spacingVerticalS,
    padding: tokens.spacingHorizontalM,
    backgroundColor: tokens.colorNeutralBackground2,
    borderRadius: tokens.borderRadiusLarge,
  },
  row: { display: "flex", gap: tokens.spacingHorizontalS, flexWrap: "wrap" },
  text: { fontFamily: tokens.fontFamilyMonospace },
  list: { margin: 0, paddingLeft: "20px", maxHeight: "120px", overflowY: "auto" },
});

/** Descriptions from a table or a metadata file; says which of them found their picture. */
export function ImportDescriptions({ done }: { done: () => void }) {
  const styles = useStyles();
  const [text, setText] = useState("");
  const [result, setResult] = useState<(Matched & { problems: string[] }) | null>(null);
  const file = useRef<HTMLInputElement>(null);
  function take(given: string) {
    const { found, problems } = descriptionsIn(given);
    setResult({ ...describeAll(found), problems });
    done();
  }
  return (
    <section className={styles.box} aria-label="Import descriptions">
      <Field
        label="Paste a CSV (name, description) or a metadata.json"
        hint={'For example: tent.jpg,"A red tent, for six"'}
      >
        <Textarea
          className={styles.text}
          value={text}
          rows={4}
          spellCheck={false}
          onChange={(_, { value }) => setText(value)}
        />
      </Field>
      <div className={styles.row}>
        <Button
          size="small"
          appearance="primary"
          disabled={!text.trim()}
          onClick={() => take(text)}
        >
          Apply
        </Button>
        <Button size="small" onClick={() => file.current?.click()}>
          Choose a file
        </Button>
        <input
          ref={file}
          type="file"
          hidden
          accept=".csv,.tsv,.txt,.json"
          aria-label="File of descriptions"
          onChange={async ({ target }) => {
            const [one] = target.files ?? [];
            if (one) take(await one.text());
            target.value = "";
          }}
        />
      </div>
      <div role="status">{result && <Result {...result} />}</div>
    </section>
  );
}

function Result({
  count: described,
  byLastPart,
  unmatched,
  problems,
}: Matched & { problems: string[] }) {
  const styles = useStyles();
  const wrong = [...unmatched.map((name) => `No file “${name}”`), ...problems];
  return (
    <>
      <Text weight="semibold" block>
        {count(described, "file")} described
        {byLastPart > 0 && `, ${byLastPart} of them found by the file name without its folder`}
        {wrong.length > 0 && `; ${count(wrong.length, "entry", "entries")} not used:`}
      </Text>
      {wrong.length > 0 && (
        <ul className={styles.list}>
          {wrong.slice(0, 200).map((one) => (
            <li key={one}>
              <Text size={200}>{one}</Text>
            </li>
          ))}
          {wrong.length > 200 && <li>and {wrong.length - 200} more</li>}
        </ul>
      )}
    </>
  );
}
