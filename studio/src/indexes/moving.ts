/** Where the arrow keys lead in a grid of so many columns. */
export function moved(key: string, from: number, columns: number, count: number): number | null {
  const page = columns * 4;
  const steps: Record<string, number> = {
    ArrowLeft: from - 1,
    ArrowRight: from + 1,
    ArrowUp: from - columns,
    ArrowDown: from + columns,
    PageUp: Math.max(from % columns, from - page),
    PageDown: Math.min(count - 1, from + page),
    Home: 0,
    End: count - 1,
  };
  const to = steps[key];
  if (to === undefined) return null;
  return to >= 0 && to < count ? to : from;
}
