import {
  Button,
  Caption1,
  makeStyles,
  mergeClasses,
  SearchBox,
  Subtitle2,
  tokens,
} from "@fluentui/react-components";
import { PlayRegular, VideoClipRegular } from "@fluentui/react-icons";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useDeferredValue, useEffect, useRef, useState } from "react";
import { type Asset, wholeAsset } from "../api/assets";
import { playerAddress, type TimelineFrame } from "../api/videos";
import { clock, count } from "../widgets/amounts";
import { FrameButton } from "./FrameButton";
import { Player, type Target } from "./Player";
import { useTimeline } from "./timeline";

const useStyles = makeStyles({
  part: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalS, minWidth: 0 },
  heading: { margin: 0, fontSize: tokens.fontSizeBase300 },
  quiet: { color: tokens.colorNeutralForeground3 },
  bar: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS },
  strip: {
    position: "relative",
    height: "136px",
    margin: 0,
    padding: 0,
    overflowX: "auto",
    overflowY: "hidden",
    listStyleType: "none",
  },
  whole: { height: "1px" },
  one: { position: "absolute", top: "2px", left: "2px", paddingLeft: "9px" },
  player: { margin: 0 },
  shot: { borderLeft: `3px solid ${tokens.colorNeutralStroke1}`, paddingLeft: "6px" },
});

/** Of a frame in the strip with what keeps it apart, in pixels. */
const WIDTH = 153;

interface Props {
  asset: Asset;
  show: (asset: Asset) => void;
  ask: () => void;
}

/** The video that a frame is of, along its time; what is written or said in it can be searched. */
export function VideoTimeline({ asset, show, ask }: Props) {
  const styles = useStyles();
  const [text, setText] = useState("");
  const [playing, setPlaying] = useState<Target | null>(null);
  const wanted = useDeferredValue(text.trim().toLowerCase());
  const timeline = useTimeline(asset.index, asset.key);
  if (!timeline) return null;
  const { frames, shots, coverage, duration } = timeline;
  const fitting = wanted
    ? frames.filter(({ text, spoken }) =>
        `${text ?? ""}\n${spoken ?? ""}`.toLowerCase().includes(wanted),
      )
    : frames;
  async function open({ asset: id }: TimelineFrame) {
    setPlaying(null);
    show(await wholeAsset({ index: asset.index, id }, new AbortController().signal));
  }
  return (
    <section className={styles.part} aria-label="Video">
      <Subtitle2 as="h3" className={styles.heading}>
        Video
      </Subtitle2>
      <Caption1 className={styles.quiet}>
        {`${clock(duration)} long, ${count(shots.length, "shot")}, ${count(frames.length, "frame")} kept. Looked at ${coverage}.`}
      </Caption1>
      <div className={styles.bar}>
        <Button
          icon={<PlayRegular />}
          onClick={() =>
            setPlaying({ asset: asset.id, seconds: asset.place?.seconds ?? 0, play: true })
          }
        >
          Play from here
        </Button>
        <Button icon={<VideoClipRegular />} onClick={ask}>
          Ask about this video
        </Button>
      </div>
      {playing && (
        <figure className={mergeClasses(styles.part, styles.player)}>
          <Player
            name={asset.name}
            src={playerAddress(asset.index, asset.id)}
            index={asset.index}
            timeline={timeline}
            target={playing}
          />
        </figure>
      )}
      <SearchBox
        aria-label="Written or said"
        placeholder="Search what is written or said"
        value={text}
        onChange={(_, { value }) => setText(value)}
      />
      {wanted && (
        <Caption1 role="status" className={styles.quiet}>
          {fitting.length
            ? `${count(fitting.length, "frame")} with “${text.trim()}”`
            : `“${text.trim()}” is on no frame.`}
        </Caption1>
      )}
      <Strip key={wanted} frames={fitting} shown={asset.id} open={(frame) => void open(frame)} />
    </section>
  );
}

interface StripProps {
  frames: TimelineFrame[];
  shown: string;
  open: (frame: TimelineFrame) => void;
}

/** Frames side by side, hundreds if need be: only those in view are on the page. */
function Strip({ frames, shown, open }: StripProps) {
  const styles = useStyles();
  const box = useRef<HTMLUListElement>(null);
  const virtual = useVirtualizer({
    horizontal: true,
    count: frames.length,
    getScrollElement: () => box.current,
    estimateSize: () => WIDTH,
    overscan: 3,
  });
  useEffect(() => {
    const at = frames.findIndex(({ asset }) => asset === shown);
    if (at >= 0) virtual.scrollToIndex(at, { align: "auto" });
  }, [frames, shown, virtual]);
  return (
    <ul ref={box} className={styles.strip} aria-label="Frames">
      <li aria-hidden className={styles.whole} style={{ width: virtual.getTotalSize() }} />
      {virtual.getVirtualItems().map(({ index, start }) => {
        const frame = frames[index] as TimelineFrame;
        const begins = frame.shot !== frames[index - 1]?.shot;
        return (
          <li
            key={frame.asset}
            aria-setsize={frames.length}
            aria-posinset={index + 1}
            className={mergeClasses(styles.one, begins && styles.shot)}
            style={{ transform: `translateX(${start}px)` }}
          >
            <FrameButton
              seconds={frame.seconds}
              thumbnail={frame.thumbnail_url}
              words={wordsOf(frame)}
              shown={frame.asset === shown}
              open={() => open(frame)}
            />
          </li>
        );
      })}
    </ul>
  );
}

function wordsOf({ shot, text, spoken, tags }: TimelineFrame): string {
  const words = [text?.replaceAll("\n", " "), spoken && `“${spoken}”`].filter(Boolean).join(" · ");
  return [`Shot ${shot}`, words || tags.slice(0, 2).join(", ")].filter(Boolean).join(" · ");
}
