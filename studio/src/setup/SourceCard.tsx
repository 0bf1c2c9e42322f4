import {
  Button,
  Card,
  makeStyles,
  Subtitle2,
  tokens,
  useRestoreFocusTarget,
} from "@fluentui/react-components";
import { DatabaseRegular, DeleteRegular } from "@fluentui/react-icons";
import { useState } from "react";
import type { Ingestion } from "../api/data";
import type { IndexInfo } from "../api/types";
import { useSession, useStudio } from "../session/studio";
import { count } from "../widgets/amounts";
import { ProblemBar } from "../widgets/ProblemBar";
import { useFollowing } from "./following";
import { IngestionState } from "./IngestionState";
import { RemoveDialog } from "./RemoveDialog";

const useStyles = makeStyles({
  card: { padding: tokens.spacingHorizontalM, gap: tokens.spacingVerticalS },
  head: { display: "flex", gap: tokens.spacingHorizontalS, alignItems: "center", minWidth: 0 },
  name: { margin: 0, overflowWrap: "anywhere", flexGrow: 1, minWidth: 0 },
  facts: {
    display: "grid",
    gridTemplateColumns: "auto 1fr",
    gap: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalM}`,
    margin: 0,
    fontSize: tokens.fontSizeBase200,
    "& dt": { color: tokens.colorNeutralForeground3 },
    "& dd": { margin: 0, textAlign: "right", overflowWrap: "anywhere" },
  },
});

/** An index that the session uses, or will use: what it holds and how its last ingestion is. */
export function SourceCard({ name }: { name: string }) {
  const styles = useStyles();
  const { setup } = useSession();
  const info = useStudio((studio) => studio.indexes.find((one) => one.name === name));
  const reachable = useStudio((studio) => !studio.trouble);
  const last = useFollowing(({ ingestions }) => ingestions.find(({ index }) => index === name));
  const [removing, setRemoving] = useState(false);
  const restored = useRestoreFocusTarget();
  const used = setup.indexes.includes(name);
  return (
    <Card className={styles.card} role="group" aria-label={`Data source ${name}`}>
      <div className={styles.head}>
        <DatabaseRegular fontSize={20} aria-hidden />
        <Subtitle2 as="h3" className={styles.name}>
          {name}
        </Subtitle2>
      </div>
      <Facts info={info} last={last} />
      {info?.error && <ProblemBar problem={{ message: info.error.message, hint: "" }} />}
      {used && !info && reachable && (
        <ProblemBar
          problem={{
            message: "This index is gone from the server.",
            hint: "Remove it here, or make it again under the same name.",
          }}
        />
      )}
      {last && <IngestionState ingestion={last} />}
      {used && (
        <Button
          size="small"
          icon={<DeleteRegular />}
          onClick={() => setRemoving(true)}
          {...restored}
        >
          Remove data source
        </Button>
      )}
      {removing && <RemoveDialog name={name} info={info} close={() => setRemoving(false)} />}
    </Card>
  );
}

function Facts({ info, last }: { info: IndexInfo | undefined; last: Ingestion | undefined }) {
  const styles = useStyles();
  return (
    <dl className={styles.facts}>
      <dt>Source</dt>
      <dd>{info?.attached ? `Search service ${info.attached.service}` : origin(last)}</dd>
      {typeof info?.rows === "number" && (
        <>
          <dt>Index</dt>
          <dd>{count(info.rows, "picture")}</dd>
        </>
      )}
      {last && last.counts.undescribed > 0 && (
        <>
          <dt>Without description</dt>
          <dd>{last.counts.undescribed.toLocaleString("en")}</dd>
        </>
      )}
    </dl>
  );
}

function origin(last: Ingestion | undefined): string {
  if (!last) return "Made earlier";
  if ("upload" in last.source) return "Upload";
  return "folder" in last.source ? last.source.folder : last.source.url;
}
