/** A step of Markdown's rendering: words become phrases, `[docN]` becomes a mark of its source. */

import type { Nodes, Parent, PhrasingContent, Root, Text } from "mdast";
import { SKIP, visit } from "unist-util-visit";
import type { Phrase } from "./phrases";

export interface Options {
  phrases: Phrase[];
  /** UTF-16 units of the whole answer before this part of it. */
  before: number;
  /** How many sources there are. */
  sources: number;
}

const SOURCE = /\[doc(\d{1,4})\]/g;

export function marks({ phrases, before, sources }: Options) {
  return (tree: Root, file: { value: unknown }) => {
    const source = String(file.value);
    let cursor = 0;
    visit(tree, (node: Nodes, index, parent) => {
      if (node.type === "text" && parent && index !== undefined) {
        // A text beside an address that was found in it does not know where it stands.
        const start =
          node.position?.start.offset ?? Math.max(source.indexOf(node.value, cursor), 0);
        const end = node.position?.end.offset ?? start + node.value.length;
        cursor = end;
        const places = placesOf(source.slice(start, end), node.value);
        const made = cut(node, before + start, places);
        (parent as Parent).children.splice(index, 1, ...made);
        return [SKIP, index + made.length];
      }
      if (node.type === "inlineCode" && parent && index !== undefined) {
        const from = before + (node.position?.start.offset ?? 0);
        const to = before + (node.position?.end.offset ?? 0);
        const phrase = phrases.findIndex(({ start, end }) => start < to && end > from);
        if (phrase < 0) return undefined;
        (parent as Parent).children.splice(index, 1, marked(phrase, node));
        return [SKIP, index + 1];
      }
      return undefined;
    });
  };

  /** A text as its plain stretches, phrases and marks. `places` leads from the source to the text. */
  function cut(node: Text, from: number, places: number[]): PhrasingContent[] {
    const { value } = node;
    const cuts: { start: number; end: number; made: (text: string) => PhrasingContent }[] = [];
    for (const found of value.matchAll(SOURCE)) {
      const number = Number(found[1]);
      if (number < 1 || number > sources) continue;
      cuts.push({
        start: found.index,
        end: found.index + found[0].length,
        made: () => cited(number),
      });
    }
    const last = places.length - 1;
    phrases.forEach((phrase, n) => {
      const start = places[Math.max(phrase.start - from, 0)] ?? value.length;
      const end = places[Math.min(Math.max(phrase.end - from, 0), last)] ?? value.length;
      if (phrase.start - from > last || start >= end) return;
      cuts.push({ start, end, made: (text) => marked(n, { type: "text", value: text }) });
    });
    const made: PhrasingContent[] = [];
    let at = 0;
    for (const { start, end, made: make } of cuts.sort((a, b) => a.start - b.start)) {
      if (start < at) continue;
      if (start > at) made.push({ type: "text", value: value.slice(at, start) });
      made.push(make(value.slice(start, end)));
      at = end;
    }
    if (at < value.length) made.push({ type: "text", value: value.slice(at) });
    return made;
  }
}

/** For each unit of the source, and its end, the unit of the text: escapes and entities are longer. */
function placesOf(source: string, value: string): number[] {
  const places: number[] = [];
  let at = 0;
  for (let from = 0; from < source.length; ) {
    const entity = /^&(#\d+|#x[\da-f]+|\w+);/i.exec(source.slice(from, from + 40))?.[0];
    let length = 1;
    let taken = 1;
    if (entity && value.slice(at, at + entity.length) !== entity) length = entity.length;
    else if (source[from] === "\\" && source[from + 1] === value[at]) length = 2;
    else if (source[from] !== value[at]) taken = 0; // blanks at the end of a line are left out
    for (let each = 0; each < length; each++) places.push(at);
    from += length;
    at += taken;
  }
  places.push(value.length);
  return places;
}

function marked(phrase: number, child: PhrasingContent): PhrasingContent {
  const data = { hName: "mark", hProperties: { dataPhrase: phrase } };
  // A delete is a parent of phrasing content as any other; its name is set above.
  return { type: "delete", data, children: [child] } as PhrasingContent;
}

function cited(number: number): PhrasingContent {
  const data = { hName: "sup", hProperties: { dataSource: number } };
  return { type: "delete", data, children: [] } as PhrasingContent;
}
