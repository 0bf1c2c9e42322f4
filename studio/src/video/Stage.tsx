import { Button, makeStyles } from "@fluentui/react-components";
import type { WatchedVideo } from "../api/types";
import { playerAddress, type Timeline } from "../api/videos";
import { Player } from "./Player";
import { useRegions } from "./regions";
import { isOf, useScreening } from "./screening";

const useStyles = makeStyles({
  stage: { display: "flex", flexDirection: "column", gap: "4px", margin: 0, minWidth: 0 },
});

interface Props {
  name: string;
  index: string;
  timeline: Timeline | null;
  watched: WatchedVideo | undefined;
  /** The address of its own bytes, where they are here. */
  own?: string;
}

/** The player of a turn; frames and marks of the answer lead to their second in it. */
export function Stage({ name, index, timeline, watched, own }: Props) {
  const styles = useStyles();
  const { spot, about } = useScreening();
  const target = watched && isOf(watched, spot) ? spot : null;
  const regions = useRegions(target?.number);
  const first = timeline?.frames[0]?.asset;
  const src = own ?? (first && playerAddress(index, first));
  if (!src) return null;
  return (
    <figure className={styles.stage} aria-label={`Player of ${name}`}>
      <Player
        name={name}
        src={src}
        index={index}
        timeline={timeline}
        target={target}
        regions={regions}
        hint={watched ? "A frame below leads to its second." : ""}
      >
        <Button size="small" onClick={() => target && about(target.number)}>
          About this frame
        </Button>
      </Player>
    </figure>
  );
}
