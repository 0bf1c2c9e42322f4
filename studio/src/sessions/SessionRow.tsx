import {
  Button,
  Caption1,
  Input,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  mergeClasses,
  Spinner,
  Tooltip,
  tokens,
} from "@fluentui/react-components";
import {
  ArrowDownloadRegular,
  DeleteRegular,
  MoreHorizontalRegular,
  RenameRegular,
} from "@fluentui/react-icons";
import { useState } from "react";
import { isComing, type Session } from "../session/session";
import { count } from "../widgets/amounts";
import { ago } from "./searching";

const useStyles = makeStyles({
  row: {
    display: "flex",
    alignItems: "center",
    borderRadius: tokens.borderRadiusMedium,
    ":hover": { backgroundColor: tokens.colorNeutralBackground1Hover },
  },
  shown: { backgroundColor: tokens.colorNeutralBackground1Selected },
  open: {
    flexGrow: 1,
    minWidth: 0,
    justifyContent: "flex-start",
    textAlign: "start",
    fontWeight: tokens.fontWeightRegular,
    backgroundColor: "transparent",
    ":hover": { backgroundColor: "transparent" },
    ":hover:active": { backgroundColor: "transparent" },
  },
  words: { display: "flex", flexDirection: "column", minWidth: 0 },
  name: {
    overflow: "hidden",
    textOverflow: "ellipsis",
    whiteSpace: "nowrap",
    fontWeight: tokens.fontWeightSemibold,
  },
  about: {
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalXS,
    color: tokens.colorNeutralForeground3,
  },
  rename: { flexGrow: 1, margin: tokens.spacingHorizontalS },
});

interface Props {
  session: Session;
  shown: boolean;
  open: () => void;
  rename: (name: string) => void;
  save: () => void;
  remove: () => void;
}

/** One session of the list, and what can be done with it. */
export function SessionRow({ session, shown, open, rename, save, remove }: Props) {
  const styles = useStyles();
  const [renaming, setRenaming] = useState(false);
  const { name, turns, changed } = session;
  if (renaming) {
    return (
      <NewName
        name={name}
        done={(given) => {
          if (given.trim()) rename(given.trim());
          setRenaming(false);
        }}
      />
    );
  }
  return (
    <div className={mergeClasses(styles.row, shown && styles.shown)}>
      <Button
        appearance="transparent"
        className={styles.open}
        aria-current={shown ? "true" : undefined}
        onClick={open}
      >
        <span className={styles.words}>
          <span className={styles.name} title={name}>
            {name}
          </span>
          <Caption1 className={styles.about}>
            {turns.some((turn) => isComing(turn.answer)) && (
              <>
                <Spinner size="extra-tiny" /> answering ·
              </>
            )}
            {count(turns.length, "question")} · {ago(changed)}
          </Caption1>
        </span>
      </Button>
      <Menu positioning="below-end">
        <MenuTrigger disableButtonEnhancement>
          <Tooltip content={`More about ${name}`} relationship="label">
            <Button appearance="subtle" icon={<MoreHorizontalRegular />} />
          </Tooltip>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            <MenuItem icon={<RenameRegular />} onClick={() => setRenaming(true)}>
              Rename
            </MenuItem>
            <MenuItem icon={<ArrowDownloadRegular />} onClick={save}>
              Export
            </MenuItem>
            <MenuItem icon={<DeleteRegular />} onClick={remove}>
              Delete
            </MenuItem>
          </MenuList>
        </MenuPopover>
      </Menu>
    </div>
  );
}

/** Enter or leaving the field takes the name, Escape keeps the old one. */
function NewName({ name, done }: { name: string; done: (name: string) => void }) {
  const styles = useStyles();
  const [text, setText] = useState(name);
  return (
    <Input
      className={styles.rename}
      aria-label="Name of the session"
      autoFocus
      value={text}
      onFocus={(event) => event.target.select()}
      onChange={(_, { value }) => setText(value)}
      onBlur={() => done(text)}
      onKeyDown={(event) => {
        if (event.key === "Enter" && !event.nativeEvent.isComposing) done(text);
        if (event.key === "Escape") {
          event.stopPropagation();
          done("");
        }
      }}
    />
  );
}
