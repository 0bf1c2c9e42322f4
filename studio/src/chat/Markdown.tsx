import { makeStyles, tokens } from "@fluentui/react-components";
import { Fragment, memo, useMemo } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { type Block, blocks, type Piece } from "./blocks";
import { CodeBlock } from "./CodeBlock";
import { type Inside, inner, looseness } from "./inner";
import { marks } from "./marks";
import { Phrase } from "./Phrase";
import type { Phrase as Tie } from "./phrases";
import { SourceMark } from "./SourceMark";

const useStyles = makeStyles({
  text: {
    overflowWrap: "anywhere",
    lineHeight: "1.5",
    "& p, & ul, & ol, & blockquote": { margin: "0 0 12px" },
    "& h1, & h2, & h3, & h4, & h5, & h6": {
      margin: "16px 0 8px",
      fontSize: tokens.fontSizeBase400,
      lineHeight: tokens.lineHeightBase400,
      fontWeight: tokens.fontWeightSemibold,
    },
    "& ul, & ol": { paddingLeft: "24px" },
    "& li > p": { marginBottom: "4px" },
    "& a": { color: tokens.colorBrandForegroundLink },
    "& blockquote": {
      paddingLeft: "12px",
      borderLeft: `3px solid ${tokens.colorNeutralStroke1}`,
      color: tokens.colorNeutralForeground2,
    },
    "& hr": { border: "none", borderTop: `1px solid ${tokens.colorNeutralStroke2}` },
    "& code": {
      fontFamily: tokens.fontFamilyMonospace,
      fontSize: "0.92em",
      padding: "1px 4px",
      borderRadius: tokens.borderRadiusSmall,
      backgroundColor: tokens.colorNeutralBackground3,
    },
    "& pre code": { padding: 0, backgroundColor: "transparent" },
    "& table": { borderCollapse: "collapse" },
    "& th, & td": {
      border: `1px solid ${tokens.colorNeutralStroke2}`,
      padding: "6px 12px",
      textAlign: "left",
      overflowWrap: "normal",
    },
    "& th": { backgroundColor: tokens.colorNeutralBackground2 },
    "& > :first-child": { marginTop: 0 },
    "& > :last-child": { marginBottom: 0 },
  },
  table: { overflowX: "auto", marginBottom: "12px" },
});

interface Props {
  text: string;
  /** Whether more of it may come. */
  coming: boolean;
  phrases: Tie[];
  /** How many sources `[docN]` may name. */
  sources: number;
}

/** An answer in Markdown as a page; HTML in it is shown as the text it is. */
export function Markdown({ text, coming, phrases, sources }: Props) {
  const styles = useStyles();
  const shown = coming ? withoutOpenMark(text) : text;
  const found = useMemo(() => blocks(shown, phrases), [shown, phrases]);
  const context = { phrases, sources };
  return (
    <div className={styles.text}>
      {found.map((block) => {
        const [{ start }] = block.pieces as [Piece];
        return <Whole key={start} block={block} {...context} />;
      })}
    </div>
  );
}

interface Context {
  phrases: Tie[];
  sources: number;
}

/** One block; of a long one its element is made here, and its pieces are read one by one. */
function Whole({ block, ...context }: Context & { block: Block }) {
  const parts = (inside?: Inside) =>
    block.pieces.map((piece) => <Part key={piece.start} inside={inside} {...piece} {...context} />);
  switch (block.kind) {
    case "paragraph":
      return (
        <p>
          {parts("p").map((part, position) => (
            <Fragment key={part.key}>
              {part}
              {block.between[position]}
            </Fragment>
          ))}
        </p>
      );
    case "list": {
      const items = parts(block.loose ? "loose list" : "list");
      if (!block.ordered) return <ul>{items}</ul>;
      return <ol start={block.first === 1 ? undefined : block.first}>{items}</ol>;
    }
    case "table":
      return (
        <Table>
          <Part inside="thead" {...block.head} {...context} />
          <tbody>{parts("tbody")}</tbody>
        </Table>
      );
    default:
      return parts();
  }
}

/** A piece of Markdown; `inside`: only what stands within the element that it would be. */
const Part = memo(function Part({
  text,
  start,
  inside,
  phrases,
  sources,
}: Context & Piece & { inside: Inside | undefined }) {
  const plugins = useMemo(
    () => [remarkGfm, [marks, { phrases, before: start, sources }], [looseness, inside]] as const,
    [phrases, start, sources, inside],
  );
  const after = useMemo(() => [[inner, inside]] as const, [inside]);
  return (
    <ReactMarkdown
      // biome-ignore lint/suspicious/noExplicitAny: the type of a list of plugins is not exported
      remarkPlugins={plugins as any}
      // biome-ignore lint/suspicious/noExplicitAny: as above
      rehypePlugins={after as any}
      components={COMPONENTS}
      urlTransform={httpOnly}
    >
      {text}
    </ReactMarkdown>
  );
});

const COMPONENTS: Components = {
  a: ({ href, children }) =>
    href ? (
      <a href={href} target="_blank" rel="noopener noreferrer">
        {children}
      </a>
    ) : (
      children
    ),
  // The page loads nothing from elsewhere, and nothing that an answer asks for.
  img: ({ src, alt }) => (
    <a href={src || undefined} target="_blank" rel="noopener noreferrer">
      {alt || "picture"}
    </a>
  ),
  pre: ({ node }) => <CodeBlock node={node} />,
  table: ({ children }) => <Table>{children}</Table>,
  mark: ({ node, children }) => (
    <Phrase phrase={Number(node?.properties.dataPhrase)}>{children}</Phrase>
  ),
  sup: ({ node, children }) => {
    const source = node?.properties.dataSource;
    return source === undefined ? <sup>{children}</sup> : <SourceMark number={Number(source)} />;
  },
};

function Table({ children }: { children: React.ReactNode }) {
  const styles = useStyles();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
    <section className={styles.table} tabIndex={0} aria-label="Table">
      <table>{children}</table>
    </section>
  );
}

function httpOnly(url: string): string {
  return /^https?:\/\//i.test(url) ? url : "";
}

/** Without a mark of a source that is half there, and a line of which only marks are there yet. */
function withoutOpenMark(text: string): string {
  return text
    .replace(/\[(d(o(c\d*)?)?)?$/, "")
    .replace(/(^|\n)[ \t]*([-*+]|\d{1,9}[.)]?)?[ \t]*[-*_`~#>|+]*$/, "$1");
}
