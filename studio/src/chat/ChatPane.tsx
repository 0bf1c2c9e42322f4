import { makeStyles, tokens } from "@fluentui/react-components";
import { AttachRegular } from "@fluentui/react-icons";
import { useEffect, useState } from "react";
import { useSession, useStudio } from "../session/studio";
import { ProblemBar } from "../widgets/ProblemBar";
import { attach, type Dropped, droppedIn, type Refusal } from "./attaching";
import { ChatHead } from "./ChatHead";
import { Composer } from "./Composer";
import { Conversation } from "./Conversation";
import { ProbeTrouble } from "./ProbeTrouble";

const useStyles = makeStyles({
  pane: {
    position: "relative",
    height: "100%",
    display: "flex",
    flexDirection: "column",
    backgroundColor: tokens.colorNeutralBackground1,
    borderRadius: tokens.borderRadiusXLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    boxSizing: "border-box",
    overflow: "hidden",
  },
  drop: {
    position: "absolute",
    inset: "8px",
    zIndex: 10,
    display: "flex",
    flexDirection: "column",
    alignItems: "center",
    justifyContent: "center",
    gap: "8px",
    fontSize: tokens.fontSizeBase400,
    color: tokens.colorBrandForeground1,
    backgroundColor: `color-mix(in srgb, ${tokens.colorNeutralBackground1} 88%, transparent)`,
    border: `2px dashed ${tokens.colorBrandStroke1}`,
    borderRadius: tokens.borderRadiusXLarge,
    pointerEvents: "none",
  },
  clip: { fontSize: "32px" },
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
  const [raw, setRaw] = useState(false);
  const [over, setOver] = useState(false);
  const [refusals, setRefusals] = useState<Refusal[]>([]);
  useEffect(() => setRefusals([]), [session.id]);
  function take(dropped: Dropped) {
    if (!dropped.files.length && !dropped.folders.length) return;
    setRefusals([]);
    void attach(session.id, dropped).then(setRefusals);
  }
  return (
    <section
      className={styles.pane}
      aria-label="Chat session"
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={(event) => {
        setOver(false);
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        take(droppedIn(event.dataTransfer));
      }}
      onPaste={(event) => {
        const files = [...event.clipboardData.files];
        if (!files.length) return;
        event.preventDefault();
        take({ files, folders: [] });
      }}
    >
      <ChatHead session={session} openers={openers} raw={raw} setRaw={setRaw} />
      {trouble && <ProblemBar problem={trouble} />}
      <ProbeTrouble deployment={session.setup.deployment} />
      <Conversation session={session} raw={raw} />
      <Composer
        session={session}
        refusals={refusals}
        dismiss={() => setRefusals([])}
        attach={take}
      />
      {over && (
        <div className={styles.drop}>
          <AttachRegular className={styles.clip} />
          Drop pictures or videos to attach them
        </div>
      )}
    </section>
  );
}
