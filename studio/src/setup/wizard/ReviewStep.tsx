import { Field, makeStyles, Switch, Text, tokens } from "@fluentui/react-components";
import { useStudio } from "../../session/studio";
import { bytes, count } from "../../widgets/amounts";
import { type Form, meaning, setForm, useForm } from "./form";
import { useTime } from "./time";
import { SendingState } from "./UploadDetails";
import { useUploading } from "./uploading";

const useStyles = makeStyles({
  facts: {
    display: "grid",
    gridTemplateColumns: "minmax(110px, auto) minmax(0, 1fr)",
    gap: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalL}`,
    margin: 0,
    "& dt": { color: tokens.colorNeutralForeground3 },
    "& dd": { margin: 0, overflowWrap: "anywhere" },
  },
});

/** What will be done, before it is. */
export function ReviewStep() {
  const styles = useStyles();
  const form = useForm();
  const uploading = useUploading();
  const facts = useFacts(form);
  const ingests = form.kind === "upload" || form.kind === "container";
  return (
    <>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {ingests && (
        <Field hint="Finds words on signs, labels and receipts. Takes most of the time of an ingestion.">
          <Switch
            label="Read the text in the pictures and videos"
            checked={form.readText}
            onChange={(_, { checked }) => setForm({ readText: checked })}
          />
        </Field>
      )}
      {form.kind === "upload" && (uploading.sending || uploading.problem) && <SendingState />}
      <Text>
        {ingests
          ? "Save begins the ingestion. You can go on working or close the page meanwhile; this session uses the index as soon as it is done."
          : "Save lets this session use it from the next question on."}
      </Text>
    </>
  );
}

function useFacts(form: Form): [string, string][] {
  const indexes = useStudio((studio) => studio.indexes);
  const { files } = useUploading();
  const time = useTime();
  const index: [string, string] = ["Index", `${form.index}. ${meaning(form.index, indexes)}`];
  if (form.kind === "upload") {
    const taken = files.filter(({ state }) => state !== "failed");
    const size = taken.reduce((sum, { file }) => sum + file.size, 0);
    const bare = taken.filter(({ description }) => !description.trim()).length;
    const left = files.length - taken.length;
    return [
      ["Source", "Upload from this device"],
      index,
      ["Pictures and videos", `${count(taken.length, "file")}${left ? `; ${left} not taken` : ""}`],
      ["Without description", bare.toLocaleString("en")],
      ["Disk", `${bytes(size)} of originals on the server, and the index beside them`],
      ["Time", time],
    ];
  }
  if (form.kind === "container") {
    const pictures = form.found?.pictures ?? 0;
    return [
      ["Source", form.found?.uri ?? form.address],
      index,
      ["Pictures and videos", count(pictures, "file")],
      ["Without description", (form.found?.undescribed ?? 0).toLocaleString("en")],
      [
        "Disk",
        `${form.found?.size ? `${bytes(form.found.size)} of originals` : "Originals"} stay where they are; the index lies on the server`,
      ],
      ["Time", time],
    ];
  }
  if (form.kind === "search") {
    return [
      ["Source", `Index ${form.distant} at the search service ${form.service}`],
      ["Name here", form.index],
      ...(form.examined?.rows
        ? [["Documents", form.examined.rows.toLocaleString("en")] as [string, string]]
        : []),
      ["Disk", "Nothing is copied"],
    ];
  }
  return [["Indexes", form.earlier.join(", ")]];
}
