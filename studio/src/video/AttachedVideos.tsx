import { Body1, Button, makeStyles, Tooltip, tokens } from "@fluentui/react-components";
import { DismissRegular } from "@fluentui/react-icons";
import type { Video } from "../session/session";
import { FirstFrame } from "./FirstFrame";
import { VideoState } from "./VideoState";

const useStyles = makeStyles({
  videos: {
    display: "flex",
    flexDirection: "column",
    gap: "8px",
    margin: 0,
    padding: "4px",
    listStyleType: "none",
  },
  card: {
    display: "flex",
    alignItems: "flex-start",
    gap: "12px",
    padding: "8px",
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusLarge,
  },
  words: { display: "flex", flexDirection: "column", gap: "4px", flexGrow: 1, minWidth: 0 },
  name: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
});

interface Props {
  session: string;
  videos: Video[];
  remove: (video: Video) => void;
}

/** The videos of a question that is being written, each with how far it is. */
export function AttachedVideos({ session, videos, remove }: Props) {
  const styles = useStyles();
  if (!videos.length) return null;
  return (
    <ul className={styles.videos} aria-label="Attached videos">
      {videos.map((video) => (
        <li key={video.id} className={styles.card}>
          <FirstFrame video={video} />
          <div className={styles.words}>
            <Body1 className={styles.name} title={video.name}>
              {video.name}
            </Body1>
            <VideoState session={session} video={video} />
          </div>
          <Tooltip content={`Remove ${video.name}`} relationship="label">
            <Button
              size="small"
              appearance="subtle"
              icon={<DismissRegular />}
              onClick={() => remove(video)}
            />
          </Tooltip>
        </li>
      ))}
    </ul>
  );
}
