import {
  Caption1,
  Caption1Strong,
  makeStyles,
  mergeClasses,
  tokens,
} from "@fluentui/react-components";
import { ImageRegular } from "@fluentui/react-icons";
import { memo, useState } from "react";
import type { Citation, WatchedVideo } from "../api/types";
import { spotOf } from "../video/screening";
import { placeInWords, useSources } from "./sources";

const useStyles = makeStyles({
  strip: {
    display: "flex",
    gap: "8px",
    margin: "4px 0 0",
    padding: "2px",
    overflowX: "auto",
    listStyleType: "none",
  },
  hit: {
    display: "flex",
    flexDirection: "column",
    gap: "2px",
    width: "96px",
    padding: "3px",
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
    fontFamily: "inherit",
    textAlign: "left",
    cursor: "pointer",
    ":hover": { backgroundColor: tokens.colorNeutralBackground1Hover },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  cited: { border: `1px solid ${tokens.colorBrandStroke1}` },
  picture: {
    width: "88px",
    height: "60px",
    objectFit: "cover",
    borderRadius: tokens.borderRadiusSmall,
  },
  gone: {
    display: "flex",
    alignItems: "center",
    justifyContent: "center",
    backgroundColor: tokens.colorNeutralBackground3,
    color: tokens.colorNeutralForeground3,
    fontSize: "22px",
  },
  name: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  score: { color: tokens.colorNeutralForeground3 },
});

interface Props {
  citations: Citation[];
  /** Videos of the question; their frames are shown apart. */
  videos: WatchedVideo[];
}

/** All pictures that a search found for a question, cited or not. */
export const Retrieved = memo(function Retrieved({ citations, videos }: Props) {
  const styles = useStyles();
  const found = citations.filter(
    (one) => one.sightline.attached === undefined && !spotOf(videos, one),
  );
  if (!found.length) return null;
  return (
    <div>
      <Caption1Strong>What was retrieved</Caption1Strong>
      <ul className={styles.strip} aria-label="What was retrieved">
        {found.map((citation) => (
          <li key={citation.sightline.number}>
            <Hit citation={citation} />
          </li>
        ))}
      </ul>
    </div>
  );
});

function Hit({ citation }: { citation: Citation }) {
  const styles = useStyles();
  const { open } = useSources();
  const [gone, setGone] = useState(false);
  const place = placeInWords(citation.sightline.place);
  const { number, cited, thumbnail_url: url } = citation.sightline;
  return (
    <button
      type="button"
      className={mergeClasses(styles.hit, cited && styles.cited)}
      title={citation.title}
      onClick={() => open(number)}
    >
      {gone || !url ? (
        <span className={mergeClasses(styles.picture, styles.gone)}>
          <ImageRegular />
        </span>
      ) : (
        <img src={url} alt="" className={styles.picture} onError={() => setGone(true)} />
      )}
      <Caption1 className={styles.name}>
        {number} {place && `${place}, `}
        {citation.title}
      </Caption1>
      <Caption1 className={styles.score}>
        {citation.score?.toFixed(2) ?? "–"}
        {cited && " · cited"}
      </Caption1>
    </button>
  );
}
