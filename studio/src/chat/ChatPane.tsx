import { Button, makeStyles, Subtitle2, Tooltip, tokens } from "@fluentui/react-components";
import { PanelLeftExpandRegular, PanelRightExpandRegular } from "@fluentui/react-icons";
import { useSession, useStudio } from "../session/studio";
import { ProblemBar } from "../widgets/ProblemBar";
import { Composer } from "./Composer";
import { Conversation } from "./Conversation";

const useStyles = makeStyles({
  pane: {
    height: "100%",
    display: "flex",
    flexDirection: "column",
    backgroundColor: tokens.colorNeutralBackground1,
    borderRadius: tokens.borderRadiusXLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    boxSizing: "border-box",
  },
  head: { display: "flex", alignItems: "center", gap: "8px", padding: "12px 12px 4px 16px" },
  title: {
    flexGrow: 1,
    margin: 0,
    overflow: "hidden",
    textOverflow: "ellipsis",
    whiteSpace: "nowrap",
  },
});

interface Props {
  /** What shows a side pane that is folded away; null when it stands there. */
  openers: { setup: (() => void) | null; configuration: (() => void) | null };
}

/** The conversation of the session, and where the next question is written. */
export function ChatPane({ openers }: Props) {
  const styles = useStyles();
  const session = useSession();
  const trouble = useStudio((studio) => studio.trouble);
  return (
    <section className={styles.pane} aria-label="Chat session">
      <div className={styles.head}>
        {openers.setup && (
          <Tooltip content="Show assistant setup" relationship="label">
            <Button appearance="subtle" icon={<PanelLeftExpandRegular />} onClick={openers.setup} />
          </Tooltip>
        )}
        <Subtitle2 as="h2" className={styles.title}>
          {session.name}
        </Subtitle2>
        {openers.configuration && (
          <Tooltip content="Show configuration" relationship="label">
            <Button
              appearance="subtle"
              icon={<PanelRightExpandRegular />}
              onClick={openers.configuration}
            />
          </Tooltip>
        )}
      </div>
      {trouble && <ProblemBar problem={trouble} />}
      <Conversation session={session} />
      <Composer session={session} />
    </section>
  );
}
