import { Tab, TabList } from "@fluentui/react-components";
import { useState } from "react";
import { DataTab } from "./DataTab";
import { SystemMessage } from "./SystemMessage";

/** How the assistant behaves, and what its answers rest on. */
export function SetupPane() {
  const [tab, setTab] = useState("system");
  return (
    <>
      <TabList
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
