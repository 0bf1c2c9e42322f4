import { makeStyles, tokens } from "@fluentui/react-components";
import { useEffect } from "react";
import { usePlace } from "../place";
import { refresh, useStudio } from "../session/studio";
import { ProblemBar } from "../widgets/ProblemBar";
import { IndexList } from "./IndexList";
import { IndexView } from "./IndexView";

const useStyles = makeStyles({
  page: {
    flexGrow: 1,
    minHeight: 0,
    margin: "8px",
    display: "flex",
    flexDirection: "column",
    overflow: "hidden",
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusXLarge,
  },
});

/** The indexes of this server, or one of them as a gallery. */
export default function IndexesPage() {
  const styles = useStyles();
  const { name } = usePlace();
  const trouble = useStudio((studio) => studio.trouble);
  useEffect(() => {
    void refresh();
  }, []);
  return (
    <main className={styles.page}>
      {trouble && <ProblemBar problem={trouble} />}
      {name ? <IndexView key={name} name={name} /> : <IndexList />}
    </main>
  );
}
