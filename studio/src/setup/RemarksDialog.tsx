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
  Subtitle2,
  Text,
  tokens,
} from "@fluentui/react-components";
import { useCallback, useEffect, useState } from "react";
import type { Ingestion, Remark, Remarks } from "../api/data";
import { asProblem, get, type Problem } from "../api/server";
import { ProblemBar } from "../widgets/ProblemBar";
import { remarks } from "./remarks";

const useStyles = makeStyles({
  content: {
    display: "flex",
    flexDirection: "column",
    gap: tokens.spacingVerticalM,
    paddingBottom: tokens.spacingVerticalM,
  },
  head: { margin: 0 },
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

/** What an ingestion has to say about single files: those that failed, and the rest. */
export function RemarksDialog({ ingestion, again, close }: Props) {
  const styles = useStyles();
  const [failures, setFailures] = useState<Remark[]>([]);
  const [notices, setNotices] = useState<Remark[]>([]);
  const [next, setNext] = useState<number | null>(0);
  const [problem, setProblem] = useState<Problem | null>(null);
  const { id } = ingestion;
  const load = useCallback(
    async (offset: number) => {
      setProblem(null);
      try {
        const path = `api/ingestions/${id}?offset=${offset}&limit=100`;
        const page = await get<{ failures: Remarks; notices: Remarks }>(path);
        setFailures((before) => [...before.slice(0, offset), ...page.failures.files]);
        setNotices((before) => [...before.slice(0, offset), ...page.notices.files]);
        setNext(page.failures.next_offset ?? page.notices.next_offset);
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
          <DialogTitle>{remarks(ingestion)}</DialogTitle>
          <DialogContent className={styles.content}>
            <Text>
              Everything else is in the index. Put right what can be put right, then retry: only
              what failed or changed is taken again.
            </Text>
            <RemarkList title="Failed" remarks={failures} />
            <RemarkList title="Remarks" remarks={notices} />
            {problem && (
              <ProblemBar problem={problem}>
                <Button size="small" onClick={() => load(next ?? 0)}>
                  Try again
                </Button>
              </ProblemBar>
            )}
            {next === 0 && !problem && <Spinner label="Loading" />}
            {next !== null && next > 0 && <Button onClick={() => load(next)}>Show more</Button>}
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

function RemarkList({ title, remarks }: { title: string; remarks: Remark[] }) {
  const styles = useStyles();
  if (!remarks.length) return null;
  return (
    <section aria-label={title}>
      <Subtitle2 as="h3" className={styles.head}>
        {title}
      </Subtitle2>
      <ul className={styles.list}>
        {remarks.map(({ key, code, message }) => (
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
    </section>
  );
}
