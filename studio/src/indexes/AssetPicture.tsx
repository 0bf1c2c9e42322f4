import { Caption1, makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { type Asset, type Line, originalOf, thumbnailOf } from "../api/assets";

const useStyles = makeStyles({
  figure: { margin: 0, display: "flex", flexDirection: "column", gap: tokens.spacingVerticalXS },
  frame: { position: "relative", alignSelf: "center", maxWidth: "100%", lineHeight: 0 },
  picture: {
    maxWidth: "100%",
    maxHeight: "56vh",
    minWidth: "120px",
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground4,
  },
  regions: { position: "absolute", inset: 0, width: "100%", height: "100%", pointerEvents: "none" },
  region: {
    fill: "none",
    stroke: tokens.colorBrandStroke1,
    strokeWidth: "1.5px",
    vectorEffect: "non-scaling-stroke",
  },
  lit: {
    fill: tokens.colorBrandBackground,
    fillOpacity: 0.25,
    strokeWidth: "3px",
  },
  quiet: { color: tokens.colorNeutralForeground3 },
});

interface Props {
  asset: Asset;
  lines: Line[];
  /** Which line is pointed at. */
  lit: number | null;
}

/** The picture itself, with outlines of the text that was read on it. */
export function AssetPicture({ asset, lines, lit }: Props) {
  const styles = useStyles();
  const [instead, setInstead] = useState(false);
  // Of a page or a frame of a GIF the original shows another, or none.
  const small = instead || (asset.place !== null && !asset.film);
  return (
    <figure className={styles.figure}>
      <div className={styles.frame}>
        <img
          src={small ? thumbnailOf(asset) : originalOf(asset)}
          alt={asset.description || asset.name}
          width={asset.width}
          height={asset.height}
          style={{ width: "auto", height: "auto" }}
          className={styles.picture}
          onError={() => setInstead(true)}
        />
        <svg
          className={styles.regions}
          viewBox="0 0 1 1"
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          {lines.map(({ polygon }, position) => (
            <polygon
              key={position}
              className={mergeClasses(styles.region, position === lit && styles.lit)}
              points={polygon.map(({ x, y }) => `${x},${y}`).join(" ")}
            />
          ))}
        </svg>
      </div>
      {instead && (
        <Caption1 className={styles.quiet}>
          This browser cannot show the original, or it is gone; this is the small picture of the
          index.
        </Caption1>
      )}
    </figure>
  );
}
