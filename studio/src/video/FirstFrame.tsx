import { makeStyles, tokens } from "@fluentui/react-components";
import { VideoClipRegular } from "@fluentui/react-icons";
import { useState } from "react";
import type { Video } from "../session/session";
import { useProgress } from "./progress";
import { localUrl } from "./taking";
import { useTimeline } from "./timeline";

const useStyles = makeStyles({
  frame: {
    width: "96px",
    height: "64px",
    flexShrink: 0,
    objectFit: "cover",
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground3,
    color: tokens.colorNeutralForeground3,
    display: "grid",
    placeItems: "center",
    fontSize: "28px",
  },
});

/** The beginning of a video, small: from its own bytes, else from the index, else a sign. */
export function FirstFrame({ video }: { video: Video }) {
  const styles = useStyles();
  const progress = useProgress((all) => all[video.id]);
  const [unplayable, setUnplayable] = useState(false);
  const key = progress?.step === "ready" ? progress.key : "";
  const timeline = useTimeline(video.index, key);
  const own = localUrl(video);
  if (own && !unplayable)
    return (
      <video
        className={styles.frame}
        src={own}
        muted
        playsInline
        preload="metadata"
        tabIndex={-1}
        aria-hidden
        onError={() => setUnplayable(true)}
      />
    );
  const first = timeline?.frames[0];
  if (first) return <img className={styles.frame} src={first.thumbnail_url} alt="" />;
  return (
    <div className={styles.frame}>
      <VideoClipRegular aria-hidden />
    </div>
  );
}
