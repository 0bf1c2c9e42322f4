import {
  Button,
  Checkbox,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
  Text,
  tokens,
} from "@fluentui/react-components";
import { useState } from "react";
import type { Source } from "../api/data";
import { asProblem, get, type Problem, send } from "../api/server";
import type { IndexInfo } from "../api/types";
import { changeSetup, refresh, useSession } from "../session/studio";
import { count } from "../widgets/amounts";
import { ProblemBar } from "../widgets/ProblemBar";

const useStyles = makeStyles({
  content: {
    display: "flex",
    flexDirection: "column",
    gap: tokens.spacingVerticalM,
    paddingBottom: tokens.spacingVerticalM,
  },
  consequences: { margin: 0, paddingLeft: "20px" },
  choice: { marginLeft: "-8px" },
});

interface Props {
  name: string;
  info: IndexInfo | undefined;
  close: () => void;
}

/** Ends the session's use of an index; deletes the index, too, where that is asked for. */
export function RemoveDialog({ name, info, close }: Props) {
  const styles = useStyles();
  const { id, setup } = useSession();
  const [deleting, setDeleting] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const attached = Boolean(info?.attached);
  async function remove() {
    setBusy(true);
    setProblem(null);
    try {
      if (deleting) await deleteIndex(name);
      changeSetup({ indexes: setup.indexes.filter((other) => other !== name) }, id);
      close();
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  }
  return (
    <Dialog modalType="alert" open onOpenChange={(_, { open }) => !open && close()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Remove data source “{name}”?</DialogTitle>
          <DialogContent className={styles.content}>
            <ul className={styles.consequences}>
              <li>From the next question on, answers of this session no longer rest on it.</li>
              <li>The conversation so far and all settings stay.</li>
              <li>
                {deleting
                  ? "The index is deleted; see below."
                  : "The index stays, for other sessions and to be added again."}
              </li>
            </ul>
            {info && (
              <Checkbox
                className={styles.choice}
                checked={deleting}
                onChange={(_, { checked }) => setDeleting(checked === true)}
                label={attached ? "Detach the index, too" : "Delete the index, too"}
              />
            )}
            {deleting && attached && (
              <Text>
                No session can use it here any more. At the search service it stays as it is.
              </Text>
            )}
            {deleting && !attached && (
              <ul className={styles.consequences}>
                <li>
                  {typeof info?.rows === "number"
                    ? `${count(info.rows, "picture")}, with descriptions and text that was read, can't be searched any more, in any session.`
                    : "Its pictures can't be searched any more, in any session."}
                </li>
                <li>Pictures of earlier answers can't be opened any more.</li>
                <li>Sources that fill this index are no longer kept in step.</li>
                <li>Original files stay: in the container, in the folder, or in the upload.</li>
              </ul>
            )}
            {problem && <ProblemBar problem={problem} />}
          </DialogContent>
          <DialogActions>
            <Button disabled={busy} onClick={close}>
              Cancel
            </Button>
            <Button appearance="primary" disabled={busy} onClick={remove}>
              {deleting ? `Remove and ${attached ? "detach" : "delete"}` : "Remove"}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

/** With the index go the records of sources that would fill it again. */
async function deleteIndex(name: string): Promise<void> {
  const { sources } = await get<{ sources: Source[] }>("api/sources");
  await send("DELETE", `api/indexes/${encodeURIComponent(name)}`);
  for (const source of sources.filter(({ index }) => index === name))
    await send("DELETE", `api/sources/${source.id}?rows=keep`);
  await refresh();
}
