import {
  Button,
  Caption1,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Tooltip,
  tokens,
} from "@fluentui/react-components";
import { AttachRegular, DismissRegular, SendFilled, SquareFilled } from "@fluentui/react-icons";
import { useEffect, useRef } from "react";
import { ask, stop } from "../session/asking";
import { changeDraft, dropPicture, useDraft } from "../session/drafts";
import { picturesSent, withQuestion } from "../session/request";
import { isComing, type Session } from "../session/session";
import { useStudio } from "../session/studio";
import { AttachedVideos } from "../video/AttachedVideos";
import { useVideoKinds, videoKinds } from "../video/kinds";
import { useArrived } from "../video/progress";
import { dropVideo } from "../video/taking";
import type { Dropped, Refusal } from "./attaching";
import { ACCEPTED } from "./kinds";
import { Thumbnail } from "./Thumbnail";

const useStyles = makeStyles({
  composer: {
    display: "flex",
    flexDirection: "column",
    gap: "8px",
    padding: "8px 16px 16px",
    maxHeight: "60%",
    overflowY: "auto",
    flexShrink: 0,
  },
  box: {
    display: "flex",
    flexDirection: "column",
    gap: "4px",
    padding: "8px",
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusXLarge,
    backgroundColor: tokens.colorNeutralBackground1,
    ":focus-within": {
      outline: `2px solid ${tokens.colorCompoundBrandStroke}`,
      outlineOffset: "-1px",
    },
  },
  pictures: {
    display: "flex",
    flexWrap: "wrap",
    gap: "8px",
    margin: 0,
    padding: "4px",
    listStyleType: "none",
  },
  text: {
    border: "none",
    outlineStyle: "none",
    resize: "none",
    padding: "6px 8px",
    fontFamily: "inherit",
    fontSize: tokens.fontSizeBase300,
    lineHeight: tokens.lineHeightBase300,
    color: tokens.colorNeutralForeground1,
    backgroundColor: "transparent",
    minHeight: "44px",
    maxHeight: "200px",
    fieldSizing: "content",
    "::placeholder": { color: tokens.colorNeutralForeground4 },
  },
  buttons: { display: "flex", alignItems: "center", gap: "8px" },
  hint: {
    flexGrow: 1,
    color: tokens.colorNeutralForeground3,
    "@media (max-width: 480px)": { visibility: "hidden" },
  },
  chosen: { display: "none" },
});

/** The id of the field in which questions are written. */
export const MESSAGE = "message";

interface Props {
  session: Session;
  refusals: Refusal[];
  /** Say nothing more of what could not be attached. */
  dismiss: () => void;
  attach: (dropped: Dropped) => void;
}

/** Where a question is written and sent. */
export function Composer({ session, refusals, dismiss, attach }: Props) {
  const styles = useStyles();
  const { text, pictures, videos = [] } = useDraft(session.id);
  const kinds = useVideoKinds((known) => known.kinds);
  useEffect(() => void videoKinds(), []);
  const choosing = useRef<HTMLInputElement>(null);
  const coming = session.turns.some((turn) => isComing(turn.answer));
  const arrived = useArrived(videos);
  const ready = arrived && Boolean(text.trim() || pictures.length || videos.length);
  function send() {
    if (!ready || coming) return;
    ask(session.id, { text: text.trim(), pictures, videos });
    changeDraft(session.id, { text: "", pictures: [], videos: [] });
    dismiss();
  }
  return (
    <div className={styles.composer}>
      {refusals.map(({ message, hint }) => (
        <MessageBar key={message} intent="error" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>{message}</MessageBarTitle> {hint}
          </MessageBarBody>
          <MessageBarActions
            containerAction={
              <Button
                aria-label="Dismiss"
                appearance="transparent"
                icon={<DismissRegular />}
                onClick={dismiss}
              />
            }
          />
        </MessageBar>
      ))}
      <TooMany session={session} />
      <div className={styles.box}>
        <AttachedVideos
          session={session.id}
          videos={videos}
          remove={(video) => dropVideo(session.id, video)}
        />
        {pictures.length > 0 && (
          <ul className={styles.pictures} aria-label="Attached pictures">
            {pictures.map((picture) => (
              <li key={picture.id}>
                <Thumbnail picture={picture} remove={() => dropPicture(session.id, picture)} />
              </li>
            ))}
          </ul>
        )}
        <textarea
          id={MESSAGE}
          className={styles.text}
          aria-label="Message"
          placeholder="Ask about a picture, a video, or your data"
          rows={2}
          value={text}
          onChange={(event) => changeDraft(session.id, { text: event.target.value })}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
              event.preventDefault();
              send();
            }
          }}
        />
        <div className={styles.buttons}>
          <input
            ref={choosing}
            type="file"
            multiple
            accept={[ACCEPTED, "video/*", ...(kinds?.endings ?? [])].join(",")}
            className={styles.chosen}
            tabIndex={-1}
            aria-hidden
            onChange={(event) => {
              attach({ files: [...(event.target.files ?? [])], folders: [] });
              event.target.value = "";
            }}
          />
          <Tooltip content="Attach pictures or videos" relationship="label">
            <Button
              appearance="subtle"
              icon={<AttachRegular />}
              onClick={() => choosing.current?.click()}
            />
          </Tooltip>
          <Caption1 className={styles.hint}>Shift + Enter for a new line</Caption1>
          {coming ? (
            <Tooltip content="Stop" relationship="label">
              <Button icon={<SquareFilled />} onClick={() => stop(session.id)} />
            </Tooltip>
          ) : (
            <Tooltip content="Send" relationship="label">
              <Button appearance="primary" icon={<SendFilled />} disabled={!ready} onClick={send} />
            </Tooltip>
          )}
        </div>
      </div>
    </div>
  );
}

/** A warning when the deployment takes fewer pictures than would be sent. */
function TooMany({ session }: { session: Session }) {
  const draft = useDraft(session.id);
  const name = session.setup.deployment;
  const deployment = useStudio((studio) => studio.deployments.find(({ id }) => id === name));
  const { sees = false, max_images: most = 0 } = deployment?.capabilities ?? {};
  if (!sees || !draft.pictures.length) return null;
  const count = picturesSent(...withQuestion(session, draft)).length;
  if (count <= most) return null;
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody>
        {name} takes at most {most} {most === 1 ? "picture" : "pictures"}; this question and what
        was said before it have {count}. Remove some, clear the chat, or choose another deployment.
      </MessageBarBody>
    </MessageBar>
  );
}
