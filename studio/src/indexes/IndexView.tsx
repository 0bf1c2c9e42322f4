import {
  Body1,
  Button,
  Caption1,
  MessageBar,
  MessageBarBody,
  makeStyles,
  Spinner,
  Subtitle1,
  Tooltip,
  tokens,
} from "@fluentui/react-components";
import { ArrowLeftRegular, ChatRegular, DeleteRegular } from "@fluentui/react-icons";
import { lazy, Suspense, useMemo, useState, useSyncExternalStore } from "react";
import type { Asset } from "../api/assets";
import { asProblem, type Problem } from "../api/server";
import { goTo } from "../place";
import { changeSetup, session, useStudio } from "../session/studio";
import { count } from "../widgets/amounts";
import { type Asked, Confirm } from "../widgets/Confirm";
import { ProblemBar } from "../widgets/ProblemBar";
import { deleteIndex, meaningOf } from "./deleting";
import { Gallery } from "./Gallery";
import { Rows } from "./rows";
import { SearchBar } from "./SearchBar";
import { MOST_HITS, type Query, reasonsOf, shownHits, useHits } from "./search";

const AssetDrawer = lazy(() => import("./AssetDrawer"));

const useStyles = makeStyles({
  view: { display: "flex", flexDirection: "column", flexGrow: 1, minHeight: 0 },
  head: {
    display: "flex",
    flexWrap: "wrap",
    alignItems: "center",
    gap: tokens.spacingHorizontalS,
    padding: "12px 16px 4px",
  },
  back: { marginInlineStart: "-8px" },
  title: { margin: 0, overflowWrap: "anywhere" },
  quiet: { color: tokens.colorNeutralForeground3 },
  grow: { flexGrow: 1 },
  told: { padding: "0 16px 8px", color: tokens.colorNeutralForeground2 },
  bars: { padding: "0 16px", display: "flex", flexDirection: "column", gap: "8px" },
  empty: { margin: "auto", padding: "16px", color: tokens.colorNeutralForeground2 },
});

/** One index: its pictures to look through, to search, and to open. */
export function IndexView({ name }: { name: string }) {
  const styles = useStyles();
  const index = useStudio((studio) => studio.indexes.find((one) => one.name === name));
  const [query, setQuery] = useState<Query>({ text: "", picture: null, undescribed: false });
  const [again, setAgain] = useState(0);
  const rows = useMemo(() => new Rows(name, query.undescribed), [name, query.undescribed]);
  useSyncExternalStore(rows.subscribe, () => rows.version);
  const { hits, searching, problem: refused } = useHits(name, query, again);
  const [opened, setOpened] = useState<Asset | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [notice, setNotice] = useState("");
  const shown = useMemo(() => (hits ? shownHits(hits) : null), [hits]);
  const trouble = problem ?? refused ?? rows.problem;
  const own = index !== undefined && !index.attached && !index.documents;
  const list = `${query.undescribed} ${hits ? `${query.text} ${query.picture?.name}` : ""}`;

  /** What the gallery shows, in words. */
  function told(): string {
    if (searching) return "Searching…";
    if (hits?.length === MOST_HITS) return `The best ${MOST_HITS} for this search, the best first`;
    if (hits) return `${count(hits.length, "picture")} for this search, the best first`;
    if (!rows.ready) return rows.problem ? "" : "Loading…";
    return query.undescribed ? `${count(rows.count, "picture")} without description` : "";
  }
  function useInPlayground() {
    const { indexes } = session().setup;
    if (!indexes.includes(name)) changeSetup({ indexes: [...indexes, name] });
    goTo("chat");
  }
  function deletion(): Asked {
    return {
      title: `Delete the index “${name}”?`,
      text: index ? meaningOf(index) : "",
      action: "Delete",
      act: () =>
        void deleteIndex(name).then(
          () => goTo("indexes"),
          (error) => setProblem(asProblem(error)),
        ),
    };
  }
  function takePicture(files: FileList): boolean {
    const picture = [...files].find(({ type }) => type.startsWith("image/"));
    if (picture) setQuery((now) => ({ ...now, picture }));
    return picture !== undefined;
  }

  return (
    <section
      className={styles.view}
      aria-label={`Index ${name}`}
      onDragOver={(event) => {
        if (event.dataTransfer.types.includes("Files")) event.preventDefault();
      }}
      onDrop={(event) => {
        if (!event.dataTransfer.files.length) return;
        event.preventDefault();
        takePicture(event.dataTransfer.files);
      }}
      onPaste={(event) => {
        if (takePicture(event.clipboardData.files)) event.preventDefault();
      }}
    >
      <div className={styles.head}>
        <Tooltip content="All indexes" relationship="label">
          <Button
            className={styles.back}
            appearance="subtle"
            icon={<ArrowLeftRegular />}
            onClick={() => goTo("indexes")}
          />
        </Tooltip>
        <Subtitle1 as="h2" className={styles.title}>
          {name}
        </Subtitle1>
        {rows.ready && !query.undescribed && (
          <Caption1 className={styles.quiet}>{count(rows.count, "picture")}</Caption1>
        )}
        <span className={styles.grow} />
        <Button icon={<ChatRegular />} onClick={useInPlayground}>
          Use in playground
        </Button>
        <Tooltip content="Delete the index" relationship="label">
          <Button icon={<DeleteRegular />} disabled={!index} onClick={() => setAsked(deletion())} />
        </Tooltip>
      </div>
      <SearchBar
        query={query}
        own={own}
        change={(part) => setQuery((now) => ({ ...now, ...part }))}
      />
      <div className={styles.bars}>
        {trouble && (
          <ProblemBar problem={trouble}>
            <Button
              size="small"
              onClick={() => {
                setProblem(null);
                setAgain((times) => times + 1);
                rows.reload(0, 0);
              }}
            >
              Try again
            </Button>
          </ProblemBar>
        )}
        {notice && (
          <MessageBar layout="multiline">
            <MessageBarBody>{notice}</MessageBarBody>
          </MessageBar>
        )}
      </div>
      <Body1 className={styles.told} role="status">
        {told()}
      </Body1>
      {(shown ?? rows).count > 0 || !(shown || rows.ready || trouble) ? (
        <Gallery
          shown={shown ?? rows}
          list={list}
          {...(hits && {
            caption: (position: number) => (hits[position] ? reasonsOf(hits[position]) : ""),
          })}
          open={setOpened}
        />
      ) : (
        !trouble && (
          <Body1 className={styles.empty}>
            {shown
              ? "Nothing was found."
              : query.undescribed
                ? "Every picture has a description."
                : "This index holds no pictures."}
          </Body1>
        )
      )}
      {opened && (
        <Suspense fallback={<Spinner />}>
          <AssetDrawer
            asset={opened}
            own={own}
            show={setOpened}
            close={() => setOpened(null)}
            changed={(asset) => {
              rows.replace(asset);
              setOpened(asset);
              setAgain((times) => times + 1);
            }}
            gone={(told) => {
              setOpened(null);
              setNotice(told);
              setAgain((times) => times + 1);
              rows.reload(0, 0);
            }}
          />
        </Suspense>
      )}
      <Confirm asked={asked} close={() => setAsked(null)} />
    </section>
  );
}
