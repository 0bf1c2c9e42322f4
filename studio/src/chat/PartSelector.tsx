import { makeStyles, tokens } from "@fluentui/react-components";
import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from "react";
import type { Part } from "./cropping";

const useStyles = makeStyles({
  over: {
    position: "absolute",
    inset: 0,
    cursor: "crosshair",
    touchAction: "none",
    overflow: "hidden",
  },
  part: {
    position: "absolute",
    boxSizing: "border-box",
    border: "2px solid #ffffff",
    outline: `2px solid ${tokens.colorBrandStroke1}`,
    boxShadow: "0 0 0 9999px rgb(0 0 0 / 50%)",
    ":focus-visible": { outlineWidth: "4px" },
  },
});

const STEP = 0.02;
const SMALLEST = 0.02;

interface Props {
  part: Part;
  change: (part: Part) => void;
}

/** A rectangle over a picture: drawn by pointer, moved with arrows, sized with Shift and arrows. */
export function PartSelector({ part, change }: Props) {
  const styles = useStyles();
  const rectangle = useRef<HTMLDivElement>(null);
  useEffect(() => rectangle.current?.focus(), []);
  const from = useRef<{ x: number; y: number } | null>(null);
  function draw(event: PointerEvent<HTMLDivElement>) {
    if (!from.current) return;
    const { x, y } = placeOf(event);
    change({
      left: Math.min(x, from.current.x),
      top: Math.min(y, from.current.y),
      right: Math.max(x, from.current.x, Math.min(x, from.current.x) + SMALLEST),
      bottom: Math.max(y, from.current.y, Math.min(y, from.current.y) + SMALLEST),
    });
  }
  return (
    <div
      className={styles.over}
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = placeOf(event);
      }}
      onPointerMove={draw}
      onPointerUp={(event) => {
        draw(event);
        from.current = null;
      }}
    >
      <div
        role="slider"
        aria-label="Part of the picture"
        aria-valuenow={Math.round((part.right - part.left) * (part.bottom - part.top) * 100)}
        aria-valuetext={inWords(part)}
        aria-description="Arrow keys move it, Shift and arrow keys change its size."
        tabIndex={0}
        ref={rectangle}
        className={styles.part}
        style={{
          left: `${part.left * 100}%`,
          top: `${part.top * 100}%`,
          width: `${(part.right - part.left) * 100}%`,
          height: `${(part.bottom - part.top) * 100}%`,
        }}
        onKeyDown={(event) => {
          const moved = byKey(part, event);
          if (!moved) return;
          event.preventDefault();
          change(moved);
        }}
      />
    </div>
  );
}

function placeOf(event: PointerEvent<HTMLDivElement>): { x: number; y: number } {
  const box = event.currentTarget.getBoundingClientRect();
  return {
    x: within((event.clientX - box.left) / box.width, 0, 1),
    y: within((event.clientY - box.top) / box.height, 0, 1),
  };
}

const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

function byKey(part: Part, { key, shiftKey }: KeyboardEvent): Part | null {
  const [dx, dy] = ARROWS[key] ?? [0, 0];
  if (!dx && !dy) return null;
  if (shiftKey) {
    return {
      ...part,
      right: within(part.right + dx, part.left + SMALLEST, 1),
      bottom: within(part.bottom + dy, part.top + SMALLEST, 1),
    };
  }
  const x = within(dx, -part.left, 1 - part.right);
  const y = within(dy, -part.top, 1 - part.bottom);
  return {
    left: part.left + x,
    right: part.right + x,
    top: part.top + y,
    bottom: part.bottom + y,
  };
}

function within(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

function inWords({ left, top, right, bottom }: Part): string {
  const [x, y, width, height] = [left, top, right - left, bottom - top].map((share) =>
    Math.round(share * 100),
  );
  return `${width} by ${height} percent, from ${x} percent left and ${y} percent top`;
}
