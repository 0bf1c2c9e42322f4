import { Button, makeStyles, Subtitle2, Tooltip, tokens } from "@fluentui/react-components";
import { PanelLeftContractRegular, PanelRightContractRegular } from "@fluentui/react-icons";
import type { ReactNode } from "react";

const useStyles = makeStyles({
  pane: {
    display: "flex",
    flexDirection: "column",
    minHeight: 0,
    minWidth: 0,
    height: "100%",
    backgroundColor: tokens.colorNeutralBackground1,
    borderRadius: tokens.borderRadiusXLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    boxSizing: "border-box",
  },
  head: {
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalS,
    padding: "12px 12px 4px 16px",
    minHeight: "32px",
  },
  title: { flexGrow: 1, margin: 0 },
  body: { flexGrow: 1, minHeight: 0, overflowY: "auto", padding: "4px 16px 16px" },
});

interface Props {
  title: string;
  side: "left" | "right";
  close: () => void;
  children: ReactNode;
}

/** A side pane with its name and the button that folds it away. */
export function Pane({ title, side, close, children }: Props) {
  const styles = useStyles();
  const Icon = side === "left" ? PanelLeftContractRegular : PanelRightContractRegular;
  return (
    <section className={styles.pane} aria-label={title}>
      <div className={styles.head}>
        <Subtitle2 as="h2" className={styles.title}>
          {title}
        </Subtitle2>
        <Tooltip content={`Hide ${title.toLowerCase()}`} relationship="label">
          <Button appearance="subtle" icon={<Icon />} onClick={close} />
        </Tooltip>
      </div>
      <div className={styles.body}>{children}</div>
    </section>
  );
}
