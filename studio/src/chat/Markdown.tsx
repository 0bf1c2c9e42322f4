import ReactMarkdown from "react-markdown";
import remarkGfm from "remark-gfm";

/** Markdown as a page; HTML in it is shown as the text it is. */
export function Markdown({ text }: { text: string }) {
  return <ReactMarkdown remarkPlugins={[remarkGfm]}>{text}</ReactMarkdown>;
}
