import {
  Button,
  Caption1,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
  Tab,
  TabList,
} from "@fluentui/react-components";
import { useState } from "react";
import { address } from "../api/server";
import type { Session } from "../session/session";
import { CopyButton } from "../widgets/CopyButton";
import { LongText } from "../widgets/LongText";
import { asCurl, asJson, asPython } from "./code";

const useStyles = makeStyles({
  surface: { maxWidth: "820px" },
  bar: { display: "flex", alignItems: "center", justifyContent: "space-between" },
});

type Form = "python" | "curl" | "json";

/** The request of this session as a program; the page itself sends the same. */
export default function CodeDialog({ session, close }: { session: Session; close: () => void }) {
  const styles = useStyles();
  const [form, setForm] = useState<Form>("python");
  const base = address("v1");
  const text = {
    python: () => asPython(session, base),
    curl: () => asCurl(session, base),
    json: () => asJson(session),
  }[form]();
  const shown = session.turns.length > 0;
  return (
    <Dialog open onOpenChange={(_, { open }) => !open && close()}>
      <DialogSurface className={styles.surface}>
        <DialogBody>
          <DialogTitle>View code</DialogTitle>
          <DialogContent>
            <Caption1 block>
              {shown
                ? "The last question of this session with its present settings."
                : "The question that is being written, with the present settings of this session."}{" "}
              {form === "json"
                ? "In place of pictures it says what they are."
                : "Pictures are read from files beside the program."}
            </Caption1>
            <div className={styles.bar}>
              <TabList selectedValue={form} onTabSelect={(_, { value }) => setForm(value as Form)}>
                <Tab value="python">Python</Tab>
                <Tab value="curl">curl</Tab>
                <Tab value="json">JSON</Tab>
              </TabList>
              <CopyButton worded label="Copy" text={() => text} />
            </div>
            <LongText label="Code" text={text} />
          </DialogContent>
          <DialogActions>
            <Button appearance="primary" onClick={close}>
              Close
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
