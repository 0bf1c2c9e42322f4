import {
  Button,
  Menu,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  Subtitle1,
  Tab,
  TabList,
  Tooltip,
  tokens,
} from "@fluentui/react-components";
import { DarkThemeRegular } from "@fluentui/react-icons";
import { SignOutButton } from "./access/SignOutButton";
import icon from "./icon.svg";
import { goTo, usePlace } from "./place";
import { SessionsButton } from "./sessions/SessionsButton";
import { type Look, setLook, useLook } from "./theme";

const useStyles = makeStyles({
  header: {
    display: "flex",
    alignItems: "center",
    gap: "12px",
    padding: "4px 12px 4px 16px",
    backgroundColor: tokens.colorNeutralBackground1,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  logo: { width: "24px", height: "24px" },
  // On a phone it is only heard.
  name: {
    margin: 0,
    "@media (max-width: 480px)": {
      position: "absolute",
      width: "1px",
      height: "1px",
      overflow: "hidden",
      clipPath: "inset(50%)",
    },
  },
  tabs: { flexGrow: 1 },
});

export function Header() {
  const styles = useStyles();
  const { page } = usePlace();
  const look = useLook((state) => state.look);
  return (
    <header className={styles.header}>
      <img src={icon} alt="" className={styles.logo} />
      <Subtitle1 as="h1" className={styles.name}>
        Sightline
      </Subtitle1>
      <nav className={styles.tabs} aria-label="Pages">
        <TabList
          selectedValue={page}
          onTabSelect={(_, { value }) => goTo(value as "chat" | "indexes")}
        >
          <Tab value="chat">Playground</Tab>
          <Tab value="indexes">Indexes</Tab>
        </TabList>
      </nav>
      {page === "chat" && <SessionsButton />}
      <Menu
        checkedValues={{ look: [look] }}
        onCheckedValueChange={(_, { checkedItems }) => setLook(checkedItems[0] as Look)}
      >
        <MenuTrigger disableButtonEnhancement>
          <Tooltip content="Light or dark" relationship="label">
            <Button appearance="subtle" icon={<DarkThemeRegular />} />
          </Tooltip>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            <MenuItemRadio name="look" value="system">
              As the system
            </MenuItemRadio>
            <MenuItemRadio name="look" value="light">
              Light
            </MenuItemRadio>
            <MenuItemRadio name="look" value="dark">
              Dark
            </MenuItemRadio>
          </MenuList>
        </MenuPopover>
      </Menu>
      <SignOutButton />
    </header>
  );
}
