import { Button, makeStyles, tokens } from "@fluentui/react-components";
import { ArrowDownRegular } from "@fluentui/react-icons";
import { useEffect, useRef, useState } from "react";
import type { Picture, Session, Turn } from "../session/session";
import { EmptyChat } from "./EmptyChat";
import { TurnView } from "./TurnView";

const useStyles = makeStyles({
  frame: { position: "relative", flexGrow: 1, minHeight: 0 },
  scroller: { height: "100%", overflowY: "auto", overflowX: "hidden", outlineOffset: "-2px" },
  turns: { padding: "8px 16px", maxWidth: "920px", margin: "0 auto" },
  jump: {
    position: "absolute",
    bottom: "8px",
    left: "50%",
    transform: "translateX(-50%)",
    boxShadow: tokens.shadow8,
  },
});

/** So near to the end counts as the end. */
const NEAR = 32;

/** All turns of a session. The latest words stay in view until somebody scrolls up. */
export function Conversation({ session, raw }: { session: Session; raw: boolean }) {
  const styles = useStyles();
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const before = useRef(0);
  const [away, setAway] = useState(false);
  const { turns } = session;
  const asked = turns.at(-1)?.asked;

  function toEnd() {
    follows.current = true;
    setAway(false);
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  }
  useEffect(toEnd, [session.id, asked]);
  useEffect(() => {
    if (!content.current) return;
    const watching = new ResizeObserver(() => {
      const box = scroller.current;
      if (!box) return;
      if (follows.current) box.scrollTop = box.scrollHeight;
      else setAway(farFromEnd(box));
    });
    watching.observe(content.current);
    return () => watching.disconnect();
  }, [session.id, turns.length === 0]);

  return (
    <div className={styles.frame}>
      <div
        ref={scroller}
        className={styles.scroller}
        role="log"
        aria-label="Conversation"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
        tabIndex={0}
        onScroll={({ currentTarget: box }) => {
          if (box.scrollTop < before.current && farFromEnd(box)) follows.current = false;
          else if (!farFromEnd(box)) follows.current = true;
          before.current = box.scrollTop;
          setAway(!follows.current);
        }}
      >
        {turns.length ? (
          <div ref={content} className={styles.turns}>
            {turns.map((turn, position) => (
              <TurnView
                key={turn.id}
                session={session.id}
                turn={turn}
                seen={seenAt(turns, position)}
                later={turns.length - position - 1}
                raw={raw}
              />
            ))}
          </div>
        ) : (
          <EmptyChat session={session} />
        )}
      </div>
      {away && (
        <Button
          className={styles.jump}
          shape="circular"
          icon={<ArrowDownRegular />}
          onClick={toEnd}
        >
          Jump to latest
        </Button>
      )}
    </div>
  );
}

function farFromEnd(box: HTMLElement): boolean {
  return box.scrollHeight - box.scrollTop - box.clientHeight > NEAR;
}

const NONE: Picture[] = [];

/** The pictures that an answer speaks of: those of the last question that has some. */
function seenAt(turns: Turn[], position: number): Picture[] {
  return (
    turns.slice(0, position + 1).findLast((turn) => turn.question.pictures.length)?.question
      .pictures ?? NONE
  );
}
