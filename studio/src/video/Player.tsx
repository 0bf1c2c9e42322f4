import { Button, Caption1, makeStyles, tokens } from "@fluentui/react-components";
import { ChevronLeftRegular, ChevronRightRegular } from "@fluentui/react-icons";
import { useEffect, useRef, useState } from "react";
import { type Line, originalOf } from "../api/assets";
import type { Point } from "../api/types";
import type { Timeline, TimelineFrame } from "../api/videos";
import { clock } from "../widgets/amounts";
import { FrameLines, useLines } from "./FrameLines";
import { frameAt } from "./timeline";

const useStyles = makeStyles({
  frame: { position: "relative", lineHeight: 0, maxWidth: "100%", width: "fit-content" },
  video: {
    display: "block",
    maxWidth: "100%",
    maxHeight: "340px",
    minHeight: "96px",
    width: "auto",
    height: "auto",
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground4,
  },
  below: { display: "flex", flexWrap: "wrap", alignItems: "center", gap: "4px 8px" },
  words: { overflowWrap: "anywhere" },
});

export interface Target {
  seconds: number;
  asset: string;
  play?: boolean;
}

interface Props {
  name: string;
  /** Where the video itself is. */
  src: string;
  index: string;
  /** Null while it is not known. */
  timeline: Timeline | null;
  /** Where to go, a new value each time. */
  target: Target | null;
  /** Places on the target's frame that are spoken of. */
  regions?: Point[][];
}

/** A video, or where this browser cannot play it, its frames; what is read on a frame is outlined. */
export function Player({ name, src, index, timeline, target, regions = [] }: Props) {
  const styles = useStyles();
  const video = useRef<HTMLVideoElement>(null);
  const [unplayable, setUnplayable] = useState(false);
  // Whether the frame that was asked for is what is seen now.
  const [still, setStill] = useState(false);
  const [position, setPosition] = useState(0);
  const frames = timeline?.frames ?? [];
  const shown = unplayable ? frames[position]?.asset : still ? target?.asset : undefined;
  const lines = useLines(index, shown ?? "");
  useEffect(() => setUnplayable(false), [src]);
  useEffect(() => {
    if (!target) return;
    setPosition(frameAt(frames, target.seconds));
    const player = video.current;
    if (!player) return setStill(true);
    setStill(false);
    player.pause();
    // A little after its time, for times are rounded.
    player.currentTime = target.seconds + 0.01;
    if (target.play) void player.play().catch(() => undefined);
    player.closest("figure")?.scrollIntoView({ block: "nearest" });
  }, [target, timeline, unplayable]);

  function look(player: HTMLVideoElement) {
    const near = target !== null && Math.abs(player.currentTime - target.seconds) < 0.05;
    setStill(near && player.paused && !player.seeking);
  }
  const seen = shown !== undefined && lines !== null;
  const marks = shown === target?.asset ? regions : [];
  return (
    <>
      <div className={styles.frame}>
        {unplayable ? (
          <FramePicture
            name={name}
            index={index}
            frame={frames[position]}
            className={styles.video}
          />
        ) : (
          <video
            ref={video}
            src={src}
            controls
            playsInline
            preload="metadata"
            aria-label={name}
            className={styles.video}
            {...(timeline && { width: timeline.width, height: timeline.height })}
            onError={() => setUnplayable(true)}
            onLoadedMetadata={({ currentTarget }) => {
              // Only its sound can be played.
              if (!currentTarget.videoWidth) setUnplayable(true);
            }}
            onSeeked={({ currentTarget }) => look(currentTarget)}
            onPlay={() => setStill(false)}
            onSeeking={() => setStill(false)}
          />
        )}
        {seen && lines.length + marks.length > 0 && <FrameLines lines={lines} regions={marks} />}
      </div>
      {unplayable && (
        <Caption1 className={styles.words}>
          This browser cannot play this kind of video. Its frames from the index are shown.
        </Caption1>
      )}
      {unplayable && frames.length > 0 && (
        <div className={styles.below}>
          <Button
            size="small"
            aria-label="Frame before"
            icon={<ChevronLeftRegular />}
            disabledFocusable={position === 0}
            onClick={() => setPosition(Math.max(position - 1, 0))}
          />
          <Caption1 role="status">
            {`${clock(frames[position]?.seconds ?? 0)}, frame ${position + 1} of ${frames.length}`}
          </Caption1>
          <Button
            size="small"
            aria-label="Frame after"
            icon={<ChevronRightRegular />}
            disabledFocusable={position === frames.length - 1}
            onClick={() => setPosition(Math.min(position + 1, frames.length - 1))}
          />
        </div>
      )}
      {seen && <Told lines={lines} {...(!unplayable && target && { seconds: target.seconds })} />}
    </>
  );
}

/** Where the player stands, and what is read there. */
function Told({ lines, seconds }: { lines: Line[]; seconds?: number }) {
  const styles = useStyles();
  const read = lines.map(({ text }) => text).join(" · ");
  return (
    <Caption1 role="status" className={styles.words}>
      {seconds !== undefined && `Paused at ${clock(seconds)}. `}
      {read && `Text on it: ${read}`}
    </Caption1>
  );
}

interface PictureProps {
  name: string;
  index: string;
  frame: TimelineFrame | undefined;
  className: string;
}

/** A frame at large; the small picture of the index where the video is gone. */
function FramePicture({ name, index, frame, className }: PictureProps) {
  const [gone, setGone] = useState("");
  if (!frame) return null;
  const large = originalOf({ index, id: frame.asset });
  return (
    <img
      src={gone === large ? frame.thumbnail_url : large}
      alt={`${name} at ${clock(frame.seconds)}`}
      className={className}
      onError={() => setGone(large)}
    />
  );
}
