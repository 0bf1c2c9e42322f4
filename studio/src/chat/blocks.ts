/** Cuts Markdown into blocks that stand by themselves, so that only the last one grows. */

export interface Block {
  text: string;
  /** UTF-16 units from the start of the whole text. */
  start: number;
}

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const DEFINITION = /^ {0,3}\[[^\]\n]+\]:/m;
/** What may continue the block before it across a blank line: a list, or something indented. */
const CONTINUES = /^(\s|[-*+](\s|$)|\d{1,9}[.)](\s|$))/;
const ITEM = /^([-*+]|\d{1,9}[.)])\s/;
/** A list longer than this is cut between two items; the page closes the gap. */
const LONG_LIST = 1500;

/** The blocks in order; together they are the whole text. */
export function blocks(text: string): Block[] {
  // A definition holds for links anywhere in the text.
  if (DEFINITION.test(text)) return [{ text, start: 0 }];
  const found: Block[] = [];
  let start = 0;
  let fence = "";
  let blank = false;
  let listed = false;
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf("\n", at);
    const next = end < 0 ? text.length : end + 1;
    const line = text.slice(at, next);
    const mark = FENCE.exec(line)?.[1] ?? "";
    if (fence) {
      if (mark.startsWith(fence) && line.trim() === mark) fence = "";
    } else {
      const item = ITEM.test(line);
      const long = item && listed && at - start > LONG_LIST;
      if (long || (blank && line.trim() && !CONTINUES.test(line))) {
        found.push({ text: text.slice(start, at), start });
        start = at;
        listed = false;
      }
      listed ||= item;
      fence = mark;
    }
    blank = !line.trim();
    at = next;
  }
  if (start < text.length) found.push({ text: text.slice(start), start });
  return found;
}
