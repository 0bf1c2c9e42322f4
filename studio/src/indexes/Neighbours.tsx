import { makeStyles, Subtitle2, tokens } from "@fluentui/react-components";
import { useEffect, useState } from "react";
import { type Asset, type Hit, neighboursOf, thumbnailOf } from "../api/assets";
import { asProblem, type Problem } from "../api/server";
import { ProblemBar } from "../widgets/ProblemBar";

const useStyles = makeStyles({
  part: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalS },
  heading: { margin: 0, fontSize: tokens.fontSizeBase300 },
  row: {
    display: "grid",
    gridTemplateColumns: "repeat(auto-fill, minmax(104px, 1fr))",
    gap: tokens.spacingHorizontalS,
  },
  one: {
    padding: 0,
    border: "none",
    backgroundColor: "transparent",
    borderRadius: tokens.borderRadiusMedium,
    cursor: "pointer",
    lineHeight: 0,
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "2px" },
    "& img": {
      width: "100%",
      aspectRatio: "4 / 3",
      objectFit: "cover",
      borderRadius: tokens.borderRadiusMedium,
      backgroundColor: tokens.colorNeutralBackground4,
    },
  },
});

/** The pictures of the index that look most like one; pressing one opens it. */
export function Neighbours({ asset, show }: { asset: Asset; show: (asset: Asset) => void }) {
  const styles = useStyles();
  const [hits, setHits] = useState<Hit[]>([]);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    const leaving = new AbortController();
    neighboursOf({ id: asset.id, index: asset.index }, leaving.signal).then(setHits, (error) => {
      if (!leaving.signal.aborted) setProblem(asProblem(error));
    });
    return () => leaving.abort();
  }, [asset.id, asset.index]);
  if (!hits.length && !problem) return null;
  return (
    <section className={styles.part} aria-label="Pictures that look alike">
      <Subtitle2 as="h3" className={styles.heading}>
        Pictures that look alike
      </Subtitle2>
      {problem && <ProblemBar problem={problem} />}
      <div className={styles.row}>
        {hits.map(({ asset: other }) => (
          <button
            key={other.id}
            type="button"
            className={styles.one}
            title={other.name}
            onClick={() => show(other)}
          >
            <img src={thumbnailOf(other)} alt={other.description || other.name} />
          </button>
        ))}
      </div>
    </section>
  );
}
