import type { Answer } from "../session/session";
import { Markdown } from "./Markdown";

export function AnswerView({ answer }: { answer: Answer }) {
  return (
    <div>
      <Markdown text={answer.text} />
      {answer.failure && <p>{answer.failure.message}</p>}
    </div>
  );
}
