import { makeStyles, Tab, TabList, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { DataTab } from "./DataTab";
import { SystemMessage } from "./SystemMessage";

const useStyles = makeStyles({
  // The words of the tabs stand below the title.
  tabs: { margin: `0 -8px ${tokens.spacingVerticalM}` },
});

/** How the assistant behaves, and what its answers rest on. */
export function SetupPane() {
  const styles = useStyles();
  const [tab, setTab] = useState("system");
  return (
    <>
      <TabList
        className={styles.tabs}
        size="small"
        selectedValue={tab}
        onTabSelect={(_, { value }) => setTab(String(value))}
      >
        <Tab value="system">System message</Tab>
        <Tab value="data">Add your data</Tab>
      </TabList>
      {tab === "system" ? <SystemMessage /> : <DataTab />}
    </>
  );
}
