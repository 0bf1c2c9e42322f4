import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { useEffect, useState } from "react";
import { type Line, wholeAsset } from "../api/assets";
import type { Point } from "../api/types";

const useStyles = makeStyles({
  over: {
    position: "absolute",
    inset: 0,
    width: "100%",
    height: "100%",
    pointerEvents: "none",
  },
  line: {
    fill: "none",
    stroke: tokens.colorBrandStroke1,
    strokeWidth: "2px",
  },
  spoken: { fill: tokens.colorBrandBackground, fillOpacity: 0.25, strokeWidth: "3px" },
});

/** What is read on a frame of an index; null before it is known. */
export function useLines(index: string, asset: string): Line[] | null {
  const [lines, setLines] = useState<Line[] | null>(null);
  useEffect(() => {
    setLines(null);
    if (!asset) return;
    const leaving = new AbortController();
    wholeAsset({ index, id: asset }, leaving.signal).then(
      ({ reading }) => setLines(reading?.lines ?? []),
      () => !leaving.signal.aborted && setLines([]),
    );
    return () => leaving.abort();
  }, [index, asset]);
  return lines;
}

/** Outlines of what is read on a frame, and of the places that are spoken of. */
export function FrameLines({ lines, regions }: { lines: Line[]; regions: Point[][] }) {
  const styles = useStyles();
  return (
    <svg
      viewBox="0 0 1 1"
      preserveAspectRatio="none"
      className={styles.over}
      role="img"
      aria-label={`Text on the frame: ${lines.map(({ text }) => text).join(", ") || "none"}`}
    >
      {lines.map(({ polygon }, at) => (
        <polygon
          key={at}
          className={styles.line}
          vectorEffect="non-scaling-stroke"
          points={pointsOf(polygon)}
        />
      ))}
      {regions.map((polygon, at) => (
        <polygon
          key={`spoken ${at}`}
          className={mergeClasses(styles.line, styles.spoken)}
          vectorEffect="non-scaling-stroke"
          points={pointsOf(polygon)}
        />
      ))}
    </svg>
  );
}

function pointsOf(polygon: Point[]): string {
  return polygon.map(({ x, y }) => `${x},${y}`).join(" ");
}
