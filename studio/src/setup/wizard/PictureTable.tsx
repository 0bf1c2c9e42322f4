import { makeStyles, Text, Textarea, tokens } from "@fluentui/react-components";
import { ImageOffRegular, VideoClipRegular } from "@fluentui/react-icons";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useCallback, useEffect, useRef, useState } from "react";
import { LONGEST } from "./descriptions";
import { isVideoName } from "./limits";
import { describe, type Sent } from "./uploading";

const NARROW = "@media (max-width: 640px)";

const useStyles = makeStyles({
  scroll: {
    flex: "1 0 220px",
    overflowY: "auto",
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
  },
  rows: { position: "relative", margin: 0, padding: 0, listStyleType: "none" },
  row: {
    position: "absolute",
    top: 0,
    left: 0,
    right: 0,
    display: "grid",
    gridTemplateColumns: "64px minmax(0, 2fr) minmax(0, 3fr)",
    gap: tokens.spacingHorizontalM,
    alignItems: "center",
    padding: "8px 12px",
    boxSizing: "border-box",
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    [NARROW]: { gridTemplateColumns: "64px minmax(0, 1fr)" },
  },
  thumbnail: {
    width: "64px",
    height: "56px",
    objectFit: "cover",
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground3,
    display: "grid",
    placeItems: "center",
    color: tokens.colorNeutralForeground3,
  },
  name: {
    overflow: "hidden",
    display: "-webkit-box",
    WebkitBoxOrient: "vertical",
    WebkitLineClamp: "2",
    overflowWrap: "anywhere",
  },
  state: { color: tokens.colorNeutralForeground3 },
  failed: { color: tokens.colorStatusDangerForeground1 },
  description: { width: "100%", [NARROW]: { gridColumn: "1 / -1" } },
});

const STATES: Record<Sent["state"], string> = {
  waiting: "Waits",
  sending: "Uploading",
  uploaded: "Uploaded",
  failed: "Not taken",
};

/** Pictures, thousands of them if need be: only the rows that can be seen exist. */
export function PictureTable({ files }: { files: Sent[] }) {
  const styles = useStyles();
  const scroll = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: files.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => 77,
    overscan: 6,
    getItemKey: (at) => files[at]?.key ?? at,
  });
  const goTo = useCallback(
    (at: number) => {
      const box = () => scroll.current?.querySelector<HTMLElement>(`[data-index="${at}"] textarea`);
      const field = box();
      if (field) return field.focus();
      rows.scrollToIndex(at);
      requestAnimationFrame(() => box()?.focus());
    },
    [rows],
  );
  return (
    <div className={styles.scroll} ref={scroll}>
      <ul aria-label="Pictures" className={styles.rows} style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, key, start }) => (
          <li
            key={key}
            ref={rows.measureElement}
            data-index={index}
            aria-setsize={files.length}
            aria-posinset={index + 1}
            className={styles.row}
            style={{ transform: `translateY(${start}px)` }}
          >
            <Cells one={files[index] as Sent} at={index} goTo={goTo} />
          </li>
        ))}
      </ul>
    </div>
  );
}

interface CellsProps {
  one: Sent;
  at: number;
  goTo: (at: number) => void;
}

const Cells = memo(({ one, at, goTo }: CellsProps) => {
  const styles = useStyles();
  const failed = one.state === "failed";
  return (
    <>
      <Thumbnail file={one.file} />
      <div>
        <Text weight="semibold" className={styles.name} title={one.name}>
          {one.name}
        </Text>
        <Text size={200} className={failed ? styles.failed : styles.state}>
          {STATES[one.state]}
        </Text>
      </div>
      <div className={styles.description}>
        {failed ? (
          <Text size={200}>{one.error}</Text>
        ) : (
          <Textarea
            className={styles.description}
            aria-label={`Description of ${one.name}`}
            placeholder={isVideoName(one.file.name) ? "Describe the video" : "Describe the picture"}
            value={one.description}
            maxLength={LONGEST}
            rows={2}
            onChange={(_, { value }) => describe(one.key, value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
                event.preventDefault();
                goTo(at + 1);
              }
            }}
          />
        )}
      </div>
    </>
  );
});

/** The picture itself, small; a video and what the browser can't show have a sign in its place. */
function Thumbnail({ file }: { file: File }) {
  const styles = useStyles();
  const [url, setUrl] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  const [broken, setBroken] = useState(false);
  const video = isVideoName(file.name);
  if (video || broken || !url)
    return (
      <div className={styles.thumbnail}>
        {video ? (
          <VideoClipRegular fontSize={24} aria-hidden />
        ) : (
          <ImageOffRegular fontSize={24} aria-hidden />
        )}
      </div>
    );
  return (
    <img
      className={styles.thumbnail}
      src={url}
      alt=""
      decoding="async"
      onError={() => setBroken(true)}
    />
  );
}
