import { makeStyles, tokens } from "@fluentui/react-components";
import type { Reading, ReadLine } from "./reading";

const useStyles = makeStyles({
  over: { position: "absolute", inset: 0, width: "100%", height: "100%" },
  ground: {
    fill: `color-mix(in srgb, ${tokens.colorNeutralBackground1} 88%, transparent)`,
    stroke: tokens.colorBrandStroke1,
    strokeWidth: "1px",
  },
  text: {
    fill: tokens.colorNeutralForeground1,
    fontFamily: tokens.fontFamilyBase,
    userSelect: "text",
    cursor: "text",
  },
});

/** What is read on a picture, at its place; it can be selected and copied. */
export function ReadLines({ reading }: { reading: Reading }) {
  const styles = useStyles();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group within a picture is no fieldset
    <svg
      viewBox={`0 0 ${reading.width} ${reading.height}`}
      preserveAspectRatio="none"
      className={styles.over}
      role="group"
      aria-label="Text on the picture"
    >
      {reading.lines.map((line, at) => (
        <g key={at}>
          <polygon
            className={styles.ground}
            vectorEffect="non-scaling-stroke"
            points={line.polygon.map(({ x, y }) => `${x},${y}`).join(" ")}
          />
          <Words line={line} />
        </g>
      ))}
    </svg>
  );
}

function Words({ line }: { line: ReadLine }) {
  const styles = useStyles();
  const [topLeft, topRight, , bottomLeft] = line.polygon;
  if (!topLeft || !topRight || !bottomLeft) return null;
  const width = Math.hypot(topRight.x - topLeft.x, topRight.y - topLeft.y);
  const height = Math.hypot(bottomLeft.x - topLeft.x, bottomLeft.y - topLeft.y);
  const turned = (Math.atan2(topRight.y - topLeft.y, topRight.x - topLeft.x) * 180) / Math.PI;
  return (
    <text
      className={styles.text}
      fontSize={height * 0.85}
      textLength={width}
      lengthAdjust="spacingAndGlyphs"
      transform={`translate(${bottomLeft.x} ${bottomLeft.y}) rotate(${turned}) translate(0 ${-height * 0.22})`}
    >
      {line.text}
    </text>
  );
}
