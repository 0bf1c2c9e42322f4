import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
} from "@fluentui/react-components";

export interface Asked {
  title: string;
  text: string;
  /** What is done, as the button says it. */
  action: string;
  act: () => void;
}

/** Asks before something is done that cannot be undone; `asked` null shows nothing. */
export function Confirm({ asked, close }: { asked: Asked | null; close: () => void }) {
  return (
    <Dialog
      open={asked !== null}
      modalType="alert"
      onOpenChange={(_, { open }) => !open && close()}
    >
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{asked?.title}</DialogTitle>
          <DialogContent>{asked?.text}</DialogContent>
          <DialogActions>
            <Button onClick={close}>Cancel</Button>
            <Button
              appearance="primary"
              onClick={() => {
                asked?.act();
                close();
              }}
            >
              {asked?.action}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
