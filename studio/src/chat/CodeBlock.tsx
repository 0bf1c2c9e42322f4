import { makeStyles, tokens } from "@fluentui/react-components";
import type { ExtraProps } from "react-markdown";
import { CopyButton } from "../widgets/CopyButton";

const useStyles = makeStyles({
  block: { position: "relative", marginBottom: "12px" },
  code: {
    margin: 0,
    padding: "12px 48px 12px 12px",
    overflowX: "auto",
    backgroundColor: tokens.colorNeutralBackground3,
    borderRadius: tokens.borderRadiusMedium,
    overflowWrap: "normal",
  },
  copy: { position: "absolute", top: "4px", right: "4px" },
});

/** Code of an answer, as it stands there, with a button that copies it. */
export function CodeBlock({ node }: ExtraProps) {
  const styles = useStyles();
  const code = node?.children.map(textOf).join("") ?? "";
  return (
    <div className={styles.block}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      <pre className={styles.code} tabIndex={0}>
        <code>{code}</code>
      </pre>
      <CopyButton className={styles.copy} label="Copy code" text={() => code} />
    </div>
  );
}

interface Piece {
  type: string;
  value?: string;
  children?: Piece[];
}

function textOf(node: Piece): string {
  return node.value ?? node.children?.map(textOf).join("") ?? "";
}
