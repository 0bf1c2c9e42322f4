import { Button, Card, makeStyles, Spinner, Subtitle2, tokens } from "@fluentui/react-components";
import { ChatSparkleRegular } from "@fluentui/react-icons";
import { useDemo, useDemoPictures } from "../demo/demo";
import { DEMO_INDEX, PICTURES, QUESTIONS } from "../demo/pictures";
import { ask } from "../session/asking";
import type { Session } from "../session/session";
import { ProblemBar } from "../widgets/ProblemBar";

const useStyles = makeStyles({
  card: { gap: tokens.spacingVerticalM },
  head: { display: "flex", flexWrap: "wrap", alignItems: "center", gap: tokens.spacingHorizontalM },
  title: { flexGrow: 1, margin: 0 },
  pictures: {
    display: "grid",
    gridTemplateColumns: "repeat(4, 1fr)",
    gap: tokens.spacingHorizontalS,
    "& img": {
      width: "100%",
      aspectRatio: "4 / 3",
      objectFit: "cover",
      borderRadius: tokens.borderRadiusMedium,
    },
  },
  questions: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalS },
  question: {
    justifyContent: "flex-start",
    textAlign: "start",
    fontWeight: tokens.fontWeightRegular,
  },
});

/** The demo pictures and three questions about them. A question brings the pictures with it. */
export function DemoOffer({ session }: { session: Session }) {
  const styles = useStyles();
  const { step, problem } = useDemo();
  const on = session.setup.indexes.includes(DEMO_INDEX);
  async function tryOut(question: string) {
    if (on || (await useDemoPictures(session.id)))
      ask(session.id, { text: question, pictures: [] });
  }
  return (
    <Card className={styles.card} role="group" aria-label="Demo pictures">
      <div className={styles.head}>
        <Subtitle2 as="h4" className={styles.title}>
          {on ? "The demo pictures are on" : "Try it with four demo pictures"}
        </Subtitle2>
        {step ? (
          <Spinner size="tiny" label={step} />
        ) : (
          !on && (
            <Button appearance="primary" onClick={() => void useDemoPictures(session.id)}>
              Use demo pictures
            </Button>
          )
        )}
      </div>
      <div className={styles.pictures}>
        {PICTURES.map(({ name, url, description }) => (
          <img key={name} src={url} alt={description} title={description} />
        ))}
      </div>
      {problem && <ProblemBar problem={problem} />}
      <div className={styles.questions}>
        {QUESTIONS.map((question) => (
          <Button
            key={question}
            className={styles.question}
            icon={<ChatSparkleRegular />}
            disabled={step !== ""}
            onClick={() => void tryOut(question)}
          >
            {question}
          </Button>
        ))}
      </div>
    </Card>
  );
}
