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
import { useDeferredValue, useState } from "react";
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
    display: "flex",
    gap: "8px",
    margin: 0,
    padding: "2px",
    overflowX: "auto",
    listStyleType: "none",
  },
  player: { margin: 0 },
  shot: { borderLeft: `3px solid ${tokens.colorNeutralStroke1}`, paddingLeft: "6px" },
});

interface Props {
  asset: Asset;
  show: (asset: Asset) => void;
  ask: () => void;
}

/** The video that a frame is of, along its time; what is written in it can be searched. */
export function VideoTimeline({ asset, show, ask }: Props) {
  const styles = useStyles();
  const [text, setText] = useState("");
  const [playing, setPlaying] = useState<Target | null>(null);
  const wanted = useDeferredValue(text.trim().toLowerCase());
  const timeline = useTimeline(asset.index, asset.key);
  if (!timeline) return null;
  const { frames, shots, coverage, duration } = timeline;
  const fitting = wanted
    ? frames.filter((frame) => frame.text?.toLowerCase().includes(wanted))
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
        aria-label="Text on the screen"
        placeholder="Search the text on the screen"
        value={text}
        onChange={(_, { value }) => setText(value)}
      />
      {wanted && (
        <Caption1 role="status" className={styles.quiet}>
          {fitting.length
            ? `${count(fitting.length, "frame")} with “${text.trim()}” on the screen`
            : `“${text.trim()}” was not read on any frame.`}
        </Caption1>
      )}
      <ul className={styles.strip} aria-label="Frames">
        {fitting.map((frame, at) => (
          <li
            key={frame.asset}
            {...(frame.shot !== fitting[at - 1]?.shot && {
              className: styles.shot,
              title: `Shot ${frame.shot}`,
            })}
          >
            <FrameButton
              seconds={frame.seconds}
              thumbnail={frame.thumbnail_url}
              words={wordsOf(frame)}
              shown={frame.asset === asset.id}
              open={() => void open(frame)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

function wordsOf({ shot, text, tags }: TimelineFrame): string {
  return [`Shot ${shot}`, text?.replaceAll("\n", " ") || tags.slice(0, 2).join(", ")]
    .filter(Boolean)
    .join(" · ");
}
