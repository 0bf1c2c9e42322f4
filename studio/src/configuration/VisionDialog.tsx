import {
  Button,
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
import { changeSetup, useSession } from "../session/studio";

const useStyles = makeStyles({
  content: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalL },
});

/** What the vision enhancement does. Each choice holds from the next question on. */
export default function VisionDialog({ close }: { close: () => void }) {
  const styles = useStyles();
  const { vision } = useSession().setup;
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
                label="Read text"
                checked={vision.ocr}
                onChange={(_, { checked }) => set({ ocr: checked === true })}
              />
            </Field>
            <Field hint="Things and read text that the answer speaks of are outlined on the pictures.">
              <Checkbox
                label="Locate what the answer names"
                checked={vision.grounding}
                onChange={(_, { checked }) => set({ grounding: checked === true })}
              />
            </Field>
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
