import { makeStyles, Tooltip, tokens } from "@fluentui/react-components";
import { placeInWords, useSources } from "./sources";

const useStyles = makeStyles({
  mark: {
    minWidth: "18px",
    height: "18px",
    margin: "0 1px",
    padding: "0 4px",
    border: "none",
    borderRadius: tokens.borderRadiusCircular,
    fontFamily: "inherit",
    fontSize: "11px",
    lineHeight: "18px",
    fontWeight: tokens.fontWeightSemibold,
    verticalAlign: "3px",
    cursor: "pointer",
    color: tokens.colorBrandForeground2,
    backgroundColor: tokens.colorBrandBackground2,
    ":hover": { backgroundColor: tokens.colorBrandBackground2Hover },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
});

/** The mark of a source in the answer; it opens the source. */
export function SourceMark({ number }: { number: number }) {
  const styles = useStyles();
  const { citations, open } = useSources();
  const { title = "", sightline } = citations[number - 1] ?? {};
  const place = placeInWords(sightline?.place);
  const name = place ? `${title}, ${place}` : title;
  return (
    <Tooltip content={`Source ${number}: ${name}`} relationship="label">
      <button type="button" className={styles.mark} onClick={() => open(number)}>
        {sightline?.place?.seconds === undefined ? number : place}
      </button>
    </Tooltip>
  );
}
