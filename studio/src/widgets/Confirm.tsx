import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
} from "@fluentui/react-components";
import { useEffect, useRef } from "react";

export interface Asked {
  title: string;
  text: string;
  /** What is done, as the button says it. */
  action: string;
  act: () => void;
}

/** Asks before something is done that cannot be undone; `asked` null shows nothing. */
export function Confirm({ asked, close }: { asked: Asked | null; close: () => void }) {
  // It keeps its words while it fades away.
  const last = useRef(asked);
  useEffect(() => {
    if (asked) last.current = asked;
  }, [asked]);
  const { title, text, action } = asked ?? last.current ?? {};
  return (
    <Dialog
      open={asked !== null}
      modalType="alert"
      onOpenChange={(_, { open }) => !open && close()}
    >
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{title}</DialogTitle>
          <DialogContent>{text}</DialogContent>
          <DialogActions>
            <Button onClick={close}>Cancel</Button>
            <Button
              appearance="primary"
              onClick={() => {
                asked?.act();
                close();
              }}
            >
              {action}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
