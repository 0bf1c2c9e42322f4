import {
  Button,
  Caption1,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  makeStyles,
  Spinner,
  Tooltip,
  tokens,
} from "@fluentui/react-components";
import { ArrowClockwiseRegular } from "@fluentui/react-icons";
import type { WatchedVideo } from "../api/types";
import { type Answer, isComing, type Picture } from "../session/session";
import { WatchedFrames } from "../video/WatchedFrames";
import { CopyButton } from "../widgets/CopyButton";
import { ProblemBar } from "../widgets/ProblemBar";
import { useLighting } from "./lighting";
import { Markdown } from "./Markdown";
import { Note } from "./Note";
import { QuestionPicture } from "./QuestionPicture";
import { Retrieved } from "./Retrieved";

const useStyles = makeStyles({
  answer: { display: "flex", flexDirection: "column", gap: "8px", minWidth: 0 },
  earlier: { display: "flex", flexWrap: "wrap", gap: "8px" },
  waiting: { alignSelf: "flex-start" },
  reasoning: {
    color: tokens.colorNeutralForeground2,
    "& summary": { cursor: "pointer", fontSize: tokens.fontSizeBase200 },
    "& p": {
      margin: "4px 0 0",
      paddingLeft: "12px",
      borderLeft: `2px solid ${tokens.colorNeutralStroke2}`,
      whiteSpace: "pre-wrap",
      overflowWrap: "anywhere",
      fontSize: tokens.fontSizeBase200,
    },
  },
  end: { display: "flex", alignItems: "center", gap: "4px", marginLeft: "-4px" },
  stopped: { color: tokens.colorNeutralForeground3 },
});

const NONE: WatchedVideo[] = [];

interface Props {
  answer: Answer;
  /** Pictures of an earlier question that the answer speaks of. */
  earlier: Picture[];
  session: string;
  /** Whether the question has the videos that the answer is about. */
  staged: boolean;
  regenerate: () => void;
}

/** An answer as it comes, and what can be done with it. */
export function AnswerView({ answer, earlier, session, staged, regenerate }: Props) {
  const styles = useStyles();
  const { tied } = useLighting();
  const { text, reasoning, state, failure, warnings, citations, videos = NONE } = answer;
  const coming = isComing(answer);
  return (
    <div className={styles.answer}>
      {reasoning && (
        <details className={styles.reasoning}>
          <summary>{coming && !text ? "Reasoning…" : "Reasoning"}</summary>
          <p>{reasoning}</p>
        </details>
      )}
      {coming && !text && (
        <Spinner
          className={styles.waiting}
          size="tiny"
          label={answer.progress ? sentence(answer.progress) : "Waiting for the first words"}
        />
      )}
      {tied.regions.length > 0 && earlier.length > 0 && (
        <div className={styles.earlier}>
          {earlier.map((picture, image) => (
            <QuestionPicture
              key={picture.id}
              session={session}
              picture={picture}
              image={image}
              small
            />
          ))}
        </div>
      )}
      {text && (
        <Markdown text={text} coming={coming} phrases={tied.phrases} sources={citations.length} />
      )}
      {warnings.map(({ code, message }) => (
        <Note key={code + message}>{message}</Note>
      ))}
      {failure && (
        <ProblemBar problem={failure}>
          <Button onClick={regenerate}>Try again</Button>
        </ProblemBar>
      )}
      {state === "interrupted" && (
        <MessageBar intent="info" layout="multiline">
          <MessageBarBody>
            The page was closed while this answer came. What had arrived is kept.
          </MessageBarBody>
          <MessageBarActions>
            <Button onClick={regenerate}>Ask again</Button>
          </MessageBarActions>
        </MessageBar>
      )}
      {answer.finishReason === "length" && (
        <Note>
          The answer was cut off at the longest response that is set in the configuration.
        </Note>
      )}
      {videos.map((video) => (
        <WatchedFrames
          key={`${video.index} ${video.key}`}
          video={video}
          citations={citations}
          staged={staged}
        />
      ))}
      <Retrieved citations={citations} videos={videos} />
      {!coming && (
        <div className={styles.end}>
          {text && <CopyButton label="Copy answer" text={() => text} />}
          {state !== "failed" && state !== "interrupted" && (
            <Tooltip content="Answer again" relationship="label">
              <Button
                size="small"
                appearance="subtle"
                icon={<ArrowClockwiseRegular />}
                onClick={regenerate}
              />
            </Tooltip>
          )}
          {state === "stopped" && <Caption1 className={styles.stopped}>Stopped</Caption1>}
        </div>
      )}
    </div>
  );
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
