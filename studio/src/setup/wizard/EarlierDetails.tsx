import { Checkbox, makeStyles, Text, tokens } from "@fluentui/react-components";
import { useSession, useStudio } from "../../session/studio";
import { count } from "../../widgets/amounts";
import { missing, setForm, useForm } from "./form";

const useStyles = makeStyles({
  list: { display: "flex", flexDirection: "column", border: "none", margin: 0, padding: 0 },
  wrong: { color: tokens.colorStatusDangerForeground1 },
});

/** The indexes of this server that the session does not use yet. */
export function EarlierDetails() {
  const styles = useStyles();
  const form = useForm();
  const { setup } = useSession();
  const indexes = useStudio((studio) => studio.indexes);
  const others = indexes.filter(({ name }) => !setup.indexes.includes(name));
  const wrong = form.pressed ? missing(form, indexes).earlier : undefined;
  if (!others.length)
    return (
      <Text>
        {indexes.length
          ? "This session uses every index of this server already."
          : "This server has no index yet. Go back and upload pictures to make one."}
      </Text>
    );
  return (
    <fieldset className={styles.list}>
      <legend>Indexes of this server</legend>
      {others.map(({ name, rows, attached, error }) => (
        <Checkbox
          key={name}
          disabled={Boolean(error)}
          label={`${name} (${error ? error.message : attached ? `at ${attached.service}` : count(rows ?? 0, "picture")})`}
          checked={form.earlier.includes(name)}
          onChange={(_, { checked }) =>
            setForm({
              earlier: checked
                ? [...form.earlier, name]
                : form.earlier.filter((other) => other !== name),
            })
          }
        />
      ))}
      {wrong && (
        <Text size={200} role="alert" className={styles.wrong}>
          {wrong}
        </Text>
      )}
    </fieldset>
  );
}
