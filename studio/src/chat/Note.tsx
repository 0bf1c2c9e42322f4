import { Caption1, makeStyles, tokens } from "@fluentui/react-components";
import { WarningRegular } from "@fluentui/react-icons";
import type { ReactNode } from "react";

const useStyles = makeStyles({
  note: { display: "flex", gap: "6px", color: tokens.colorNeutralForeground2 },
  sign: { flexShrink: 0, fontSize: "16px", color: tokens.colorStatusWarningForeground1 },
  words: { overflowWrap: "anywhere" },
});

/** Something that a reader of an answer must know. */
export function Note({ children }: { children: ReactNode }) {
  const styles = useStyles();
  return (
    <div className={styles.note} role="note">
      <WarningRegular className={styles.sign} />
      <Caption1 className={styles.words}>{children}</Caption1>
    </div>
  );
}
