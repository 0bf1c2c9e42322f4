import { Body1Strong, makeStyles } from "@fluentui/react-components";
import type { WatchedVideo } from "../api/types";
import type { Video } from "../session/session";
import { FirstFrame } from "./FirstFrame";
import { Stage } from "./Stage";
import { localUrl } from "./taking";
import { useTimeline } from "./timeline";
import { useVideoProgress, VideoState } from "./VideoState";

const useStyles = makeStyles({
  video: { display: "flex", flexDirection: "column", gap: "4px", minWidth: 0 },
  about: { display: "flex", flexWrap: "wrap", alignItems: "baseline", gap: "0 8px" },
  name: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
});

interface Props {
  session: string;
  video: Video;
  /** What the answer looked at, once it is known. */
  watched: WatchedVideo | undefined;
}

/** A video of a question: its player, or a sign of it until it can be played. */
export function QuestionVideo({ session, video, watched }: Props) {
  const styles = useStyles();
  const progress = useVideoProgress(session, video);
  const key = progress?.step === "ready" ? progress.key : "";
  const timeline = useTimeline(video.index, key);
  const own = localUrl(video);
  return (
    <div className={styles.video}>
      {own || timeline ? (
        <Stage
          name={video.name}
          index={video.index}
          timeline={timeline}
          watched={watched}
          {...(own && { own })}
        />
      ) : (
        <FirstFrame video={video} />
      )}
      <div className={styles.about}>
        <Body1Strong className={styles.name} title={video.name}>
          {video.name}
        </Body1Strong>
        <VideoState session={session} video={video} />
      </div>
    </div>
  );
}
