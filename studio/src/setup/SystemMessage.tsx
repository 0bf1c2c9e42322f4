import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  Field,
  Link,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  Text,
  Textarea,
  tokens,
} from "@fluentui/react-components";
import { useState } from "react";
import { USUAL_SYSTEM } from "../session/session";
import { changeSetup, useSession } from "../session/studio";
import { type Draft, dropDraft, isHalf, isSame, setDraft, useDraft } from "./drafts";
import { Examples } from "./Examples";
import { PRESETS } from "./presets";

const useStyles = makeStyles({
  column: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalM },
  row: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS, alignItems: "center" },
  text: { "& textarea": { maxHeight: "none" } },
  state: { color: tokens.colorNeutralForeground3, marginTop: tokens.spacingVerticalXS },
  preset: { maxWidth: "300px" },
  foot: {
    position: "sticky",
    bottom: "-16px",
    margin: "0 -16px -16px",
    padding: "12px 16px",
    backgroundColor: tokens.colorNeutralBackground1,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    zIndex: 1,
  },
});

const USUAL: Draft = { system: USUAL_SYSTEM, examples: [] };

/** The system message and examples; they hold from the next question on, once they are applied. */
export function SystemMessage() {
  const styles = useStyles();
  const { id, setup, turns } = useSession();
  const draft = useDraft(id, setup);
  const [replaced, setReplaced] = useState<{ session: string; draft: Draft } | null>(null);
  const [told, setTold] = useState(false);
  const changed = !isSame(draft, setup);
  const halves = draft.examples.some(isHalf);

  function write(part: Partial<Draft>) {
    setTold(false);
    setReplaced(null);
    setDraft(id, { ...draft, ...part });
  }
  function replace(next: Draft) {
    write(next);
    if (!isSame(draft, next)) setReplaced({ session: id, draft });
  }
  function apply() {
    changeSetup({ system: draft.system, examples: draft.examples });
    dropDraft(id);
    setReplaced(null);
    setTold(true);
  }
  return (
    <div className={styles.column}>
      <div className={styles.row}>
        <Menu positioning="below-start">
          <MenuTrigger disableButtonEnhancement>
            <Button size="small">Use a preset</Button>
          </MenuTrigger>
          <MenuPopover className={styles.preset}>
            <MenuList>
              {PRESETS.map(({ name, about, text }) => (
                <MenuItem
                  key={name}
                  subText={about}
                  onClick={() => replace({ ...draft, system: text })}
                >
                  {name}
                </MenuItem>
              ))}
            </MenuList>
          </MenuPopover>
        </Menu>
        <Button
          size="small"
          appearance="subtle"
          disabled={isSame(draft, USUAL)}
          onClick={() => replace(USUAL)}
        >
          Reset
        </Button>
        {replaced?.session === id && (
          <Link
            onClick={() => {
              setDraft(id, replaced.draft);
              setReplaced(null);
            }}
          >
            Undo
          </Link>
        )}
      </div>
      <Field label="System message" hint="Tell the assistant how to behave and what to look for.">
        <Textarea
          className={styles.text}
          value={draft.system}
          rows={12}
          resize="vertical"
          onChange={(_, { value }) => write({ system: value })}
        />
      </Field>
      <Examples examples={draft.examples} change={(examples) => write({ examples })} />
      <div className={styles.foot}>
        <div className={styles.row}>
          <ApplyButton disabled={!changed || halves} apply={apply} asked={turns.length > 0} />
          {changed && (
            <Button
              appearance="subtle"
              onClick={() => {
                dropDraft(id);
                setReplaced(null);
              }}
            >
              Discard
            </Button>
          )}
        </div>
        <Text size={200} className={styles.state} role="status" block>
          {changed && halves && "An example needs both a question and an answer."}
          {changed && !halves && "Not applied yet."}
          {!changed && told && "Applied: holds from the next question on."}
        </Text>
      </div>
    </div>
  );
}

interface ApplyProps {
  disabled: boolean;
  asked: boolean;
  apply: () => void;
}

function ApplyButton({ disabled, asked, apply }: ApplyProps) {
  return (
    <Dialog modalType="alert">
      <DialogTrigger disableButtonEnhancement>
        <Button appearance="primary" disabled={disabled}>
          Apply changes
        </Button>
      </DialogTrigger>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Update the system message?</DialogTitle>
          <DialogContent>
            The new system message and examples hold from the next question on.{" "}
            {asked
              ? "The conversation so far stays as it is; its answers are not written again."
              : "Nothing has been asked in this session yet."}
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement>
              <Button>Cancel</Button>
            </DialogTrigger>
            <DialogTrigger disableButtonEnhancement>
              <Button appearance="primary" onClick={apply}>
                Continue
              </Button>
            </DialogTrigger>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
