import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  makeStyles,
  Text,
  tokens,
} from "@fluentui/react-components";
import { type FormEvent, useState } from "react";
import { asProblem, type Problem } from "../api/server";
import { ProblemBar } from "../widgets/ProblemBar";
import { signIn } from "./signIn";

const useStyles = makeStyles({
  content: {
    display: "flex",
    flexDirection: "column",
    gap: tokens.spacingVerticalM,
    paddingBottom: tokens.spacingVerticalM,
  },
  command: { display: "block", fontFamily: tokens.fontFamilyMonospace },
});

/** Asks for a key until there is one: without it the server shows nothing. */
export default function SignInDialog() {
  const styles = useStyles();
  const [key, setKey] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await signIn(key.trim());
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  }
  return (
    <Dialog modalType="alert" open>
      <DialogSurface>
        <form onSubmit={(event) => void submit(event)}>
          <DialogBody>
            <DialogTitle>This server wants a key</DialogTitle>
            <DialogContent className={styles.content}>
              <Text>
                Ask whoever runs it for one. There it is made with
                <code className={styles.command}>
                  sightline keys create NAME --scope read,chat,ingest
                </code>
              </Text>
              <Field label="Key">
                <Input
                  type="password"
                  autoComplete="current-password"
                  spellCheck={false}
                  autoFocus
                  value={key}
                  onChange={(_, { value }) => setKey(value)}
                />
              </Field>
              {problem && <ProblemBar problem={problem} />}
            </DialogContent>
            <DialogActions>
              <Button type="submit" appearance="primary" disabled={busy || !key.trim()}>
                Sign in
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
