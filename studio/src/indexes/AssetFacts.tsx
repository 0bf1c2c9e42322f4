import { makeStyles, tokens } from "@fluentui/react-components";
import type { Asset } from "../api/assets";
import { bytes, clock, moment } from "../widgets/amounts";

const useStyles = makeStyles({
  facts: {
    display: "grid",
    gridTemplateColumns: "auto 1fr",
    columnGap: tokens.spacingHorizontalL,
    rowGap: tokens.spacingVerticalXS,
    margin: 0,
    "& dt": { color: tokens.colorNeutralForeground3 },
    "& dd": { margin: 0, overflowWrap: "anywhere" },
  },
});

/** Size, place and source of a picture. */
export function AssetFacts({ asset }: { asset: Asset }) {
  const styles = useStyles();
  const facts: [string, string | null][] = [
    ["Size", `${asset.width} × ${asset.height} pixels, ${bytes(asset.size)}`],
    ["Kind", asset.media_type],
    ["Part", partOf(asset)],
    ["Key", asset.key],
    ["Source", asset.source],
    ["Taken", asset.taken_at && moment(asset.taken_at)],
    ["Indexed", asset.indexed_at && moment(asset.indexed_at)],
  ];
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => value && <Fact key={name} name={name} value={value} />)}
    </dl>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function partOf({ place }: Asset): string | null {
  if (!place) return null;
  if (place.seconds !== undefined)
    return `at ${clock(place.seconds)} (${place.seconds.toFixed(1)} s)`;
  return `page ${place.page} of ${place.pages}`;
}
