import { Caption1, Link, makeStyles, Subtitle2, tokens } from "@fluentui/react-components";
import { useEffect, useState } from "react";
import { type Asset, assetPage, thumbnailOf } from "../api/assets";
import type { IndexInfo } from "../api/types";
import { goTo } from "../place";
import { count } from "../widgets/amounts";

const useStyles = makeStyles({
  card: {
    height: "100%",
    boxSizing: "border-box",
    display: "flex",
    flexDirection: "column",
    gap: tokens.spacingVerticalS,
    padding: tokens.spacingHorizontalM,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusLarge,
    position: "relative",
    ":hover": { backgroundColor: tokens.colorNeutralBackground1Hover },
  },
  glimpse: {
    display: "grid",
    gridTemplateColumns: "repeat(4, 1fr)",
    gap: "4px",
    height: "64px",
    overflow: "hidden",
    "& img": {
      width: "100%",
      height: "64px",
      objectFit: "cover",
      borderRadius: tokens.borderRadiusSmall,
    },
  },
  name: { margin: 0, overflowWrap: "anywhere" },
  // All of the card can be pressed.
  open: {
    color: "inherit",
    fontSize: "inherit",
    fontWeight: "inherit",
    lineHeight: "inherit",
    "::after": { content: '""', position: "absolute", inset: 0 },
  },
  quiet: { color: tokens.colorNeutralForeground3, overflowWrap: "anywhere" },
  broken: { color: tokens.colorPaletteRedForeground1 },
});

const GLIMPSE = 4;

/** One index: its name, how much it holds, and its first pictures. */
export function IndexCard({ index }: { index: IndexInfo }) {
  const styles = useStyles();
  const [assets, setAssets] = useState<Asset[]>([]);
  const { name, rows, attached, error } = index;
  const hasPictures = !attached && !error && Boolean(rows);
  useEffect(() => {
    if (!hasPictures) return;
    const leaving = new AbortController();
    const wanted = { offset: 0, limit: GLIMPSE, undescribed: false };
    // A glimpse is not missed: opening the index says what is wrong.
    assetPage(name, wanted, leaving.signal).then(
      (page) => setAssets(page.assets),
      () => undefined,
    );
    return () => leaving.abort();
  }, [name, hasPictures]);
  return (
    <article className={styles.card}>
      <div className={styles.glimpse}>
        {assets.map((asset) => (
          <img key={asset.id} src={thumbnailOf(asset)} alt="" />
        ))}
      </div>
      <Subtitle2 as="h3" className={styles.name}>
        <Link className={styles.open} onClick={() => goTo("indexes", name)}>
          {name}
        </Link>
      </Subtitle2>
      {error ? (
        <Caption1 className={styles.broken}>{error.message}</Caption1>
      ) : (
        <Caption1 className={styles.quiet}>
          {attached ? `At ${attached.service}` : count(rows ?? 0, "picture")}
        </Caption1>
      )}
    </article>
  );
}
