import { makeStyles, tokens } from "@fluentui/react-components";
import { memo, useMemo } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { type Block, blocks } from "./blocks";
import { CodeBlock } from "./CodeBlock";
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
    // A long list that was cut in two.
    "& > ul + ul, & > ol + ol": { marginTop: "-12px" },
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
  const parts = useMemo(() => blocks(coming ? withoutOpenMark(text) : text), [text, coming]);
  return (
    <div className={styles.text}>
      {parts.map((block) => (
        <Part
          key={block.start}
          text={block.text}
          start={block.start}
          phrases={phrases}
          sources={sources}
        />
      ))}
    </div>
  );
}

interface PartProps extends Block {
  phrases: Tie[];
  sources: number;
}

const Part = memo(function Part({ text, start, phrases, sources }: PartProps) {
  const plugins = useMemo(
    () => [remarkGfm, [marks, { phrases, before: start, sources }]] as const,
    [phrases, start, sources],
  );
  return (
    // biome-ignore lint/suspicious/noExplicitAny: the type of a list of plugins is not exported
    <ReactMarkdown remarkPlugins={plugins as any} components={COMPONENTS} urlTransform={httpOnly}>
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

/** A mark of a source that is half there would flicker. */
function withoutOpenMark(text: string): string {
  return text.replace(/\[(d(o(c\d*)?)?)?$/, "");
}
