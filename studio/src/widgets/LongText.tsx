import { makeStyles, tokens } from "@fluentui/react-components";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";

const LINE = 18;

const useStyles = makeStyles({
  box: {
    maxHeight: "320px",
    overflow: "auto",
    backgroundColor: tokens.colorNeutralBackground3,
    borderRadius: tokens.borderRadiusMedium,
    padding: "8px 12px",
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
  },
  lines: { position: "relative", margin: 0, fontFamily: "inherit", width: "max-content" },
  line: { position: "absolute", top: 0, left: 0, height: `${LINE}px`, lineHeight: `${LINE}px` },
});

/** A text of any length, line by line: only the lines in view are in the page. */
export function LongText({ label, text }: { label: string; text: string }) {
  const styles = useStyles();
  const box = useRef<HTMLElement>(null);
  const lines = useMemo(() => text.split("\n"), [text]);
  const widest = useMemo(
    () => lines.reduce((most, { length }) => Math.max(most, length), 0),
    [lines],
  );
  const shown = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => LINE,
    overscan: 20,
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
    <section ref={box} className={styles.box} tabIndex={0} aria-label={label}>
      <pre
        className={styles.lines}
        style={{ height: shown.getTotalSize(), minWidth: `${Math.min(widest, 2000)}ch` }}
      >
        {shown.getVirtualItems().map(({ index, start }) => (
          <div key={index} className={styles.line} style={{ transform: `translateY(${start}px)` }}>
            {lines[index]}
          </div>
        ))}
      </pre>
    </section>
  );
}
