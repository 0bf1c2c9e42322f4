import { Button, makeStyles, Switch, Tooltip, tokens } from "@fluentui/react-components";
import { SettingsRegular } from "@fluentui/react-icons";
import { lazy, Suspense, useState } from "react";
import { changeSetup, useSession } from "../session/studio";
import { Section } from "./Section";

const VisionDialog = lazy(() => import("./VisionDialog"));

const useStyles = makeStyles({
  switch: { marginInlineStart: "-8px" },
  row: { display: "flex", alignItems: "center", gap: tokens.spacingHorizontalS },
});

/** The vision enhancement of the next question; the switch holds at once. */
export function VisionSection() {
  const styles = useStyles();
  const { vision } = useSession().setup;
  const [open, setOpen] = useState(false);
  return (
    <Section title="Enhancements">
      <div className={styles.row}>
        <Switch
          className={styles.switch}
          label="Vision"
          checked={vision.on}
          onChange={(_, { checked }) => changeSetup({ vision: { ...vision, on: checked } })}
        />
        <Tooltip content="Vision settings" relationship="label">
          <Button
            appearance="subtle"
            size="small"
            icon={<SettingsRegular />}
            onClick={() => setOpen(true)}
          />
        </Tooltip>
      </div>
      {open && (
        <Suspense>
          <VisionDialog close={() => setOpen(false)} />
        </Suspense>
      )}
    </Section>
  );
}
