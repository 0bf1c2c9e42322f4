import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { CheckmarkRegular } from "@fluentui/react-icons";
import type { Step } from "./form";

const useStyles = makeStyles({
  list: {
    display: "flex",
    flexWrap: "wrap",
    gap: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalL}`,
    margin: 0,
    padding: 0,
    listStyleType: "none",
    flexShrink: 0,
  },
  step: {
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalS,
    color: tokens.colorNeutralForeground3,
  },
  here: { color: tokens.colorNeutralForeground1, fontWeight: tokens.fontWeightSemibold },
  mark: {
    display: "grid",
    placeItems: "center",
    width: "24px",
    height: "24px",
    borderRadius: tokens.borderRadiusCircular,
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    boxSizing: "border-box",
    fontSize: tokens.fontSizeBase200,
  },
  reached: {
    backgroundColor: tokens.colorBrandBackground,
    color: tokens.colorNeutralForegroundOnBrand,
    border: "none",
  },
  /** A phone has room for the name of the present step only. */
  word: { "@media (max-width: 480px)": { display: "none" } },
  shown: { "@media (max-width: 480px)": { display: "inline" } },
});

const NAMES: Record<Step, string> = {
  source: "Source",
  details: "Details",
  pictures: "Descriptions",
  review: "Review",
};

/** Where one is in the wizard. */
export function StepList({ steps, step }: { steps: Step[]; step: Step }) {
  const styles = useStyles();
  const here = steps.indexOf(step);
  return (
    <ol className={styles.list} aria-label="Steps">
      {steps.map((one, at) => (
        <li
          key={one}
          className={mergeClasses(styles.step, at === here && styles.here)}
          aria-current={at === here ? "step" : undefined}
        >
          <span className={mergeClasses(styles.mark, at <= here && styles.reached)} aria-hidden>
            {at < here ? <CheckmarkRegular /> : at + 1}
          </span>
          <span className={mergeClasses(styles.word, at === here && styles.shown)}>
            {NAMES[one]}
          </span>
        </li>
      ))}
    </ol>
  );
}
