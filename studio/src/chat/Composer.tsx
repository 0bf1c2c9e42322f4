import { Button, Textarea, Tooltip } from "@fluentui/react-components";
import { SendFilled, SquareFilled } from "@fluentui/react-icons";
import { useState } from "react";
import { ask, stop } from "../session/asking";
import { isComing, type Session } from "../session/session";

/** Where a question is written and sent. */
export function Composer({ session }: { session: Session }) {
  const [text, setText] = useState("");
  const coming = session.turns.some((turn) => isComing(turn.answer));
  function send() {
    if (!text.trim()) return;
    ask(session.id, { text: text.trim(), pictures: [] });
    setText("");
  }
  return (
    <div style={{ display: "flex", gap: 8, padding: 12 }}>
      <Textarea
        style={{ flexGrow: 1 }}
        aria-label="Message"
        placeholder="Type a message"
        value={text}
        onChange={(_, { value }) => setText(value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault();
            send();
          }
        }}
      />
      {coming ? (
        <Tooltip content="Stop" relationship="label">
          <Button icon={<SquareFilled />} onClick={() => stop(session.id)} />
        </Tooltip>
      ) : (
        <Tooltip content="Send" relationship="label">
          <Button
            appearance="primary"
            icon={<SendFilled />}
            disabled={!text.trim()}
            onClick={send}
          />
        </Tooltip>
      )}
    </div>
  );
}
