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
  Text,
  tokens,
} from "@fluentui/react-components";
import { useCallback, useEffect, useState } from "react";
import type { Ingestion, Remark, Remarks } from "../api/data";
import { asProblem, get, type Problem } from "../api/server";
import { count } from "../widgets/amounts";
import { ProblemBar } from "../widgets/ProblemBar";

const useStyles = makeStyles({
  content: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalM },
  list: { margin: 0, padding: 0, listStyleType: "none" },
  file: {
    padding: `${tokens.spacingVerticalS} 0`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    overflowWrap: "anywhere",
  },
  message: { color: tokens.colorNeutralForeground2 },
});

interface Props {
  ingestion: Ingestion;
  again: () => void;
  close: () => void;
}

/** The files that an ingestion could not take, each with the reason. */
export default function FailuresDialog({ ingestion, again, close }: Props) {
  const styles = useStyles();
  const [files, setFiles] = useState<Remark[]>([]);
  const [next, setNext] = useState<number | null>(0);
  const [problem, setProblem] = useState<Problem | null>(null);
  const { id } = ingestion;
  const load = useCallback(
    async (offset: number) => {
      setProblem(null);
      try {
        const path = `api/ingestions/${id}?offset=${offset}&limit=100`;
        const { failures } = await get<{ failures: Remarks }>(path);
        setFiles((before) => [...before.slice(0, offset), ...failures.files]);
        setNext(failures.next_offset);
      } catch (error) {
        setProblem(asProblem(error));
      }
    },
    [id],
  );
  useEffect(() => void load(0), [load]);
  return (
    <Dialog open onOpenChange={(_, { open }) => !open && close()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{count(ingestion.counts.failed, "file")} failed</DialogTitle>
          <DialogContent className={styles.content}>
            <Text>
              Everything else is in the index. Put right what can be put right, then retry: only
              what failed or changed is taken again.
            </Text>
            <ul className={styles.list}>
              {files.map(({ key, code, message }) => (
                <li key={`${key} ${code}`} className={styles.file}>
                  <Text weight="semibold" block>
                    {key}
                  </Text>
                  <Text size={200} className={styles.message}>
                    {message}
                  </Text>
                </li>
              ))}
            </ul>
            {problem && (
              <ProblemBar problem={problem}>
                <Button size="small" onClick={() => load(next ?? 0)}>
                  Try again
                </Button>
              </ProblemBar>
            )}
            {!files.length && !problem && <Spinner label="Loading" />}
            {files.length > 0 && next !== null && (
              <Button onClick={() => load(next)}>Show more</Button>
            )}
          </DialogContent>
          <DialogActions>
            <Button onClick={close}>Close</Button>
            <Button
              appearance="primary"
              onClick={() => {
                again();
                close();
              }}
            >
              Retry
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
