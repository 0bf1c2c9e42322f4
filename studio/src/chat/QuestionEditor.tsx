import { Button, Caption1, makeStyles, Textarea, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { askAgain } from "../session/asking";
import type { Turn } from "../session/session";
import { AttachedVideos } from "../video/AttachedVideos";
import { Thumbnail } from "./Thumbnail";

const useStyles = makeStyles({
  editor: {
    display: "flex",
    flexDirection: "column",
    gap: "8px",
    padding: "12px",
    borderRadius: tokens.borderRadiusXLarge,
    backgroundColor: tokens.colorBrandBackground2,
  },
  pictures: { display: "flex", flexWrap: "wrap", gap: "8px" },
  end: { display: "flex", alignItems: "center", gap: "8px" },
  hint: { flexGrow: 1 },
});

interface Props {
  session: string;
  turn: Turn;
  later: number;
  close: () => void;
}

/** A question that is being changed; sending it makes a new answer in place of the old one. */
export function QuestionEditor({ session, turn, later, close }: Props) {
  const styles = useStyles();
  const [question, setQuestion] = useState(turn.question);
  const { text, pictures, videos = [] } = question;
  const ready = Boolean(text.trim() || pictures.length || videos.length);
  function send() {
    if (!ready) return;
    close();
    askAgain(session, turn.id, { ...question, text: text.trim() });
  }
  return (
    <div className={styles.editor}>
      <AttachedVideos
        session={session}
        videos={videos}
        remove={({ id }) =>
          setQuestion({ ...question, videos: videos.filter((other) => other.id !== id) })
        }
      />
      {pictures.length > 0 && (
        <div className={styles.pictures}>
          {pictures.map((picture) => (
            <Thumbnail
              key={picture.id}
              picture={picture}
              remove={() =>
                setQuestion({
                  ...question,
                  pictures: pictures.filter(({ id }) => id !== picture.id),
                })
              }
            />
          ))}
        </div>
      )}
      <Textarea
        textarea={{ autoFocus: true }}
        aria-label="Question"
        resize="vertical"
        value={text}
        onChange={(_, { value }) => setQuestion({ ...question, text: value })}
        onKeyDown={(event) => {
          if (event.key === "Escape") close();
          if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault();
            send();
          }
        }}
      />
      <div className={styles.end}>
        <Caption1 className={styles.hint}>
          {later > 0 && `The ${later === 1 ? "turn" : `${later} turns`} after it will be deleted.`}
        </Caption1>
        <Button size="small" onClick={close}>
          Cancel
        </Button>
        <Button size="small" appearance="primary" disabled={!ready} onClick={send}>
          Send
        </Button>
      </div>
    </div>
  );
}
