import {
  Button,
  makeStyles,
  Text,
  tokens,
  useRestoreFocusTarget,
} from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons";
import { type ComponentType, useEffect, useState } from "react";
import { Problem } from "../api/server";
import { refresh, useSession, useStudio } from "../session/studio";
import { ProblemBar } from "../widgets/ProblemBar";
import { look, useFollowing } from "./following";
import { SourceCard } from "./SourceCard";

const load = () => import("./wizard/Wizard");

const useStyles = makeStyles({
  column: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalM },
  intro: { color: tokens.colorNeutralForeground2 },
  add: { alignSelf: "flex-start" },
});

/** What answers of this session rest on: its indexes, those on their way, and how to add one. */
export function DataTab() {
  const styles = useStyles();
  const { id, setup } = useSession();
  const { awaited, ingestions, trouble } = useFollowing();
  const unreachable = useStudio((studio) => studio.trouble);
  const [Wizard, setWizard] = useState<ComponentType<{ close: () => void }> | null>(null);
  const [missing, setMissing] = useState<Problem | null>(null);
  const restored = useRestoreFocusTarget();
  // Loaded before it is wanted, so that it opens at once.
  useEffect(() => void load().catch(() => undefined), []);
  async function add() {
    try {
      const { default: loaded } = await load();
      setMissing(null);
      setWizard(() => loaded);
    } catch {
      setMissing(
        new Problem("The wizard can't be loaded, for the server does not answer.", {
          hint: "Check that `sightline serve` is running, then try again or load the page anew.",
        }),
      );
    }
  }
  const coming = awaited
    .filter((one) => one.session === id)
    .map((one) => ingestions.find((ingestion) => ingestion.id === one.ingestion)?.index)
    .filter((index): index is string => index !== undefined);
  const shown = [...new Set([...setup.indexes, ...coming])];
  const problem = trouble ?? unreachable ?? missing;
  return (
    <div className={styles.column}>
      <Text className={styles.intro}>
        {shown.length
          ? "Answers rest on the pictures and descriptions of these sources."
          : "Ask about your own pictures and videos: add a source, and answers rest on them and their descriptions and cite them."}
      </Text>
      {problem && (
        <ProblemBar problem={problem}>
          <Button
            size="small"
            onClick={() => {
              setMissing(null);
              void look();
              void refresh();
            }}
          >
            Try again
          </Button>
        </ProblemBar>
      )}
      {shown.map((name) => (
        <SourceCard key={name} name={name} />
      ))}
      <Button
        className={styles.add}
        appearance={shown.length ? "secondary" : "primary"}
        icon={<AddRegular />}
        onClick={add}
        {...restored}
      >
        Add a data source
      </Button>
      {Wizard && <Wizard close={() => setWizard(null)} />}
    </div>
  );
}
