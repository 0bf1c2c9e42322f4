import { Caption1Strong, makeStyles } from "@fluentui/react-components";
import { useMemo } from "react";
import type { Answer } from "../session/session";
import { CopyButton } from "../widgets/CopyButton";
import { LongText } from "../widgets/LongText";

const useStyles = makeStyles({
  raw: { display: "flex", flexDirection: "column", gap: "4px", minWidth: 0 },
  head: { display: "flex", alignItems: "center", justifyContent: "space-between" },
});

/** The request of a turn with sizes in place of pictures, and the frames of the reply. */
export default function RawJson({ answer }: { answer: Answer }) {
  const styles = useStyles();
  const { request, frames } = answer;
  const asked = useMemo(() => pretty(request), [request]);
  const replied = useMemo(() => frames.map(pretty).join("\n\n"), [frames]);
  return (
    <section className={styles.raw} aria-label="Raw JSON">
      <div className={styles.head}>
        <Caption1Strong>Request</Caption1Strong>
        <CopyButton worded label="Copy all" text={() => `${asked}\n\n${replied}\n`} />
      </div>
      <LongText label="Request" text={asked} />
      <Caption1Strong>Reply: {frames.length.toLocaleString("en")} frames</Caption1Strong>
      <LongText label="Reply" text={replied} />
    </section>
  );
}

function pretty(json: string): string {
  return json && JSON.stringify(JSON.parse(json), null, 2);
}
