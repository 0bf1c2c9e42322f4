import {
  Body1,
  Button,
  Caption1,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
  tokens,
} from "@fluentui/react-components";
import { PlayRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { asProblem, Problem } from "../api/server";
import type { Citation } from "../api/types";
import { usePictureUrl } from "../session/pictures";
import type { Picture } from "../session/session";
import { Player, type Target } from "../video/Player";
import { frameName, useTimeline } from "../video/timeline";
import { ProblemBar } from "../widgets/ProblemBar";
import { attach } from "./attaching";
import { MESSAGE } from "./Composer";
import { isShown } from "./kinds";
import { Outlines } from "./Regions";
import { placeInWords, reasonsInWords, useSources } from "./sources";

const useStyles = makeStyles({
  surface: { maxWidth: "860px" },
  content: {
    display: "grid",
    gridTemplateColumns: "minmax(0, 3fr) minmax(0, 2fr)",
    gap: "20px",
    "@media (max-width: 640px)": { gridTemplateColumns: "minmax(0, 1fr)" },
  },
  frame: { position: "relative", alignSelf: "start", justifySelf: "center", lineHeight: 0 },
  picture: { maxWidth: "100%", maxHeight: "60vh", borderRadius: tokens.borderRadiusMedium },
  facts: {
    display: "flex",
    flexDirection: "column",
    gap: "4px",
    margin: 0,
    overflowWrap: "anywhere",
    "& dt": { marginTop: "8px", fontWeight: tokens.fontWeightSemibold },
    "& dd": { margin: 0, whiteSpace: "pre-wrap" },
  },
  reason: { display: "flex", justifyContent: "space-between", gap: "12px" },
  quote: {
    margin: 0,
    paddingLeft: "10px",
    borderLeft: `3px solid ${tokens.colorBrandStroke1}`,
  },
  title: { overflowWrap: "anywhere" },
});

interface Props {
  session: string;
  number: number;
  /** The pictures that were attached. */
  seen: Picture[];
  close: () => void;
}

/** A source of an answer: its picture, what is known of it, and why it was found. */
export default function SourceDialog({ session, number, seen, close }: Props) {
  const styles = useStyles();
  const { citations } = useSources();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [playing, setPlaying] = useState<Target | null>(null);
  const citation = citations[number - 1];
  const timeline = useTimeline(
    (playing && citation?.sightline.index) ?? "",
    citation?.filepath ?? "",
  );
  if (!citation) return null;
  const { sightline, title } = citation;
  const own = sightline.attached === undefined ? undefined : seen[sightline.attached - 1];
  const place = placeInWords(sightline.place);
  async function ask() {
    try {
      const refused = await attach(session, {
        files: [await fileOf(citation as Citation)],
        folders: [],
      });
      const [first] = refused;
      if (first) throw new Problem(first.message, { hint: first.hint });
      close();
      document.getElementById(MESSAGE)?.focus();
    } catch (error) {
      setProblem(asProblem(error));
    }
  }
  return (
    <Dialog open onOpenChange={(_, { open }) => !open && close()}>
      <DialogSurface className={styles.surface}>
        <DialogBody>
          <DialogTitle className={styles.title}>
            {number}. {title}
            {place && `, ${place}`}
          </DialogTitle>
          <DialogContent className={styles.content}>
            <div className={styles.frame}>
              {playing && sightline.index && sightline.asset && sightline.video_url ? (
                <Player
                  name={title}
                  src={sightline.video_url}
                  index={sightline.index}
                  timeline={timeline}
                  target={playing}
                />
              ) : own ? (
                <OwnPicture citation={citation} picture={own} />
              ) : (
                <Found citation={citation} />
              )}
            </div>
            <div>
              <Facts citation={citation} />
            </div>
          </DialogContent>
          {problem && <ProblemBar problem={problem} />}
          <DialogActions>
            {sightline.video_url && !playing && (
              <Button
                icon={<PlayRegular />}
                onClick={() =>
                  setPlaying({
                    asset: sightline.asset ?? "",
                    seconds: sightline.place?.seconds ?? 0,
                    play: true,
                  })
                }
              >
                Play from here
              </Button>
            )}
            {!own && citation.url && <Button onClick={() => void ask()}>Ask about this</Button>}
            <Button appearance="primary" onClick={close}>
              Close
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function Found({ citation }: { citation: Citation }) {
  const styles = useStyles();
  const { url, title, sightline } = citation;
  const [tries, setTries] = useState([url, sightline.thumbnail_url].filter(Boolean) as string[]);
  const [src] = tries;
  if (!src) return <Body1>This picture cannot be shown any more.</Body1>;
  return (
    <>
      <img
        src={src}
        alt={title}
        className={styles.picture}
        onError={() => setTries(tries.slice(1))}
      />
      <Outlines polygons={sightline.regions ?? []} />
      {src !== url && (
        <Caption1 block>The small copy of the index: the original cannot be shown.</Caption1>
      )}
    </>
  );
}

function OwnPicture({ citation, picture }: { citation: Citation; picture: Picture }) {
  const styles = useStyles();
  const url = usePictureUrl(picture.id);
  if (!url || !isShown(picture.type)) return <Body1>This browser cannot show the picture.</Body1>;
  return (
    <>
      <img src={url} alt={picture.name} className={styles.picture} />
      <Outlines polygons={citation.sightline.regions ?? []} />
    </>
  );
}

function Facts({ citation }: { citation: Citation }) {
  const styles = useStyles();
  const { content, filepath, score, sightline } = citation;
  const reasons = reasonsInWords(sightline.reasons ?? {});
  return (
    <dl className={styles.facts}>
      {sightline.quote && (
        <>
          <dt>Quoted</dt>
          <dd>
            <blockquote className={styles.quote}>{sightline.quote}</blockquote>
            {sightline.inferred && (
              <Caption1>The mark was set by Sightline, not by the model.</Caption1>
            )}
          </dd>
        </>
      )}
      <dt>Description and text</dt>
      <dd>{content || "None"}</dd>
      {reasons.length > 0 && (
        <>
          <dt>Why it was found</dt>
          {reasons.map(([reason, strength]) => (
            <dd key={reason} className={styles.reason}>
              <span>{reason}</span>
              <span>{strength.toFixed(2)}</span>
            </dd>
          ))}
        </>
      )}
      {score !== undefined && score !== null && (
        <>
          <dt>Score</dt>
          <dd>{score.toFixed(2)}</dd>
        </>
      )}
      {sightline.index && (
        <>
          <dt>Index and file</dt>
          <dd>
            {sightline.index}: {filepath}
          </dd>
        </>
      )}
    </dl>
  );
}

/** The picture of a source as a file. */
async function fileOf({ url, title, sightline }: Citation): Promise<File> {
  let response: Response;
  try {
    response = await fetch(url as string);
  } catch {
    throw new Problem("The picture lies at another server.", {
      hint: "Open it there, save it, and attach the file.",
    });
  }
  if (!response.ok) {
    throw new Problem("The original is not there any more.", {
      hint: "It was moved or deleted since it was indexed.",
    });
  }
  const bytes = await response.blob();
  const name = sightline.video_url ? frameName(title, sightline.place?.seconds) : title;
  return new File([bytes], name, { type: bytes.type });
}
