import { Button, Caption1, makeStyles, ProgressBar, tokens } from "@fluentui/react-components";
import { useEffect } from "react";
import type { Video } from "../session/session";
import { bytes } from "../widgets/amounts";
import { ProblemBar } from "../widgets/ProblemBar";
import { inWords, type Progress, useProgress } from "./progress";
import { follow, retry } from "./taking";

const useStyles = makeStyles({
  state: { display: "flex", flexDirection: "column", gap: "4px", minWidth: 0 },
  quiet: { color: tokens.colorNeutralForeground3 },
});

/** How far a video is; it is followed as long as it is shown. */
export function useVideoProgress(session: string, video: Video): Progress | undefined {
  const progress = useProgress((all) => all[video.id]);
  useEffect(() => follow(session, video), [session, video]);
  return progress;
}

/** How far a video is on its way, and what can be done where it failed. */
export function VideoState({ session, video }: { session: string; video: Video }) {
  const styles = useStyles();
  const progress = useVideoProgress(session, video);
  switch (progress?.step) {
    case "failed":
      return (
        <ProblemBar problem={progress.problem}>
          <Button size="small" onClick={() => retry(session, video)}>
            Try again
          </Button>
        </ProblemBar>
      );
    case "gone":
      return (
        <ProblemBar
          problem={{
            message: "This video is not on the server.",
            hint: "It was deleted there, or the page was closed before it was whole. Attach it again.",
          }}
        />
      );
    case "ready":
      return (
        <Caption1 className={styles.quiet}>
          {[inWords(progress), video.size ? bytes(video.size) : ""].filter(Boolean).join(", ")}
        </Caption1>
      );
    default:
      return (
        <div className={styles.state}>
          <Caption1 role="status" className={styles.quiet}>
            {inWords(progress) || "Looking how far it is"}
          </Caption1>
          <ProgressBar aria-label={`Progress of ${video.name}`} {...shareOf(progress)} />
        </div>
      );
  }
}

/** Without a value the bar runs to and fro. */
function shareOf(progress: Progress | undefined): { value?: number } {
  if (progress?.step === "sending" && progress.sent < 1) return { value: progress.sent };
  if (progress?.step === "indexing" && progress.duration)
    return { value: Math.min(progress.seconds / progress.duration, 1) };
  return {};
}
