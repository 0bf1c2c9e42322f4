/** The page: a header, and below it the playground of three panes or the indexes. */

import {
  createDOMRenderer,
  FluentProvider,
  makeStyles,
  OverlayDrawer,
  RendererProvider,
  Spinner,
  Toaster,
  tokens,
} from "@fluentui/react-components";
import { lazy, Suspense, useEffect, useState } from "react";
import { ChatPane } from "./chat/ChatPane";
import { ConfigurationPane } from "./configuration/ConfigurationPane";
import { Header } from "./Header";
import { usePlace } from "./place";
import { open, useStudio } from "./session/studio";
import { follow } from "./setup/following";
import { SetupPane } from "./setup/SetupPane";
import { DARK, LIGHT, restoreLook, useLook } from "./theme";
import { ErrorBoundary } from "./widgets/ErrorBoundary";
import { useMedia } from "./widgets/media";
import { Pane } from "./widgets/Pane";

const IndexesPage = lazy(() => import("./indexes/IndexesPage"));

const useStyles = makeStyles({
  root: {
    height: "100dvh",
    display: "flex",
    flexDirection: "column",
    backgroundColor: tokens.colorNeutralBackground3,
  },
  panes: { flexGrow: 1, minHeight: 0, display: "flex", gap: "8px", padding: "8px" },
  setup: { width: "300px", flexShrink: 0, minWidth: 0 },
  configuration: { width: "280px", flexShrink: 0, minWidth: 0 },
  chat: { flexGrow: 1, minWidth: 0, minHeight: 0 },
  waiting: { margin: "auto" },
});

/** Panes that stand beside the chat from this width; on a smaller screen they come over it. */
const WIDE = "(min-width: 1000px)";

/** The page's policy lets in style elements with this nonce only. */
const nonce = document.querySelector<HTMLMetaElement>("meta[name=style-nonce]")?.content ?? "";
const renderer = createDOMRenderer(document, { styleElementAttributes: { nonce } });

export function App() {
  const look = useLook((state) => state.look);
  const darkSystem = useMedia("(prefers-color-scheme: dark)");
  const dark = look === "dark" || (look === "system" && darkSystem);
  useEffect(() => {
    void restoreLook();
    void open().then(follow);
    void import("./setup/wizard/unsaved").then(({ discardAbandoned }) => discardAbandoned());
  }, []);
  useEffect(() => {
    window.addEventListener("dragover", refuseFiles);
    window.addEventListener("drop", refuseFiles);
  }, []);
  useEffect(() => {
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
  }, [dark]);
  return (
    <RendererProvider renderer={renderer}>
      <FluentProvider theme={dark ? DARK : LIGHT}>
        <Page />
        <Toaster />
      </FluentProvider>
    </RendererProvider>
  );
}

/** Files that are dropped where nothing takes them would be opened in place of this page. */
function refuseFiles(event: DragEvent) {
  if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "none";
}

function Page() {
  const styles = useStyles();
  const place = usePlace();
  const ready = useStudio((studio) => studio.ready);
  return (
    <div className={styles.root}>
      <Header />
      <ErrorBoundary>
        <Suspense fallback={<Spinner className={styles.waiting} label="Loading" />}>
          {!ready ? (
            <Spinner className={styles.waiting} label="Loading" />
          ) : place.page === "indexes" ? (
            <IndexesPage />
          ) : (
            <Playground />
          )}
        </Suspense>
      </ErrorBoundary>
    </div>
  );
}

function Playground() {
  const styles = useStyles();
  const wide = useMedia(WIDE);
  const [left, setLeft] = useState(true);
  const [right, setRight] = useState(true);
  const [over, setOver] = useState<"left" | "right" | null>(null);
  const setup = (
    <Pane title="Assistant setup" side="left" close={() => (wide ? setLeft(false) : setOver(null))}>
      <SetupPane />
    </Pane>
  );
  const configuration = (
    <Pane title="Configuration" side="right" close={() => (wide ? setRight(false) : setOver(null))}>
      <ConfigurationPane />
    </Pane>
  );
  const openers = {
    setup: wide && left ? null : () => (wide ? setLeft(true) : setOver("left")),
    configuration: wide && right ? null : () => (wide ? setRight(true) : setOver("right")),
  };
  return (
    <div className={styles.panes}>
      {wide && left && <div className={styles.setup}>{setup}</div>}
      <main className={styles.chat}>
        <ChatPane openers={openers} />
      </main>
      {wide && right && <div className={styles.configuration}>{configuration}</div>}
      {!wide && (
        <>
          <OverlayDrawer
            {...named("Assistant setup")}
            open={over === "left"}
            onOpenChange={(_, { open }) => !open && setOver(null)}
          >
            {setup}
          </OverlayDrawer>
          <OverlayDrawer
            {...named("Configuration")}
            position="end"
            open={over === "right"}
            onOpenChange={(_, { open }) => !open && setOver(null)}
          >
            {configuration}
          </OverlayDrawer>
        </>
      )}
    </div>
  );
}

/** A drawer takes its name from its title, which the pane in it has in its own way. */
function named(name: string) {
  return { "aria-label": name, "aria-labelledby": "" };
}
