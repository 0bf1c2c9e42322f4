import { Button, Field, Textarea } from "@fluentui/react-components";
import { useEffect, useState } from "react";
import { changeSetup, useSession } from "../session/studio";

/** The system message; it holds from the next question on, once it is applied. */
export function SystemMessage() {
  const { id, setup } = useSession();
  const [text, setText] = useState(setup.system);
  useEffect(() => setText(setup.system), [id, setup.system]);
  return (
    <>
      <Field label="System message" hint="Tell the assistant how to behave and what to look for.">
        <Textarea
          value={text}
          rows={8}
          resize="vertical"
          onChange={(_, { value }) => setText(value)}
        />
      </Field>
      <Button disabled={text === setup.system} onClick={() => changeSetup({ system: text })}>
        Apply changes
      </Button>
    </>
  );
}
