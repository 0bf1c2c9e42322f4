import { Body1, Button, makeStyles, Spinner, Title3, tokens } from "@fluentui/react-components";
import { goTo } from "../place";
import { useStudio } from "../session/studio";
import { IndexCard } from "./IndexCard";

const useStyles = makeStyles({
  page: {
    display: "flex",
    flexDirection: "column",
    gap: tokens.spacingVerticalL,
    padding: "16px",
    overflowY: "auto",
  },
  title: { margin: 0 },
  cards: {
    display: "grid",
    gridTemplateColumns: "repeat(auto-fill, minmax(min(100%, 280px), 1fr))",
    gap: tokens.spacingHorizontalM,
    margin: 0,
    padding: 0,
    listStyleType: "none",
  },
  quiet: { color: tokens.colorNeutralForeground2 },
  start: { alignSelf: "flex-start" },
});

/** All indexes, each with a glimpse of what it holds. */
export function IndexList() {
  const styles = useStyles();
  const { indexes, told, trouble } = useStudio();
  return (
    <div className={styles.page}>
      <Title3 as="h2" className={styles.title}>
        Indexes
      </Title3>
      {indexes.length ? (
        <ul className={styles.cards}>
          {indexes.map((index) => (
            <li key={index.name}>
              <IndexCard index={index} />
            </li>
          ))}
        </ul>
      ) : !told ? (
        !trouble && <Spinner label="Loading" />
      ) : (
        <>
          <Body1 className={styles.quiet}>
            There is no index yet. An index is a named set of your pictures that can be searched;
            “Add your data” in the playground makes one.
          </Body1>
          <Button className={styles.start} appearance="primary" onClick={() => goTo("chat")}>
            Open the playground
          </Button>
        </>
      )}
    </div>
  );
}
