import { List, ListItem, makeStyles, tokens } from "@fluentui/react-components";
import type { Line } from "../api/assets";

const useStyles = makeStyles({
  lines: { maxHeight: "220px", overflowY: "auto" },
  line: {
    padding: `2px ${tokens.spacingHorizontalS}`,
    borderRadius: tokens.borderRadiusSmall,
    userSelect: "text",
    overflowWrap: "anywhere",
    ":hover": { backgroundColor: tokens.colorNeutralBackground1Hover },
  },
});

/** What was read, line by line; pointing at one lights its place up. Arrow keys move. */
export function ReadLines({
  lines,
  light,
}: {
  lines: Line[];
  light: (line: number | null) => void;
}) {
  const styles = useStyles();
  return (
    <List navigationMode="items" className={styles.lines} aria-label="Lines of text">
      {lines.map(({ text }, position) => (
        <ListItem
          key={position}
          className={styles.line}
          onMouseEnter={() => light(position)}
          onMouseLeave={() => light(null)}
          onFocus={() => light(position)}
          onBlur={() => light(null)}
        >
          {text}
        </ListItem>
      ))}
    </List>
  );
}
