import type { Session } from "../session/session";
import { AnswerView } from "./AnswerView";
import { EmptyChat } from "./EmptyChat";

/** All turns of a session. */
export function Conversation({ session }: { session: Session }) {
  return (
    <div
      role="log"
      aria-label="Conversation"
      style={{ flexGrow: 1, overflowY: "auto", padding: 16 }}
    >
      {!session.turns.length && <EmptyChat session={session} />}
      {session.turns.map((turn) => (
        <article key={turn.id}>
          <p>{turn.question.text}</p>
          {turn.answer && <AnswerView answer={turn.answer} />}
        </article>
      ))}
    </div>
  );
}
