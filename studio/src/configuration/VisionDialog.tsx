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
  tokens,
} from "@fluentui/react-components";
import { useEffect, useState } from "react";
import { type About, about } from "../api/about";
import { changeSetup, useSession } from "../session/studio";

const useStyles = makeStyles({
  engines: {
    display: "grid",
    gridTemplateColumns: "auto 1fr",
    columnGap: tokens.spacingHorizontalL,
    rowGap: tokens.spacingVerticalXS,
    margin: `0 0 ${tokens.spacingVerticalS}`,
    "& dt": { color: tokens.colorNeutralForeground2 },
    "& dd": { margin: 0, overflowWrap: "anywhere" },
  },
  box: { marginInlineStart: "-8px" },
  quiet: { color: tokens.colorNeutralForeground3 },
  content: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalL },
});

/** What the vision enhancement does. Each choice holds from the next question on. */
export default function VisionDialog({ close }: { close: () => void }) {
  const styles = useStyles();
  const { vision } = useSession().setup;
  const [engines, setEngines] = useState<About["engines"] | null>(null);
  useEffect(() => {
    // Without it the switches work all the same.
    about().then(
      (told) => setEngines(told?.engines ?? null),
      () => undefined,
    );
  }, []);
  function set(part: Partial<typeof vision>) {
    changeSetup({ vision: { ...vision, ...part } });
  }
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
            <Field hint="Things and read text that the answer speaks of are outlined on the pictures.">
              <Checkbox
                className={styles.box}
                label="Locate what the answer names"
                checked={vision.grounding}
                onChange={(_, { checked }) => set({ grounding: checked === true })}
              />
            </Field>
            {engines && (
              <div>
                <dl className={styles.engines}>
                  <dt>Engine for text</dt>
                  <dd>{engines.reader}</dd>
                  <dt>Engines for objects</dt>
                  <dd>{engines.detectors.join(", ") || "none"}</dd>
                  <dt>Language</dt>
                  <dd>all that the engine for text reads, at once</dd>
                </dl>
                <Caption1 className={styles.quiet}>
                  The server chooses its engines: <code>reader</code> and <code>detectors</code> in
                  its settings.
                </Caption1>
              </div>
            )}
            <Caption1 className={styles.quiet}>
              Videos need no switch: their frames are always read, and looked through for each
              question.
            </Caption1>
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
