import {
  Button,
  Field,
  makeStyles,
  mergeClasses,
  ProgressBar,
  Text,
  tokens,
} from "@fluentui/react-components";
import { ImageMultipleRegular } from "@fluentui/react-icons";
import { type DragEvent, useRef, useState } from "react";
import { useStudio } from "../../session/studio";
import { bytes, count } from "../../widgets/amounts";
import { ProblemBar } from "../../widgets/ProblemBar";
import { refused } from "../../widgets/refused";
import { missing, useForm } from "./form";
import { IndexField } from "./IndexField";
import { mebibytes, useLimits } from "./limits";
import { chosen, dropped } from "./picking";
import { add, sendAll, useUploading } from "./uploading";

const useStyles = makeStyles({
  zone: {
    display: "flex",
    flexDirection: "column",
    alignItems: "center",
    gap: tokens.spacingVerticalS,
    padding: tokens.spacingHorizontalXXL,
    border: `2px dashed ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusLarge,
    textAlign: "center",
    margin: 0,
    minWidth: 0,
  },
  over: {
    border: `2px dashed ${tokens.colorBrandStroke1}`,
    backgroundColor: tokens.colorBrandBackground2,
  },
  icon: { fontSize: "40px", color: tokens.colorNeutralForeground3 },
  buttons: { display: "flex", gap: tokens.spacingHorizontalS, flexWrap: "wrap" },
  hint: { color: tokens.colorNeutralForeground3 },
  failed: { margin: 0, paddingLeft: "20px", overflowWrap: "anywhere" },
});

/** Choose or drop pictures and videos; they are sent at once. */
export function UploadDetails() {
  const styles = useStyles();
  const form = useForm();
  const indexes = useStudio((studio) => studio.indexes);
  const most = useLimits((limits) => limits.upload_file_bytes);
  const mostOfVideo = useLimits((limits) => limits.video_file_bytes);
  const [over, setOver] = useState(false);
  const wrong = form.pressed ? missing(form, indexes).files : undefined;
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void dropped(event.dataTransfer).then(add);
  };
  return (
    <>
      <IndexField label="Index name" />
      <Field label="Pictures and videos" {...refused(wrong)}>
        <fieldset
          className={mergeClasses(styles.zone, over && styles.over)}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={drop}
        >
          <ImageMultipleRegular className={styles.icon} aria-hidden />
          <Text>Drop pictures, videos or a folder here</Text>
          <div className={styles.buttons}>
            <Chooser name="Choose files" />
            <Chooser name="Choose a folder" folder />
          </div>
          <Text size={200} className={styles.hint}>
            jpg, png, gif, bmp, tiff, webp, heic or avif, up to {mebibytes(most)} each; videos such
            as mp4, mov, mkv or webm up to {mebibytes(mostOfVideo)} each. A metadata.json beside
            them gives their descriptions.
          </Text>
        </fieldset>
      </Field>
      <SendingState />
    </>
  );
}

function Chooser({ name, folder = false }: { name: string; folder?: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button onClick={() => input.current?.click()}>{name}</Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={name}
        {...(folder ? { webkitdirectory: "" } : {})}
        onChange={({ target }) => {
          if (target.files) void add(chosen(target.files));
          target.value = "";
        }}
      />
    </>
  );
}

/** How far the sending is, and what was not taken. */
export function SendingState() {
  const styles = useStyles();
  const { files, sending, underWay, problem, hidden, notes } = useUploading();
  if (!files.length && !hidden) return null;
  const counted = files.filter(({ state, error }) => !(state === "failed" && error));
  const size = (some: typeof files) => some.reduce((sum, { file }) => sum + file.size, 0);
  const total = size(counted);
  const uploaded = files.filter(({ state }) => state === "uploaded");
  const failed = files.filter(({ state }) => state === "failed");
  const done = size(uploaded) + underWay;
  return (
    <div>
      <Text role="status" block>
        {`${uploaded.length.toLocaleString("en")} of ${count(files.length, "file")} uploaded (${bytes(size(uploaded))})`}
        {failed.length > 0 && `, ${failed.length.toLocaleString("en")} not taken`}
        {hidden > 0 && `, ${count(hidden, "hidden file")} passed over`}
      </Text>
      {sending && <ProgressBar aria-label="Upload" value={total ? Math.min(1, done / total) : 0} />}
      {problem && (
        <ProblemBar problem={problem}>
          <Button size="small" onClick={() => sendAll()}>
            Try again
          </Button>
        </ProblemBar>
      )}
      {notes.map((note) => (
        <Text key={note} block>
          {note}
        </Text>
      ))}
      {failed.length > 0 && (
        <ul className={styles.failed}>
          {failed.slice(0, 5).map(({ key, name, error }) => (
            <li key={key}>
              <Text size={200}>
                <strong>{name}</strong>: {error}
              </Text>
            </li>
          ))}
          {failed.length > 5 && (
            <li>
              <Text size={200}>and {failed.length - 5} more; the next step lists them</Text>
            </li>
          )}
        </ul>
      )}
    </div>
  );
}
