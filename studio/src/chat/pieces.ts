/**
 * Cuts a long list, table or paragraph where what comes later cannot change what came before.
 *
 * What is not sure to be such a place is none, and what is not sure to be a list, a table or a
 * paragraph throughout is not cut: the pieces put together look exactly as the whole.
 */

import type { Block, Piece } from "./blocks";

export interface Stretch {
  start: number;
  end: number;
}

type Of<Kind> = Extract<Block, { kind: Kind }> | null;

/** Pieces have at least so many units. */
const LEAST = 400;

/** An item with words; neither a line across the page, nor a list in a list. */
export const ITEM = /^([-*+]|\d{1,9}[.)])( {1,4})(?![-*+] )(?![-*_\s]+$)\S/;
const TASK = /^\s*([-*+]|\d{1,9}[.)])\s+\[[ xX]\]/m;
const CODE = /^\s+(`{3}|~{3})/m;
const LAZY = /^\p{L}/u;

/** The list that a text is from end to end, cut between items. */
export function listIn({ text, start }: Piece): Of<"list"> {
  const first = ITEM.exec(text);
  if (!first || TASK.test(text)) return null;
  const marker = kindOf(first[1] as string);
  const coded = CODE.test(text);
  let loose = false;
  let unsure = false;
  let blank = false;
  let indent = 0;
  const cuts: number[] = [];
  for (const { line, at } of linesOf(text)) {
    if (!line.trim()) {
      blank = true;
      continue;
    }
    const item = ITEM.exec(line);
    if (item) {
      if (kindOf(item[1] as string) !== marker) return null;
      loose ||= blank;
      indent = item[0].length - 1;
      cuts.push(at);
    } else {
      const spaces = line.length - line.trimStart().length;
      if (spaces >= indent) {
        // Below a blank line: more of the item, or more of a list or of code within it.
        const more = blank && spaces - indent < 4 && !coded;
        if (more && LAZY.test(line.trimStart())) loose = true;
        else unsure ||= blank;
      } else if (blank || !LAZY.test(line)) return null;
    }
    blank = false;
  }
  if (unsure && !loose) return null;
  const pieces = cutAt(text, start, cuts);
  const ordered = marker !== first[1];
  return (
    pieces && { kind: "list", pieces, ordered, first: ordered ? parseInt(text, 10) : 1, loose }
  );
}

/** Lists go on while their markers are of one kind. */
function kindOf(marker: string): string {
  return marker.replace(/\d+/, "1 ");
}

const ROW = /^\|.*\|\s*$/;
const ROW_BEGUN = /^\|/;
const RULE = /^\|(\s*:?-+:?\s*\|)+\s*$/;

/** The table that a text is from end to end, cut between rows. Each piece repeats the head. */
export function tableIn({ text, start }: Piece): Of<"table"> {
  const lines = linesOf(text.trimEnd());
  const [names, rule, row] = lines;
  if (!names || !rule || !row || !RULE.test(rule.line)) return null;
  if (!lines.every(({ line }, n) => (n < lines.length - 1 ? ROW : ROW_BEGUN).test(line)))
    return null;
  if (/\\|`/.test(names.line) || bars(names.line) !== bars(rule.line)) return null;
  const head = { text: text.slice(0, row.at), start };
  const rows = lines.slice(2).map(({ at }) => at - row.at);
  const pieces = cutAt(text.slice(row.at), start + row.at, rows);
  return (
    pieces && {
      kind: "table",
      head,
      pieces: pieces.map((piece) => ({
        text: head.text + piece.text,
        start: piece.start - head.text.length,
      })),
    }
  );
}

function bars(line: string): number {
  return line.split("|").length;
}

/** A line that begins or goes on with a paragraph, whatever it says. */
const PROSE = /^(\p{L}|["“‘'(]|\*{1,2}[\p{L}\p{N}]|`[^`\s]|\d+[^\d.)])/u;

const BEFORE = "(?<=^|[\\s\\p{P}])(?<!\\*)";
const AFTER = "(?=$|[\\s\\p{P}])(?!\\*)";
const INSIDE = "(?=[^\\s*])[^`*_~[\\]<\\\\]*(?<=[^\\s*])";
/** What has an end of its own: nothing that follows can change what it is. */
const SETTLED = new RegExp(
  [
    "[^`*_~[\\]<\\\\\\s]+",
    "\\s+",
    "(?<=[\\p{L}\\p{N}])_(?=[\\p{L}\\p{N}])",
    "<(?=[\\s\\d=])",
    "(?<=\\s)\\*(?=\\s)",
    "(?<!`)`[^`]+`(?!`)",
    `${BEFORE}\\*\\*${INSIDE}\\*\\*${AFTER}`,
    `${BEFORE}\\*${INSIDE}\\*${AFTER}`,
    "\\[doc\\d{1,4}\\](?![(:[])",
    "\\[[^`*_~[\\]<\\\\\\n]*\\]\\([^\\s()<>\\\\\"'`*_~[\\]]*\\)",
  ].join("|"),
  "uy",
);

/** The paragraph that a text is from end to end, cut between words. */
export function paragraphIn({ text, start }: Piece, kept: Stretch[]): Of<"paragraph"> {
  const end = text.trimEnd().length;
  if (!linesOf(text.slice(0, end)).every(({ line }) => PROSE.test(line))) return null;
  const pieces: Piece[] = [];
  const between: string[] = [];
  let from = 0;
  SETTLED.lastIndex = 0;
  for (;;) {
    const at = SETTLED.lastIndex;
    const found = SETTLED.exec(text)?.[0];
    if (!found || at + found.length >= end) break;
    const to = at + found.length;
    if (!/^[ \n]$/.test(found) || at - from < LEAST) continue;
    const whole = kept.some((each) => each.start < start + to && each.end > start + at);
    if (whole || !LAZY.test(text.slice(to, to + 2))) continue;
    pieces.push({ text: text.slice(from, at), start: start + from });
    between.push(found);
    from = to;
  }
  if (!pieces.length) return null;
  pieces.push({ text: text.slice(from), start: start + from });
  return { kind: "paragraph", pieces, between };
}

function linesOf(text: string): { line: string; at: number }[] {
  const lines: { line: string; at: number }[] = [];
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf("\n", at);
    const next = end < 0 ? text.length : end + 1;
    lines.push({ line: text.slice(at, end < 0 ? next : end), at });
    at = next;
  }
  return lines;
}

/** Pieces of some length that begin at some of these places; null where it would be one. */
function cutAt(text: string, start: number, places: number[]): Piece[] | null {
  const pieces: Piece[] = [];
  let from = 0;
  for (const at of [...places, text.length]) {
    if (at - from < LEAST && at < text.length) continue;
    if (at > from) pieces.push({ text: text.slice(from, at), start: start + from });
    from = at;
  }
  return pieces.length > 1 ? pieces : null;
}
