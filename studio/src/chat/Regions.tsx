import { Caption1, makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import type { Point } from "../api/types";
import { hueStyle, isPress, isRegionLit, useLighting } from "./lighting";
import type { Region } from "./phrases";

const useStyles = makeStyles({
  over: {
    position: "absolute",
    inset: 0,
    width: "100%",
    height: "100%",
    pointerEvents: "none",
    overflow: "visible",
  },
  region: {
    fill: "color-mix(in srgb, var(--hue) 8%, transparent)",
    stroke: "var(--hue)",
    strokeWidth: "2px",
    pointerEvents: "all",
    outlineStyle: "none",
    cursor: "pointer",
    ":focus-visible": { strokeWidth: "5px" },
  },
  lit: { fill: "color-mix(in srgb, var(--hue) 40%, transparent)", strokeWidth: "4px" },
  label: {
    position: "absolute",
    maxWidth: "100%",
    overflow: "hidden",
    textOverflow: "ellipsis",
    whiteSpace: "nowrap",
    padding: "0 6px",
    boxSizing: "border-box",
    pointerEvents: "none",
    backgroundColor: tokens.colorNeutralBackgroundInverted,
    color: tokens.colorNeutralForegroundInverted,
    borderRadius: tokens.borderRadiusSmall,
  },
});

/** The places on one picture that the words of the answer speak of. */
export function Regions({ image }: { image: number }) {
  const styles = useStyles();
  const lighting = useLighting();
  const { tied, light } = lighting;
  // The smaller ones lie on the larger ones, so each can be reached.
  const shown = tied.regions
    .map((region, at) => ({ region, at }))
    .filter(({ region }) => region.image === image)
    .sort((a, b) => area(b.region.polygon) - area(a.region.polygon));
  if (!shown.length) return null;
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a group within a picture is no fieldset */}
      <svg
        viewBox="0 0 1 1"
        preserveAspectRatio="none"
        className={styles.over}
        role="group"
        aria-label="Regions"
      >
        {shown.map(({ region, at }) => (
          // biome-ignore lint/a11y/useSemanticElements: a polygon is no button
          <polygon
            key={at}
            role="button"
            tabIndex={0}
            aria-label={named(region)}
            data-region={at}
            points={pointsOf(region.polygon)}
            vectorEffect="non-scaling-stroke"
            className={mergeClasses(styles.region, isRegionLit(lighting, at) && styles.lit)}
            style={hueStyle(region.hue)}
            onPointerEnter={() => light({ region: at })}
            onPointerLeave={() => light(null)}
            onFocus={() => light({ region: at })}
            onBlur={() => light(null)}
            onKeyDown={(event) => {
              if (!isPress(event)) return;
              event.preventDefault();
              toPhrase(event.currentTarget, region.phrases[0]);
            }}
          />
        ))}
      </svg>
      {shown
        .filter(({ at }) => isRegionLit(lighting, at))
        .map(({ region, at }) => (
          <Caption1 key={at} aria-hidden className={styles.label} style={placeOf(region.polygon)}>
            {named(region)}
          </Caption1>
        ))}
    </>
  );
}

/** Places without words, such as where a quotation was read. */
export function Outlines({ polygons }: { polygons: Point[][] }) {
  const styles = useStyles();
  return (
    <svg viewBox="0 0 1 1" preserveAspectRatio="none" className={styles.over} aria-hidden>
      {polygons.map((polygon, at) => (
        <polygon
          key={at}
          points={pointsOf(polygon)}
          vectorEffect="non-scaling-stroke"
          className={styles.region}
          style={hueStyle(0)}
        />
      ))}
    </svg>
  );
}

function named({ label, source, score }: Region): string {
  if (source === "text") return `“${label}”`;
  return score === null ? label : `${label} ${Math.round(score * 100)} %`;
}

function pointsOf(polygon: Point[]): string {
  return polygon.map(({ x, y }) => `${x},${y}`).join(" ");
}

function placeOf(polygon: Point[]): React.CSSProperties {
  const left = Math.min(...polygon.map(({ x }) => x));
  const top = Math.min(...polygon.map(({ y }) => y));
  const side =
    left > 0.6 ? { right: `${(1 - Math.max(...polygon.map(({ x }) => x))) * 100}%` } : {};
  return {
    top: `${top * 100}%`,
    ...(left > 0.6 ? side : { left: `${left * 100}%` }),
    transform: top > 0.1 ? "translateY(-100%)" : "none",
  };
}

function area(polygon: Point[]): number {
  const twice = polygon.reduce((sum, { x, y }, at) => {
    const next = polygon[(at + 1) % polygon.length] as Point;
    return sum + x * next.y - next.x * y;
  }, 0);
  return Math.abs(twice) / 2;
}

function toPhrase(from: Element, phrase: number | undefined) {
  const turn = from.closest("article");
  turn
    ?.querySelector<HTMLElement>(`[data-phrase="${phrase}"]`)
    ?.scrollIntoView({ block: "nearest" });
}
