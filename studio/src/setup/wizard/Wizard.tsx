import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
  mergeClasses,
  tokens,
} from "@fluentui/react-components";
import { useEffect, useState } from "react";
import { ProblemBar } from "../../widgets/ProblemBar";
import { Revealed } from "../../widgets/Revealed";
import { ContainerDetails } from "./ContainerDetails";
import { EarlierDetails } from "./EarlierDetails";
import { begin, type Form, stepsOf, useForm } from "./form";
import { askLimits } from "./limits";
import { PicturesStep } from "./PicturesStep";
import { ReviewStep } from "./ReviewStep";
import { SearchDetails } from "./SearchDetails";
import { SourceStep } from "./SourceStep";
import { StepList } from "./StepList";
import { back, forgetSource, next, save } from "./saving";
import { UploadDetails } from "./UploadDetails";
import { leave, useUploading } from "./uploading";

const PHONE = "@media (max-width: 640px)";

const useStyles = makeStyles({
  surface: {
    maxWidth: "820px",
    width: "calc(100vw - 48px)",
    [PHONE]: {
      width: "100vw",
      maxWidth: "100vw",
      height: "100dvh",
      maxHeight: "100dvh",
      borderRadius: 0,
      padding: "16px",
    },
  },
  body: { maxHeight: "calc(100dvh - 96px)", [PHONE]: { height: "100%", maxHeight: "100%" } },
  content: {
    display: "flex",
    flexDirection: "column",
    gap: tokens.spacingVerticalL,
    height: "min(520px, calc(100dvh - 260px))",
    // Room for the rings of focus.
    padding: "4px",
    "& > *": { flexShrink: 0 },
    [PHONE]: { height: "auto" },
  },
  gone: { display: "none" },
  actions: { [PHONE]: { flexDirection: "row", justifyContent: "flex-end" } },
});

function focus(button: HTMLElement | null): void {
  button?.focus();
}

/** Adds a source to the session, step by step. */
export default function Wizard({ close }: { close: () => void }) {
  const styles = useStyles();
  const form = useForm();
  const files = useUploading((uploading) => uploading.files.length);
  const [leaving, setLeaving] = useState(false);
  const steps = stepsOf(form.kind);
  useEffect(() => {
    begin();
    void askLimits().catch(() => undefined);
    // The page is closed with the wizard open; one that is only put aside may come back.
    const going = ({ persisted }: PageTransitionEvent) => persisted || leave(false);
    window.addEventListener("pagehide", going);
    return () => {
      window.removeEventListener("pagehide", going);
      forgetSource();
      leave(false);
    };
  }, []);
  useEffect(() => {
    if (!files) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [files]);
  function leaveOrAsk() {
    if (files) setLeaving(true);
    else close();
  }
  return (
    <Dialog
      modalType="modal"
      open
      onOpenChange={(_, { open, type }) => {
        if (open || type === "backdropClick") return;
        leaveOrAsk();
      }}
    >
      <DialogSurface className={styles.surface}>
        <DialogBody className={styles.body}>
          <DialogTitle>{leaving ? "Discard this upload?" : "Add a data source"}</DialogTitle>
          {leaving && (
            <DialogContent>
              The files that were sent and their descriptions are removed from the server. Your own
              files stay as they are.
            </DialogContent>
          )}
          {/* It stays while the question is asked, with everything that was typed. */}
          <DialogContent className={mergeClasses(styles.content, leaving && styles.gone)}>
            <StepList steps={steps} step={form.step} />
            <StepBody form={form} />
            {form.problem && (
              <Revealed>
                <ProblemBar problem={form.problem} />
              </Revealed>
            )}
          </DialogContent>
          {leaving ? (
            <DialogActions className={styles.actions}>
              <Button ref={focus} onClick={() => setLeaving(false)}>
                Go on with it
              </Button>
              <Button appearance="primary" onClick={close}>
                Discard
              </Button>
            </DialogActions>
          ) : (
            <StepActions form={form} leave={leaveOrAsk} close={close} />
          )}
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function StepBody({ form }: { form: Form }) {
  if (form.step === "source") return <SourceStep />;
  if (form.step === "pictures") return <PicturesStep />;
  if (form.step === "review") return <ReviewStep />;
  if (form.kind === "upload") return <UploadDetails />;
  if (form.kind === "container") return <ContainerDetails />;
  return form.kind === "search" ? <SearchDetails /> : <EarlierDetails />;
}

/** What was made for the wizard is used now, and is not to be taken back. */
function saved(close: () => void): void {
  useForm.setState({ source: null, made: false });
  close();
}

interface ActionsProps {
  form: Form;
  leave: () => void;
  close: () => void;
}

function StepActions({ form, leave, close }: ActionsProps) {
  const styles = useStyles();
  const sending = useUploading((uploading) => uploading.sending);
  const waits = form.kind === "upload" && sending;
  return (
    <DialogActions className={styles.actions}>
      {form.step !== "source" && (
        <Button disabled={form.busy} onClick={back}>
          Back
        </Button>
      )}
      {form.step === "review" ? (
        <Button
          appearance="primary"
          disabledFocusable={form.busy || waits}
          onClick={async () => (await save()) && saved(close)}
        >
          Save
        </Button>
      ) : (
        <Button ref={focus} appearance="primary" disabledFocusable={form.busy} onClick={next}>
          Next
        </Button>
      )}
      <Button appearance="subtle" onClick={leave}>
        Cancel
      </Button>
    </DialogActions>
  );
}
