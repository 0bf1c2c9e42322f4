import { makeStyles } from "@fluentui/react-components";
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Asset } from "../api/assets";
import { GalleryCell } from "./GalleryCell";
import { moved } from "./moving";
import type { Shown } from "./rows";

const GAP = 12;
const NARROWEST = 148;
const CAPTION = 44;
/** Pages that somebody flies past while scrolling are not fetched. */
const REST = 80;

const useStyles = makeStyles({
  scroller: { flexGrow: 1, minHeight: 0, overflowY: "auto", padding: "4px 16px 16px" },
  grid: { position: "relative", width: "100%" },
  row: { position: "absolute", left: 0, right: 0, display: "flex", gap: `${GAP}px` },
});

interface Props {
  shown: Shown;
  /** Changes when what is shown is another list: one starts at its beginning. */
  list: string;
  /** A line below a picture; without it the name. */
  caption?: (position: number) => string;
  open: (asset: Asset) => void;
}

/** Pictures in rows of as many as fit; only rows in view are on the page. Arrow keys move. */
export function Gallery({ shown, list, caption, open }: Props) {
  const styles = useStyles();
  const scroller = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [active, setActive] = useState(0);
  const focusing = useRef(false);
  const columns = Math.max(1, Math.floor((width + GAP) / (NARROWEST + GAP)));
  const cell = (width - GAP * (columns - 1)) / columns;
  const height = Math.round(cell * 0.75) + CAPTION + GAP;
  const activeRow = Math.floor(active / columns);

  useLayoutEffect(() => {
    const box = scroller.current as HTMLDivElement;
    const measure = () => setWidth(box.clientWidth - 32);
    measure();
    const watching = new ResizeObserver(measure);
    watching.observe(box);
    return () => watching.disconnect();
  }, []);

  const virtual = useVirtualizer({
    count: width ? Math.ceil(shown.count / columns) : 0,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 1,
    // The cell that Tab leads to stays on the page.
    rangeExtractor: (range) =>
      [...new Set([activeRow, ...defaultRangeExtractor(range)])]
        .filter((row) => row < range.count)
        .sort((one, other) => one - other),
  });
  useLayoutEffect(() => virtual.measure(), [height]);
  useEffect(() => {
    setActive(0);
    virtual.scrollToOffset(0);
  }, [list]);

  const rows = virtual.getVirtualItems();
  const seen = virtual.range;
  const first = (seen?.startIndex ?? 0) * columns;
  const last = Math.min(shown.count, ((seen?.endIndex ?? 0) + 2) * columns) - 1;
  const { see } = shown;
  useEffect(() => {
    if (!width) return;
    const later = window.setTimeout(() => see(first, Math.max(first, last)), REST);
    return () => window.clearTimeout(later);
  }, [see, first, last, width]);

  useEffect(() => {
    if (!focusing.current) return;
    const target = scroller.current?.querySelector<HTMLElement>(`[data-position="${active}"]`);
    if (!target) return;
    focusing.current = false;
    target.focus({ preventScroll: true });
  });

  function move(event: KeyboardEvent) {
    const to = moved(event.key, active, columns, shown.count);
    if (to === null) return;
    event.preventDefault();
    focusing.current = true;
    setActive(to);
    virtual.scrollToIndex(Math.floor(to / columns));
  }

  return (
    <div ref={scroller} className={styles.scroller}>
      {/* biome-ignore lint/a11y/useSemanticElements: a table has no rows that come and go */}
      <div
        role="grid"
        tabIndex={-1}
        aria-label="Pictures"
        aria-rowcount={Math.ceil(shown.count / columns)}
        aria-colcount={columns}
        className={styles.grid}
        style={{ height: virtual.getTotalSize() }}
        onKeyDown={move}
      >
        {rows.map((row) => (
          // biome-ignore lint/a11y/useSemanticElements: as above
          // biome-ignore lint/a11y/useFocusableInteractive: its cells are
          <div
            key={row.key}
            role="row"
            aria-rowindex={row.index + 1}
            className={styles.row}
            style={{ transform: `translateY(${row.start}px)` }}
          >
            {Array.from({ length: columns }, (_, column) => row.index * columns + column)
              .filter((position) => position < shown.count)
              .map((position) => (
                <GalleryCell
                  key={position}
                  position={position}
                  column={(position % columns) + 1}
                  width={cell}
                  asset={shown.at(position)}
                  caption={caption?.(position)}
                  active={position === active}
                  open={(asset) => {
                    setActive(position);
                    open(asset);
                  }}
                />
              ))}
          </div>
        ))}
      </div>
    </div>
  );
}
