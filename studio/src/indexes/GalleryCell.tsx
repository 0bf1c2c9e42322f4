import {
  Caption1,
  Caption1Strong,
  makeStyles,
  mergeClasses,
  tokens,
} from "@fluentui/react-components";
import { type Asset, thumbnailOf } from "../api/assets";
import { clock } from "../widgets/amounts";

const useStyles = makeStyles({
  cell: {
    display: "block",
    width: "100%",
    padding: 0,
    border: "none",
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: "transparent",
    color: "inherit",
    font: "inherit",
    textAlign: "start",
    cursor: "pointer",
    ":hover img": { filter: "brightness(0.94)" },
    ":focus-visible": {
      outline: `2px solid ${tokens.colorStrokeFocus2}`,
      outlineOffset: "2px",
    },
  },
  picture: {
    display: "block",
    width: "100%",
    aspectRatio: "4 / 3",
    objectFit: "cover",
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground4,
  },
  frame: { display: "block", position: "relative" },
  time: {
    position: "absolute",
    right: "6px",
    bottom: "6px",
    padding: "0 6px",
    borderRadius: tokens.borderRadiusSmall,
    backgroundColor: tokens.colorNeutralBackgroundInverted,
    color: tokens.colorNeutralForegroundInverted,
  },
  words: { display: "flex", flexDirection: "column", height: "44px", paddingTop: "4px" },
  line: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  quiet: { color: tokens.colorNeutralForeground3 },
});

interface Props {
  position: number;
  /** From 1. */
  column: number;
  width: number;
  /** Undefined while it is fetched. */
  asset: Asset | undefined;
  caption: string | undefined;
  active: boolean;
  open: (asset: Asset) => void;
}

/** One picture of a gallery with its name and what is said about it. */
export function GalleryCell({ position, column, width, asset, caption, active, open }: Props) {
  const styles = useStyles();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a cell of a grid that is no table
    // biome-ignore lint/a11y/useFocusableInteractive: its button is
    <div role="gridcell" aria-colindex={column} style={{ width }}>
      <button
        type="button"
        className={styles.cell}
        data-position={position}
        tabIndex={active ? 0 : -1}
        aria-label={asset ? undefined : "Loading"}
        aria-disabled={!asset}
        onClick={() => asset && open(asset)}
      >
        {asset ? (
          <span className={styles.frame}>
            <img src={thumbnailOf(asset)} alt="" className={styles.picture} draggable={false} />
            {asset.film && <Time seconds={asset.place?.seconds ?? 0} />}
          </span>
        ) : (
          <span className={styles.picture} />
        )}
        <span className={styles.words}>
          <Caption1Strong className={styles.line}>{asset?.name ?? " "}</Caption1Strong>
          <Caption1 className={mergeClasses(styles.line, styles.quiet)}>
            {caption ?? (asset ? asset.description || "No description" : " ")}
          </Caption1>
        </span>
      </button>
    </div>
  );
}

/** When in its video a frame is shown. */
function Time({ seconds }: { seconds: number }) {
  const styles = useStyles();
  return <Caption1 className={styles.time}>{clock(seconds)}</Caption1>;
}
