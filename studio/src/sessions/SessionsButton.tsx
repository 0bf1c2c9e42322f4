import { Button, Tooltip } from "@fluentui/react-components";
import { HistoryRegular } from "@fluentui/react-icons";
import { lazy, Suspense, useState } from "react";

const SessionsDrawer = lazy(() => import("./SessionsDrawer"));

/** Opens the list of sessions. */
export function SessionsButton() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Tooltip content="Sessions" relationship="label">
        <Button appearance="subtle" icon={<HistoryRegular />} onClick={() => setOpen(true)} />
      </Tooltip>
      {open && (
        <Suspense>
          <SessionsDrawer close={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
