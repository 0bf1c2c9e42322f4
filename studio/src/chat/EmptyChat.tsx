import { Body1, makeStyles, Title3, tokens } from "@fluentui/react-components";
import { DEMO_INDEX } from "../demo/pictures";
import type { Session } from "../session/session";
import { useStudio } from "../session/studio";
import { ConnectModel } from "./ConnectModel";
import { DemoOffer } from "./DemoOffer";

const useStyles = makeStyles({
  scroller: { display: "flex", minHeight: "100%" },
  empty: {
    margin: "auto",
    padding: tokens.spacingHorizontalL,
    boxSizing: "border-box",
    width: "100%",
    maxWidth: "680px",
    display: "flex",
    flexDirection: "column",
    gap: tokens.spacingVerticalXL,
  },
  head: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalS },
  title: { margin: 0 },
  quiet: { color: tokens.colorNeutralForeground2 },
});

/** Shown before the first question: what can be done here, and something to try it with. */
export function EmptyChat({ session }: { session: Session }) {
  const styles = useStyles();
  const deployments = useStudio((studio) => studio.deployments);
  const onlyQuotes =
    deployments.length > 0 && deployments.every((one) => !one.capabilities.language_model);
  const own = session.setup.indexes.filter((name) => name !== DEMO_INDEX);
  return (
    <div className={styles.scroller}>
      <div className={styles.empty}>
        <div className={styles.head}>
          <Title3 as="h3" className={styles.title}>
            Ask about your pictures and videos
          </Title3>
          <Body1 className={styles.quiet}>
            {own.length
              ? `Answers rest on ${own.join(", ")}. Ask in words, or attach a picture to find what is like it.`
              : "Attach a picture or a video and ask about it, or add your own as data. Each answer shows which pictures and frames it rests on."}
          </Body1>
        </div>
        {!own.length && <DemoOffer session={session} />}
        {onlyQuotes && <ConnectModel session={session} />}
      </div>
    </div>
  );
}
