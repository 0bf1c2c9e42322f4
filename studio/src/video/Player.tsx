import { Button, Caption1, makeStyles, tokens } from "@fluentui/react-components";
import { ChevronLeftRegular, ChevronRightRegular } from "@fluentui/react-icons";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { originalOf } from "../api/assets";
import type { Point } from "../api/types";
import type { Timeline, TimelineFrame } from "../api/videos";
import { clock } from "../widgets/amounts";
import { FrameLines, useLines } from "./FrameLines";
import { frameAt } from "./timeline";

const useStyles = makeStyles({
  whole: {
    display: "flex",
    flexDirection: "column",
    gap: "4px",
    maxWidth: "100%",
    scrollMarginTop: "12px",
  },
  frame: { position: "relative", lineHeight: 0, maxWidth: "100%", alignSelf: "center" },
  video: {
    display: "block",
    width: "100%",
    height: "100%",
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground4,
  },
  below: {
    display: "flex",
    flexWrap: "wrap",
    alignItems: "center",
    gap: "4px 8px",
    minHeight: "24px",
  },
  words: { flexGrow: 1, overflowWrap: "anywhere" },
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
  /** What is said before there is a target, and what can be done with one. */
  hint?: string;
  children?: ReactNode;
}

/** The most that a player takes of the page, in pixels. */
const WIDEST = 420;
const TALLEST = 280;
/** What its words need at least. */
const NARROWEST = 240;

/** A video, or where this browser cannot play it, its frames; what is read on a frame is outlined. */
export function Player(props: Props) {
  const { name, src, index, timeline, target, regions = [], hint = "", children } = props;
  const styles = useStyles();
  const whole = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const [unplayable, setUnplayable] = useState(false);
  // Whether the frame that was asked for is what is seen now.
  const [still, setStill] = useState(false);
  const [position, setPosition] = useState(0);
  const [ratio, setRatio] = useState(16 / 9);
  const shape = timeline ? timeline.width / timeline.height : ratio;
  const width = Math.min(WIDEST, TALLEST * shape);
  const frames = timeline?.frames ?? [];
  const shown = unplayable ? frames[position]?.asset : still ? target?.asset : undefined;
  const lines = useLines(index, shown ?? "");
  useEffect(() => setUnplayable(false), [src]);
  useEffect(() => {
    if (target && timeline) setPosition(frameAt(timeline.frames, target.seconds));
  }, [target, timeline]);
  useEffect(() => {
    if (!target) return;
    whole.current?.scrollIntoView({ block: "nearest" });
    const player = video.current;
    setStill(false);
    if (!player) return;
    player.pause();
    // A little after its time, for times are rounded.
    player.currentTime = target.seconds + 0.01;
    if (target.play) void player.play().catch(() => undefined);
  }, [target]);

  function look(player: HTMLVideoElement) {
    const near = target !== null && Math.abs(player.currentTime - target.seconds) < 0.05;
    setStill(near && player.paused && !player.seeking);
  }
  const marks = shown === target?.asset ? regions : [];
  return (
    <div ref={whole} className={styles.whole} style={{ width: Math.max(width, NARROWEST) }}>
      <div className={styles.frame} style={{ width, aspectRatio: shape }}>
        {unplayable ? (
          <FramePicture
            name={name}
            index={index}
            frame={frames[position]}
            className={styles.video}
          />
        ) : (
          // biome-ignore lint/a11y/useMediaCaption: the videos of people have none
          <video
            ref={video}
            src={src}
            controls
            playsInline
            preload="metadata"
            aria-label={name}
            className={styles.video}
            onError={() => setUnplayable(true)}
            onLoadedMetadata={({ currentTarget: { videoWidth, videoHeight } }) => {
              if (videoWidth) setRatio(videoWidth / videoHeight);
              // Only its sound can be played.
              else setUnplayable(true);
            }}
            onSeeked={({ currentTarget }) => look(currentTarget)}
            onPlay={() => setStill(false)}
            onSeeking={() => setStill(false)}
          />
        )}
        {lines && lines.length + marks.length > 0 && <FrameLines lines={lines} regions={marks} />}
      </div>
      {unplayable && (
        <Caption1 className={styles.words}>
          This browser cannot play this kind of video. Its frames from the index are shown.
        </Caption1>
      )}
      <div className={styles.below}>
        {unplayable && frames.length > 0 && (
          <Steps position={position} count={frames.length} go={setPosition} />
        )}
        <Caption1 role="status" className={styles.words}>
          {unplayable && frames[position]
            ? `${clock(frames[position].seconds)}, frame ${position + 1} of ${frames.length}. `
            : still && target
              ? `Paused at ${clock(target.seconds)}. `
              : !target && hint}
          {lines?.length ? `Text on it: ${lines.map(({ text }) => text).join(" · ")}` : ""}
        </Caption1>
        {shown && shown === target?.asset && children}
      </div>
    </div>
  );
}

interface StepsProps {
  position: number;
  count: number;
  go: (position: number) => void;
}

function Steps({ position, count, go }: StepsProps) {
  const last = count - 1;
  return (
    <>
      <Button
        size="small"
        aria-label="Frame before"
        icon={<ChevronLeftRegular />}
        disabledFocusable={position === 0}
        onClick={() => go(Math.max(position - 1, 0))}
      />
      <Button
        size="small"
        aria-label="Frame after"
        icon={<ChevronRightRegular />}
        disabledFocusable={position === last}
        onClick={() => go(Math.min(position + 1, last))}
      />
    </>
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
