/** A step of Markdown's rendering for a piece of a block: only what stands in the block's element. */

import type { Root } from "mdast";

/** As much of a node of HTML as is looked at here. */
interface Node {
  type: string;
  tagName?: string;
  children?: Node[];
}

export type Inside = "p" | "list" | "loose list" | "thead" | "tbody";

/** Items of a list in pieces are loose when any of them is, in whichever piece. */
export function looseness(inside: Inside | undefined) {
  return (tree: Root) => {
    const [list] = tree.children;
    if (inside === "loose list" && list?.type === "list") list.spread = true;
  };
}

export function inner(inside: Inside | undefined) {
  return (tree: { children: Node[] }) => {
    if (!inside) return;
    const children = tree.children.find(isElement)?.children ?? [];
    const part = children.find((each) => each.tagName === inside);
    if (inside === "thead") tree.children = part ? [part] : [];
    else tree.children = part?.children ?? children;
  };
}

function isElement({ type }: Node): boolean {
  return type === "element";
}
