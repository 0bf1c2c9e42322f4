import {
  Button,
  Caption1,
  Checkbox,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  makeStyles,
  Select,
  tokens,
} from "@fluentui/react-components";
import { useEffect, useState } from "react";
import { type About, about } from "../api/about";
import { asProblem, type Problem } from "../api/server";
import type { Vision } from "../session/session";
import { changeSetup, useSession } from "../session/studio";
import { ProblemBar } from "../widgets/ProblemBar";
import { type Choice, choices } from "./engines";

const useStyles = makeStyles({
  box: { marginInlineStart: "-8px" },
  content: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalL },
  under: {
    display: "flex",
    flexDirection: "column",
    gap: tokens.spacingVerticalM,
    paddingInlineStart: "26px",
  },
});

const NO_OTHER_READER =
  "The server has no other. One of your own is named in its settings, as “reader”.";
const NO_OTHER_LANGUAGE = "This engine reads all its languages at once.";
const NO_OTHER_DETECTOR =
  "Others appear when the server has an open-vocabulary model, or with a deployment that draws boxes.";

/** What the vision enhancement does, and who does it. Each choice holds from the next question on. */
export default function VisionDialog({ close }: { close: () => void }) {
  const styles = useStyles();
  const { vision, deployment } = useSession().setup;
  const [engines, setEngines] = useState<About["engines"] | null>(null);
  const [trouble, setTrouble] = useState<Problem | null>(null);
  useEffect(() => {
    // Without it the switches work all the same.
    about().then(
      (told) => setEngines(told?.engines ?? null),
      (error) => setTrouble(asProblem(error)),
    );
  }, []);
  function set(part: Partial<Vision>) {
    changeSetup({ vision: { ...vision, ...part } });
  }
  const offered = engines && choices(engines, vision, deployment);
  return (
    <Dialog open onOpenChange={(_, { open }) => !open && close()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Vision settings</DialogTitle>
          <DialogContent className={styles.content}>
            <Field hint="The text on the pictures of a question is read and added to the prompt.">
              <Checkbox
                className={styles.box}
                label="Read text"
                checked={vision.ocr}
                onChange={(_, { checked }) => set({ ocr: checked === true })}
              />
            </Field>
            {offered && (
              <div className={styles.under}>
                <Choose
                  label="Engine for text"
                  none={NO_OTHER_READER}
                  all={offered.readers}
                  chosen={vision.reader}
                  choose={(reader) => set({ reader, language: "" })}
                />
                <Choose
                  label="Language"
                  none={NO_OTHER_LANGUAGE}
                  all={offered.languages}
                  chosen={vision.language}
                  choose={(language) => set({ language })}
                />
              </div>
            )}
            <Field hint="Things and read text that the answer speaks of are outlined on the pictures.">
              <Checkbox
                className={styles.box}
                label="Locate what the answer names"
                checked={vision.grounding}
                onChange={(_, { checked }) => set({ grounding: checked === true })}
              />
            </Field>
            {offered && (
              <div className={styles.under}>
                <Choose
                  label="Engine for objects"
                  none={NO_OTHER_DETECTOR}
                  all={offered.detectors}
                  chosen={vision.detector}
                  choose={(detector) => set({ detector })}
                />
              </div>
            )}
            <Caption1>
              Videos need no switch: their frames are always read, and looked through for each
              question.
            </Caption1>
            {trouble && <ProblemBar problem={trouble} />}
          </DialogContent>
          <DialogActions>
            <Button appearance="primary" onClick={close}>
              Done
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

interface ChooseProps {
  label: string;
  /** Said where there is nothing to choose from. */
  none: string;
  all: Choice[];
  chosen: string | undefined;
  choose: (value: string) => void;
}

function Choose({ label, none, all, chosen, choose }: ChooseProps) {
  const known = all.find(({ value, label: name }) => value === chosen || name === chosen);
  return (
    <Field label={label} hint={all.length > 1 ? null : none}>
      <Select value={known?.value ?? ""} onChange={(_, { value }) => choose(value)}>
        {all.map(({ value, label: name }) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </Select>
    </Field>
  );
}
