/** Cuts Markdown into blocks that stand by themselves, and long ones into pieces: the last one grows. */

import { ITEM, listIn, paragraphIn, type Stretch, tableIn } from "./pieces";

/** A part of the text that is read by itself. */
export interface Piece {
  text: string;
  /** UTF-16 units from the start of the whole text. */
  start: number;
}

/** Either one piece as it is, or one element whose content the pieces are. */
export type Block =
  | { kind: "whole"; pieces: [Piece] }
  | { kind: "paragraph"; pieces: Piece[]; between: string[] }
  | { kind: "list"; pieces: Piece[]; ordered: boolean; first: number; loose: boolean }
  | { kind: "table"; head: Piece; pieces: Piece[] };

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const DEFINITION = /^ {0,3}\[[^\]\n]+\]:/m;
/** What may continue the block before it across a blank line: a list, or something indented. */
const CONTINUES = /^(\s|[-*+](\s|$)|\d{1,9}[.)](\s|$))/;
/** What may begin a list right below words; others need a blank line. */
const AT_ONCE = /^([-*+]|1[.)]) /;
/** Words that are less indented than those of the item above end its list. */
const INDENTED_WORDS = /^( {1,3})\p{L}/u;
const WORDS = /^ {0,3}\p{L}/u;
/** A block shorter than this is not cut. */
const LONG = 600;

/** The blocks in order; together they are the whole text. No piece ends within one of `kept`. */
export function blocks(text: string, kept: Stretch[]): Block[] {
  // A definition holds for links anywhere in the text.
  if (DEFINITION.test(text)) return [{ kind: "whole", pieces: [{ text, start: 0 }] }];
  return parts(text).map((piece) => {
    const cut =
      piece.text.length > LONG && (listIn(piece) ?? tableIn(piece) ?? paragraphIn(piece, kept));
    return cut || { kind: "whole", pieces: [piece] };
  });
}

function parts(text: string): Piece[] {
  const found: Piece[] = [];
  let start = 0;
  let fence = "";
  let blank = false;
  /** Only words since the start of the block, or how far the last item of its list is indented. */
  let words = true;
  let indent = 0;
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf("\n", at);
    const next = end < 0 ? text.length : end + 1;
    const line = text.slice(at, next);
    const mark = FENCE.exec(line)?.[1] ?? "";
    if (fence) {
      if (mark.startsWith(fence) && line.trim() === mark) fence = "";
    } else {
      const item = ITEM.exec(line.trimEnd());
      const parted = blank && line.trim() && !CONTINUES.test(line);
      const begun = at > start && words && item && (blank || AT_ONCE.test(line));
      const spaces = INDENTED_WORDS.exec(line)?.[1]?.length ?? indent;
      if (parted || begun || (blank && spaces < indent)) {
        found.push({ text: text.slice(start, at), start });
        start = at;
        words = true;
        indent = 0;
      }
      if (item && (at === start || indent)) indent = item[0].length - 1;
      words &&= !line.trim() || WORDS.test(line);
      fence = mark;
    }
    blank = !line.trim();
    at = next;
  }
  if (start < text.length) found.push({ text: text.slice(start), start });
  return found;
}
