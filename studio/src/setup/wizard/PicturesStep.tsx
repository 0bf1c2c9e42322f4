import { Button, makeStyles, Select, Text, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { count } from "../../widgets/amounts";
import { ImportDescriptions } from "./ImportDescriptions";
import { PictureTable } from "./PictureTable";
import { SendingState } from "./UploadDetails";
import { type Sent, useUploading } from "./uploading";

const useStyles = makeStyles({
  tools: {
    display: "flex",
    gap: tokens.spacingHorizontalM,
    alignItems: "center",
    flexWrap: "wrap",
  },
  grow: { flexGrow: 1 },
  hint: { color: tokens.colorNeutralForeground3 },
});

type Filter = "all" | "undescribed" | "failed";

const FILTERS: Record<Filter, (one: Sent) => boolean> = {
  all: () => true,
  undescribed: ({ state, description }) => state !== "failed" && !description.trim(),
  failed: ({ state }) => state === "failed",
};

/** Every picture with its description, to be written, pasted or read from a file. */
export function PicturesStep() {
  const styles = useStyles();
  const files = useUploading((uploading) => uploading.files);
  // Held still while somebody types: a picture does not go away under the first letter.
  const [filtered, setFiltered] = useState<{ filter: Filter; keys: Set<number> | null }>({
    filter: "all",
    keys: null,
  });
  const [importing, setImporting] = useState(false);
  const { filter, keys } = filtered;
  const shown = keys ? files.filter(({ key }) => keys.has(key)) : files;
  const number = (one: Filter) => files.filter(FILTERS[one]).length.toLocaleString("en");
  function filterBy(one: Filter) {
    const fitting = () => new Set(files.filter(FILTERS[one]).map(({ key }) => key));
    setFiltered({ filter: one, keys: one === "all" ? null : fitting() });
  }
  return (
    <>
      <div className={styles.tools}>
        <Select
          aria-label="Show"
          value={filter}
          onChange={(_, { value }) => filterBy(value as Filter)}
        >
          <option value="all">All files ({number("all")})</option>
          <option value="undescribed">Without description ({number("undescribed")})</option>
          <option value="failed">Not taken ({number("failed")})</option>
        </Select>
        <span className={styles.grow} />
        <Button aria-expanded={importing} onClick={() => setImporting(!importing)}>
          Import descriptions
        </Button>
      </div>
      {importing && <ImportDescriptions done={() => filterBy(filter)} />}
      <Text size={200} className={styles.hint}>
        Descriptions help to find pictures and videos and are what answers quote. That of a video
        holds for all of its frames. Enter goes to the next file, Shift+Enter begins a new line.
      </Text>
      {files.some(({ state }) => state === "waiting" || state === "sending") && <SendingState />}
      {shown.length ? (
        <PictureTable files={shown} />
      ) : (
        <Text>
          {filter === "undescribed"
            ? `All ${count(files.length, "file")} are described.`
            : "Nothing to show."}
        </Text>
      )}
    </>
  );
}
