import {
  Body1,
  Button,
  DrawerBody,
  DrawerFooter,
  DrawerHeader,
  DrawerHeaderTitle,
  MessageBar,
  MessageBarBody,
  makeStyles,
  OverlayDrawer,
  SearchBox,
  tokens,
} from "@fluentui/react-components";
import {
  AddRegular,
  ArrowDownloadRegular,
  ArrowUploadRegular,
  DismissRegular,
} from "@fluentui/react-icons";
import { useRef, useState } from "react";
import { asProblem, type Problem } from "../api/server";
import { stop } from "../session/asking";
import type { Session } from "../session/session";
import { readSessionFile } from "../session/sessionFile";
import { adopt, begin, change, remove, session, show, useStudio } from "../session/studio";
import { count } from "../widgets/amounts";
import { type Asked, Confirm } from "../widgets/Confirm";
import { ProblemBar } from "../widgets/ProblemBar";
import { missingIndexes } from "./importing";
import { SessionRow } from "./SessionRow";
import { exportSessions } from "./saving";
import { found } from "./searching";

const useStyles = makeStyles({
  drawer: { width: "360px", maxWidth: "100vw" },
  body: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalM },
  search: { maxWidth: "none", width: "100%", flexShrink: 0 },
  list: {
    display: "flex",
    flexDirection: "column",
    gap: "2px",
    margin: 0,
    padding: 0,
    listStyleType: "none",
  },
  quiet: { color: tokens.colorNeutralForeground3 },
  footer: { flexWrap: "wrap" },
});

/** All sessions of this browser: to open, search, name, delete, hand on and take in. */
export default function SessionsDrawer({ close }: { close: () => void }) {
  const styles = useStyles();
  const sessions = useStudio((studio) => studio.sessions);
  const shown = useStudio((studio) => studio.shown);
  const [words, setWords] = useState("");
  const [asked, setAsked] = useState<Asked | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [told, setTold] = useState("");
  const [lacking, setLacking] = useState<string[]>([]);
  const chooser = useRef<HTMLInputElement>(null);
  const listed = found(sessions, words);
  const begun = found(sessions, "").filter(({ turns }) => turns.length > 0);

  async function take(files: File[]) {
    setProblem(null);
    setTold("");
    setLacking([]);
    const taken: string[] = [];
    const without: string[] = [];
    for (const file of files) {
      try {
        const read = await readSessionFile(file, (id) => session(id) !== undefined);
        await adopt(read.sessions);
        without.push(...(await missingIndexes(read.sessions)));
        const lost = read.missing ? `, without ${count(read.missing, "picture")} not in it` : "";
        taken.push(`${count(read.sessions.length, "session")} from ${file.name}${lost}`);
      } catch (error) {
        setProblem(asProblem(error));
      }
    }
    if (taken.length) setTold(`Imported ${taken.join("; ")}.`);
    setLacking([...new Set(without)]);
  }

  function deletion(one: Session): Asked {
    return {
      title: `Delete “${one.name}”?`,
      text: "Its questions, answers and pictures are deleted from this browser. Indexes stay as they are.",
      action: "Delete",
      act: () => {
        stop(one.id);
        void remove(one.id);
      },
    };
  }

  return (
    <OverlayDrawer
      open
      className={styles.drawer}
      aria-label="Sessions"
      onOpenChange={(_, { open }) => !open && close()}
    >
      <DrawerHeader>
        <DrawerHeaderTitle
          action={
            <Button
              appearance="subtle"
              aria-label="Close"
              icon={<DismissRegular />}
              onClick={close}
            />
          }
        >
          Sessions
        </DrawerHeaderTitle>
      </DrawerHeader>
      <DrawerBody className={styles.body}>
        <Button
          appearance="primary"
          icon={<AddRegular />}
          onClick={() => {
            // One in which nothing was asked is new enough.
            if (session().turns.length) begin();
            close();
          }}
        >
          New session
        </Button>
        <SearchBox
          className={styles.search}
          placeholder="Search names and text"
          aria-label="Search sessions"
          value={words}
          onChange={(_, { value }) => setWords(value)}
        />
        {problem && <ProblemBar problem={problem} />}
        {told && (
          <MessageBar intent="success" layout="multiline">
            <MessageBarBody>{told}</MessageBarBody>
          </MessageBar>
        )}
        {lacking.length > 0 && (
          <MessageBar intent="warning" layout="multiline">
            <MessageBarBody>
              Imported sessions rest on {lacking.length === 1 ? "an index" : "indexes"} that this
              server does not have: {lacking.join(", ")}. Their next questions fail until the data
              source is removed there, or an index of that name is made.
            </MessageBarBody>
          </MessageBar>
        )}
        <ul className={styles.list} aria-label="Sessions">
          {listed.map((one) => (
            <li key={one.id}>
              <SessionRow
                session={one}
                shown={one.id === shown}
                open={() => {
                  show(one.id);
                  close();
                }}
                rename={(name) => change(one.id, (now) => ({ ...now, name }))}
                save={() => void exportSessions([one])}
                remove={() => setAsked(deletion(one))}
              />
            </li>
          ))}
        </ul>
        {!listed.length && (
          <Body1 className={styles.quiet}>No session holds “{words.trim()}”.</Body1>
        )}
      </DrawerBody>
      <DrawerFooter className={styles.footer}>
        <Button icon={<ArrowUploadRegular />} onClick={() => chooser.current?.click()}>
          Import
        </Button>
        <Button
          icon={<ArrowDownloadRegular />}
          disabled={!begun.length}
          onClick={() => void exportSessions(begun)}
        >
          Export all
        </Button>
        <input
          ref={chooser}
          type="file"
          accept=".json,application/json"
          multiple
          hidden
          aria-label="Session files"
          onChange={({ target }) => {
            void take([...(target.files ?? [])]);
            target.value = "";
          }}
        />
      </DrawerFooter>
      <Confirm asked={asked} close={() => setAsked(null)} />
    </OverlayDrawer>
  );
}
