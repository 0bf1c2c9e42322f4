import { Button, makeStyles, Subtitle2, ToggleButton, Tooltip } from "@fluentui/react-components";
import {
  BracesRegular,
  BroomRegular,
  CodeRegular,
  PanelLeftExpandRegular,
  PanelRightExpandRegular,
} from "@fluentui/react-icons";
import { lazy, Suspense, useState } from "react";
import { stop } from "../session/asking";
import type { Session } from "../session/session";
import { removeTurns } from "../session/studio";
import { type Asked, Confirm } from "../widgets/Confirm";
import { useMedia } from "../widgets/media";

const CodeDialog = lazy(() => import("./CodeDialog"));

const useStyles = makeStyles({
  head: { display: "flex", alignItems: "center", gap: "4px", padding: "12px 12px 4px 16px" },
  title: {
    flexGrow: 1,
    margin: 0,
    overflow: "hidden",
    textOverflow: "ellipsis",
    whiteSpace: "nowrap",
  },
});

interface Props {
  session: Session;
  openers: { setup: (() => void) | null; configuration: (() => void) | null };
  raw: boolean;
  setRaw: (raw: boolean) => void;
}

/** The name of the session, and what concerns all of it. */
export function ChatHead({ session, openers, raw, setRaw }: Props) {
  const styles = useStyles();
  const roomy = useMedia("(min-width: 1280px)");
  const [code, setCode] = useState(false);
  const [asked, setAsked] = useState<Asked | null>(null);
  const clear: Asked = {
    title: "Clear the chat?",
    text: "All questions and answers of this session are deleted. Its setup stays as it is.",
    action: "Clear",
    act: () => {
      stop(session.id);
      removeTurns(session.id);
    },
  };
  const buttons = [
    {
      label: "Clear chat",
      icon: <BroomRegular />,
      act: () => setAsked(clear),
      disabled: !session.turns.length,
    },
    { label: "View code", icon: <CodeRegular />, act: () => setCode(true), disabled: false },
  ];
  return (
    <div className={styles.head}>
      {openers.setup && (
        <Tooltip content="Show assistant setup" relationship="label">
          <Button appearance="subtle" icon={<PanelLeftExpandRegular />} onClick={openers.setup} />
        </Tooltip>
      )}
      <Subtitle2 as="h2" className={styles.title} title={session.name}>
        {session.name}
      </Subtitle2>
      {buttons.map(({ label, icon, act, disabled }) => (
        <Tooltip key={label} content={label} relationship="label">
          <Button appearance="subtle" icon={icon} disabled={disabled} onClick={act}>
            {roomy ? label : null}
          </Button>
        </Tooltip>
      ))}
      <Tooltip content="Show raw JSON" relationship="label">
        <ToggleButton
          appearance="subtle"
          icon={<BracesRegular />}
          checked={raw}
          onClick={() => setRaw(!raw)}
        >
          {roomy ? "Show raw JSON" : null}
        </ToggleButton>
      </Tooltip>
      {openers.configuration && (
        <Tooltip content="Show configuration" relationship="label">
          <Button
            appearance="subtle"
            icon={<PanelRightExpandRegular />}
            onClick={openers.configuration}
          />
        </Tooltip>
      )}
      <Confirm asked={asked} close={() => setAsked(null)} />
      {code && (
        <Suspense>
          <CodeDialog session={session} close={() => setCode(false)} />
        </Suspense>
      )}
    </div>
  );
}
