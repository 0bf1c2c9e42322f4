import {
  Button,
  Link,
  makeStyles,
  mergeClasses,
  ProgressBar,
  Text,
  tokens,
  useRestoreFocusTarget,
} from "@fluentui/react-components";
import {
  CheckmarkCircleFilled,
  DismissCircleFilled,
  ErrorCircleFilled,
} from "@fluentui/react-icons";
import { type ReactNode, useState } from "react";
import { type Ingestion, isUnfinished } from "../api/data";
import { asProblem, type Problem } from "../api/server";
import { count, duration, moment } from "../widgets/amounts";
import { ProblemBar } from "../widgets/ProblemBar";
import { again, cancel, dismiss, useFollowing } from "./following";
import { RemarksDialog } from "./RemarksDialog";
import { remarks } from "./remarks";

const useStyles = makeStyles({
  column: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalS },
  progress: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalXS },
  row: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS, alignItems: "center" },
  line: { display: "flex", gap: tokens.spacingHorizontalXS, alignItems: "flex-start" },
  icon: { flexShrink: 0, fontSize: "16px", marginTop: "2px" },
  good: { color: tokens.colorStatusSuccessForeground1 },
  bad: { color: tokens.colorStatusDangerForeground1 },
  still: { color: tokens.colorNeutralForeground3 },
});

/** How an ingestion is or ended, and what can be done about it. */
export function IngestionState({ ingestion }: { ingestion: Ingestion }) {
  const styles = useStyles();
  const awaited = useFollowing((state) =>
    state.awaited.some((one) => one.ingestion === ingestion.id),
  );
  const [problem, setProblem] = useState<Problem | null>(null);
  const [listed, setListed] = useState(false);
  const restored = useRestoreFocusTarget();
  const [busy, setBusy] = useState(false);
  async function act(what: (ingestion: Ingestion) => Promise<void>) {
    setBusy(true);
    setProblem(null);
    try {
      await what(ingestion);
    } catch (error) {
      setProblem(asProblem(error));
    }
    setBusy(false);
  }
  const { state, counts, error } = ingestion;
  return (
    <div className={styles.column}>
      {isUnfinished(ingestion) ? <Progress ingestion={ingestion} /> : <Ended {...ingestion} />}
      {counts.failed + counts.noticed > 0 && (
        <Link onClick={() => setListed(true)} {...restored}>
          {remarks(ingestion)}
        </Link>
      )}
      {error && <ProblemBar problem={{ message: error.message, hint: "" }} />}
      {problem && <ProblemBar problem={problem} />}
      <div className={styles.row}>
        {isUnfinished(ingestion) && (
          <Button
            size="small"
            disabled={busy || ingestion.cancel_requested}
            onClick={() => act(cancel)}
          >
            {ingestion.cancel_requested ? "Stopping" : "Cancel"}
          </Button>
        )}
        {(state === "Failed" || state === "Cancelled") && (
          <Button size="small" disabled={busy} onClick={() => act(again)}>
            {state === "Failed" ? "Try again" : "Go on"}
          </Button>
        )}
        {awaited && (state === "Failed" || state === "Cancelled") && (
          <Button size="small" appearance="subtle" onClick={() => dismiss(ingestion.id)}>
            Dismiss
          </Button>
        )}
      </div>
      {listed && (
        <RemarksDialog
          ingestion={ingestion}
          again={() => act(again)}
          close={() => setListed(false)}
        />
      )}
    </div>
  );
}

const STAGES: Record<string, string> = {
  opening: "Opening the source",
  listing: "Listing the files",
  pictures: "Looking at the pictures and videos",
  optimizing: "Finishing the index",
};

function Progress({ ingestion }: { ingestion: Ingestion }) {
  const styles = useStyles();
  const lost = useFollowing((state) => state.trouble !== null);
  const { state, waiting, progress } = ingestion;
  const { stage, total, done, opened, files_per_second, seconds_left } = progress;
  const running = state === "Running" && total > 0;
  let what = progress.under_way ? `Looking at ${progress.under_way}` : (STAGES[stage] ?? "Working");
  if (state === "Queued") what = waiting ?? "Waits for its turn";
  if (state === "Interrupted") what = "Interrupted; it goes on by itself";
  if (ingestion.cancel_requested) what = "Stops after the file it is at";
  if (lost) what = "The server does not answer; it goes on when the server is back";
  return (
    <div className={styles.progress}>
      <Text size={200} weight="semibold" block role="status">
        Ingestion in progress
      </Text>
      <ProgressBar
        aria-label="Ingestion"
        thickness="large"
        {...(running && done ? { value: done / total } : {})}
      />
      <Text size={200} block className={styles.still}>
        {what}
      </Text>
      {running && !lost && (
        <Text size={200} block className={styles.still}>
          {`${done.toLocaleString("en")} of ${count(total, "file")} done, ${opened.toLocaleString("en")} opened`}
          {files_per_second ? ` · ${files_per_second.toLocaleString("en")} a second` : ""}
          {seconds_left ? ` · ${duration(seconds_left)} left` : ""}
        </Text>
      )}
    </div>
  );
}

function Ended({ state, counts, finished_at }: Ingestion) {
  const styles = useStyles();
  const when = finished_at ? moment(finished_at) : "";
  if (state === "Failed")
    return (
      <Line icon={<DismissCircleFilled className={mergeClasses(styles.icon, styles.bad)} />}>
        Ingestion failed · {when}
      </Line>
    );
  if (state === "Cancelled")
    return (
      <Line icon={<ErrorCircleFilled className={mergeClasses(styles.icon, styles.still)} />}>
        Ingestion cancelled · {when}. What was done stays.
      </Line>
    );
  const changes = (["added", "updated", "removed"] as const)
    .filter((kind) => counts[kind])
    .map((kind) => `${counts[kind].toLocaleString("en")} ${kind}`);
  return (
    <Line icon={<CheckmarkCircleFilled className={mergeClasses(styles.icon, styles.good)} />}>
      Ready · {changes.join(", ") || "nothing changed"} · {when}
    </Line>
  );
}

function Line({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  const styles = useStyles();
  return (
    <div className={styles.line} role="status">
      {icon}
      <Text size={200}>{children}</Text>
    </div>
  );
}
