import { Body1, Button, makeStyles, Tooltip, tokens } from "@fluentui/react-components";
import { DeleteRegular, EditRegular } from "@fluentui/react-icons";
import { useState } from "react";
import type { WatchedVideo } from "../api/types";
import type { Turn } from "../session/session";
import { QuestionVideo } from "../video/QuestionVideo";
import { QuestionEditor } from "./QuestionEditor";
import { QuestionPicture } from "./QuestionPicture";

const useStyles = makeStyles({
  question: { display: "flex", flexDirection: "column", alignItems: "flex-end" },
  bubble: {
    display: "flex",
    flexDirection: "column",
    gap: "8px",
    maxWidth: "85%",
    padding: "10px 12px",
    boxSizing: "border-box",
    borderRadius: tokens.borderRadiusXLarge,
    backgroundColor: tokens.colorBrandBackground2,
    "@media (max-width: 480px)": { maxWidth: "100%" },
  },
  pictures: { display: "flex", flexWrap: "wrap", gap: "8px", justifyContent: "flex-end" },
  text: { whiteSpace: "pre-wrap", overflowWrap: "anywhere" },
  buttons: { display: "flex" },
});

interface Props {
  session: string;
  turn: Turn;
  later: number;
  /** What the answer looked at of the question's videos. */
  watched: WatchedVideo[] | undefined;
  remove: () => void;
}

/** A question with its pictures, and what can be done with it. */
export function QuestionView({ session, turn, later, watched, remove }: Props) {
  const styles = useStyles();
  const [editing, setEditing] = useState(false);
  const { text, pictures, videos = [] } = turn.question;
  if (editing) {
    return (
      <QuestionEditor session={session} turn={turn} later={later} close={() => setEditing(false)} />
    );
  }
  return (
    <div className={styles.question}>
      <div className={styles.bubble}>
        {videos.map((video, at) => (
          <QuestionVideo key={video.id} session={session} video={video} watched={watched?.[at]} />
        ))}
        {pictures.length > 0 && (
          <div className={styles.pictures}>
            {pictures.map((picture, image) => (
              <QuestionPicture
                key={picture.id}
                session={session}
                picture={picture}
                image={image}
                small={pictures.length > 1}
              />
            ))}
          </div>
        )}
        {text && <Body1 className={styles.text}>{text}</Body1>}
      </div>
      <div className={styles.buttons}>
        <Tooltip content="Edit question" relationship="label">
          <Button
            size="small"
            appearance="subtle"
            icon={<EditRegular />}
            onClick={() => setEditing(true)}
          />
        </Tooltip>
        <Tooltip content="Delete turn" relationship="label">
          <Button size="small" appearance="subtle" icon={<DeleteRegular />} onClick={remove} />
        </Tooltip>
      </div>
    </div>
  );
}
