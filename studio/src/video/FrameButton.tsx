import {
  Badge,
  Caption1,
  Caption1Strong,
  makeStyles,
  mergeClasses,
  tokens,
} from "@fluentui/react-components";
import { VideoClipRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { clock } from "../widgets/amounts";

const useStyles = makeStyles({
  frame: {
    display: "flex",
    flexDirection: "column",
    gap: "2px",
    width: "128px",
    padding: "3px",
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
    fontFamily: "inherit",
    textAlign: "start",
    cursor: "pointer",
    ":hover": { backgroundColor: tokens.colorNeutralBackground1Hover },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  marked: { border: `1px solid ${tokens.colorBrandStroke1}` },
  shown: { backgroundColor: tokens.colorNeutralBackground1Selected },
  picture: {
    width: "120px",
    height: "72px",
    objectFit: "cover",
    borderRadius: tokens.borderRadiusSmall,
    backgroundColor: tokens.colorNeutralBackground3,
    color: tokens.colorNeutralForeground3,
    display: "grid",
    placeItems: "center",
    fontSize: "22px",
  },
  head: { display: "flex", alignItems: "center", gap: "4px", flexWrap: "wrap" },
  words: {
    color: tokens.colorNeutralForeground3,
    overflow: "hidden",
    display: "-webkit-box",
    WebkitBoxOrient: "vertical",
    WebkitLineClamp: "2",
    overflowWrap: "anywhere",
  },
});

interface Props {
  seconds: number;
  thumbnail: string | undefined;
  /** What is said of it, below it. */
  words: string;
  mark?: string;
  shown: boolean;
  open: () => void;
}

/** A frame of a video, small, with its time. */
export function FrameButton({ seconds, thumbnail, words, mark, shown, open }: Props) {
  const styles = useStyles();
  const [gone, setGone] = useState(false);
  return (
    <button
      type="button"
      aria-pressed={shown}
      title={words}
      className={mergeClasses(styles.frame, mark && styles.marked, shown && styles.shown)}
      onClick={open}
    >
      {gone || !thumbnail ? (
        <span className={styles.picture}>
          <VideoClipRegular aria-hidden />
        </span>
      ) : (
        <img
          src={thumbnail}
          alt=""
          loading="lazy"
          className={styles.picture}
          onError={() => setGone(true)}
        />
      )}
      <span className={styles.head}>
        <Caption1Strong>{clock(seconds)}</Caption1Strong>
        {mark && (
          <Badge size="small" appearance="tint">
            {mark}
          </Badge>
        )}
      </span>
      <Caption1 className={styles.words}>{words}</Caption1>
    </button>
  );
}
