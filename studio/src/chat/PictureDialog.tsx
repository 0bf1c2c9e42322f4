import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
  Spinner,
  ToggleButton,
  tokens,
} from "@fluentui/react-components";
import { CropRegular, TextDescriptionRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { asProblem, Problem } from "../api/server";
import { usePictureUrl } from "../session/pictures";
import type { Picture } from "../session/session";
import { pictureBytes } from "../session/storage";
import { CopyButton } from "../widgets/CopyButton";
import { ProblemBar } from "../widgets/ProblemBar";
import { attach } from "./attaching";
import { MESSAGE } from "./Composer";
import { crop, type Part } from "./cropping";
import { PartSelector } from "./PartSelector";
import { ReadLines } from "./ReadLines";
import { Regions } from "./Regions";
import { type Reading, read } from "./reading";

const useStyles = makeStyles({
  surface: { maxWidth: "min(1100px, 96vw)", width: "fit-content", minWidth: "min(480px, 96vw)" },
  title: { overflowWrap: "anywhere" },
  bar: {
    display: "flex",
    flexWrap: "wrap",
    alignItems: "center",
    gap: "8px",
    marginBottom: "12px",
  },
  stage: { display: "flex", justifyContent: "center" },
  frame: { position: "relative", lineHeight: 0 },
  picture: { maxWidth: "100%", maxHeight: "64vh", borderRadius: tokens.borderRadiusMedium },
});

const MIDDLE: Part = { left: 0.25, top: 0.25, right: 0.75, bottom: 0.75 };

interface Props {
  session: string;
  picture: Picture;
  image: number;
  close: () => void;
}

/** A picture of a question, large: its regions, the text on it, and a part of it to ask about. */
export default function PictureDialog({ session, picture, image, close }: Props) {
  const styles = useStyles();
  const url = usePictureUrl(picture.id);
  const [reading, setReading] = useState<Reading | "coming" | null>(null);
  const [part, setPart] = useState<Part | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  async function toggleText() {
    setProblem(null);
    if (reading) return setReading(null);
    setReading("coming");
    try {
      setReading(await read(picture.id));
    } catch (error) {
      setReading(null);
      setProblem(asProblem(error));
    }
  }
  async function askAbout(chosen: Part) {
    try {
      const bytes = await pictureBytes(picture.id);
      if (!bytes) throw new Problem("The picture is not kept in this browser any more.");
      const files = [await crop(bytes, picture.name, chosen)];
      const [refused] = await attach(session, { files, folders: [] });
      if (refused) throw new Problem(refused.message, { hint: refused.hint });
      close();
      document.getElementById(MESSAGE)?.focus();
    } catch (error) {
      setProblem(asProblem(error));
    }
  }

  const read_ = reading === "coming" ? null : reading;
  return (
    <Dialog open onOpenChange={(_, { open }) => !open && close()}>
      <DialogSurface className={styles.surface}>
        <DialogBody>
          <DialogTitle className={styles.title}>{picture.name}</DialogTitle>
          <DialogContent>
            <div className={styles.bar}>
              <ToggleButton
                size="small"
                icon={
                  reading === "coming" ? <Spinner size="extra-tiny" /> : <TextDescriptionRegular />
                }
                checked={reading !== null}
                onClick={() => void toggleText()}
              >
                Text on it
              </ToggleButton>
              <ToggleButton
                size="small"
                icon={<CropRegular />}
                checked={part !== null}
                onClick={() => setPart(part ? null : MIDDLE)}
              >
                Select a part
              </ToggleButton>
              {read_ &&
                (read_.lines.length ? (
                  <CopyButton
                    worded
                    label="Copy text"
                    text={() => read_.lines.map(({ text }) => text).join("\n")}
                  />
                ) : (
                  <span role="status">No text was found on it.</span>
                ))}
            </div>
            {problem && <ProblemBar problem={problem} />}
            <div className={styles.stage}>
              <div className={styles.frame}>
                {url && <img src={url} alt={picture.name} className={styles.picture} />}
                {part ? (
                  <PartSelector part={part} change={setPart} />
                ) : read_ ? (
                  <ReadLines reading={read_} />
                ) : (
                  <Regions image={image} />
                )}
              </div>
            </div>
          </DialogContent>
          <DialogActions>
            {part && (
              <Button appearance="primary" onClick={() => void askAbout(part)}>
                Ask about this part
              </Button>
            )}
            <Button onClick={close}>Close</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
