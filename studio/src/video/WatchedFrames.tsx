import { Caption1, Caption1Strong, makeStyles, tokens } from "@fluentui/react-components";
import { useEffect, useRef } from "react";
import type { Citation, WatchedVideo } from "../api/types";
import { FrameButton } from "./FrameButton";
import { Stage } from "./Stage";
import { isOf, spotOf, useScreening } from "./screening";
import { useTimeline } from "./timeline";

const useStyles = makeStyles({
  watched: { display: "flex", flexDirection: "column", gap: "2px", minWidth: 0 },
  quiet: { color: tokens.colorNeutralForeground3, overflowWrap: "anywhere" },
  strip: {
    position: "relative",
    display: "flex",
    gap: "8px",
    margin: "4px 0 0",
    padding: "2px",
    overflowX: "auto",
    listStyleType: "none",
  },
});

interface Props {
  video: WatchedVideo;
  citations: Citation[];
  /** Whether the question above has the player. */
  staged: boolean;
}

/** The frames of a video that an answer rests on, and how they were chosen. */
export function WatchedFrames({ video, citations, staged }: Props) {
  const styles = useStyles();
  const { spot, show } = useScreening();
  const { name, coverage, frames } = video;
  const fits = video.found !== false;
  const strip = useRef<HTMLUListElement>(null);
  useEffect(() => {
    const best = strip.current?.querySelector<HTMLElement>("[data-best]");
    if (strip.current && best)
      strip.current.scrollLeft =
        best.offsetLeft - (strip.current.clientWidth - best.offsetWidth) / 2;
  }, []);
  return (
    <section className={styles.watched} aria-label={`Frames of ${name}`}>
      {!staged && isOf(video, spot) && <OwnStage video={video} />}
      <Caption1Strong>Frames of {name}</Caption1Strong>
      <Caption1 className={styles.quiet}>
        {aimOf(video)} Looked at {coverage}.
      </Caption1>
      <ul ref={strip} className={styles.strip} aria-label={`Frames of ${name}`}>
        {frames.map(({ number, rank }) => {
          const citation = citations[number - 1];
          const place = spotOf([video], citation);
          if (!citation || !place) return null;
          const best = rank === 1 && video.found === true;
          return (
            <li key={number} data-best={best || undefined}>
              <FrameButton
                seconds={place.seconds}
                thumbnail={citation.sightline.thumbnail_url}
                words={fits ? whyOf(citation) : `no fit (${(citation.score ?? 0).toFixed(2)})`}
                shown={spot?.number === number}
                open={() => show(place)}
                {...(best && { mark: "best" })}
              />
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** A player for an answer about a video of an earlier question. */
function OwnStage({ video }: { video: WatchedVideo }) {
  const timeline = useTimeline(video.index, video.key);
  return <Stage name={video.name} index={video.index} timeline={timeline} watched={video} />;
}

function aimOf({ about_all, looked_for, found }: WatchedVideo): string {
  if (about_all) return "Spread over the whole video.";
  if (found === false) return `Nothing fits “${looked_for}”; these frames come nearest.`;
  return `Those that fit “${looked_for}” best.`;
}

const WORDS: Record<string, string> = {
  concept: "shows it",
  words: "its words fit",
  colour: "has the colour",
  picture: "looks like the picture",
  spread: "spread over the video",
};

/** Why a frame was taken, the strongest reason first. */
function whyOf({ sightline, score }: Citation): string {
  const reasons = Object.entries(sightline.reasons ?? {}).sort(([, one], [, other]) => other - one);
  const told = reasons.map(([reason]) => WORDS[reason] ?? reason).join(", ");
  const cited = sightline.cited ? "cited · " : "";
  const fits = score && !sightline.reasons?.spread ? ` (${score.toFixed(2)})` : "";
  return `${cited}${told}${fits}`;
}
