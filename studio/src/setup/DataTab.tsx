import { Button, makeStyles, Spinner, Text, tokens } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons";
import { lazy, Suspense, useState } from "react";
import { refresh, useSession, useStudio } from "../session/studio";
import { ProblemBar } from "../widgets/ProblemBar";
import { look, useFollowing } from "./following";
import { SourceCard } from "./SourceCard";

const Wizard = lazy(() => import("./wizard/Wizard"));

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
  const [adding, setAdding] = useState(false);
  const coming = awaited
    .filter((one) => one.session === id)
    .map((one) => ingestions.find((ingestion) => ingestion.id === one.ingestion)?.index)
    .filter((index): index is string => index !== undefined);
  const shown = [...new Set([...setup.indexes, ...coming])];
  const problem = trouble ?? unreachable;
  return (
    <div className={styles.column}>
      <Text className={styles.intro}>
        {shown.length
          ? "Answers rest on the pictures and descriptions of these sources."
          : "Ask about your own pictures: add a source, and answers rest on its pictures and descriptions and cite them."}
      </Text>
      {problem && (
        <ProblemBar problem={problem}>
          <Button
            size="small"
            onClick={() => {
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
        onClick={() => setAdding(true)}
      >
        Add a data source
      </Button>
      {adding && (
        <Suspense fallback={<Spinner label="Loading" />}>
          <Wizard close={() => setAdding(false)} />
        </Suspense>
      )}
    </div>
  );
}
