import {
  Button,
  Caption1,
  DrawerBody,
  DrawerHeader,
  DrawerHeaderTitle,
  makeStyles,
  OverlayDrawer,
  Subtitle2,
  Tag,
  tokens,
} from "@fluentui/react-components";
import { ChatRegular, DeleteRegular, DismissRegular } from "@fluentui/react-icons";
import { useEffect, useState } from "react";
import { type Asset, takeOut, type WholeAsset, wholeAsset } from "../api/assets";
import { asProblem, type Problem } from "../api/server";
import { goTo } from "../place";
import { VideoTimeline } from "../video/VideoTimeline";
import { type Asked, Confirm } from "../widgets/Confirm";
import { ProblemBar } from "../widgets/ProblemBar";
import { AssetFacts } from "./AssetFacts";
import { AssetPicture } from "./AssetPicture";
import { askAbout, askAboutVideo } from "./askAbout";
import { DescriptionField } from "./DescriptionField";
import { Neighbours } from "./Neighbours";
import { ReadLines } from "./ReadLines";

const useStyles = makeStyles({
  drawer: { width: "min(680px, 100vw)" },
  title: { overflowWrap: "anywhere" },
  body: {
    display: "flex",
    flexDirection: "column",
    gap: tokens.spacingVerticalL,
    paddingBottom: tokens.spacingVerticalXXL,
  },
  actions: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS },
  part: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalS },
  heading: { margin: 0, fontSize: tokens.fontSizeBase300 },
  tags: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalXS },
  quiet: { color: tokens.colorNeutralForeground3 },
});

interface Props {
  asset: Asset;
  /** Whether its index is one of pictures that were ingested here. */
  own: boolean;
  show: (asset: Asset) => void;
  close: () => void;
  changed: (asset: Asset) => void;
  /** It was taken out; what that means for later. */
  gone: (told: string) => void;
}

/** One picture at large, with everything that the index knows of it. */
export default function AssetDrawer({ asset, own, show, close, changed, gone }: Props) {
  const styles = useStyles();
  const [whole, setWhole] = useState<WholeAsset | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [line, setLine] = useState<number | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  useEffect(() => {
    setWhole(null);
    setProblem(null);
    setLine(null);
    const leaving = new AbortController();
    wholeAsset({ id: asset.id, index: asset.index }, leaving.signal).then(setWhole, (error) => {
      if (!leaving.signal.aborted) setProblem(asProblem(error));
    });
    return () => leaving.abort();
  }, [asset.id, asset.index]);
  const lines = whole?.reading?.lines ?? [];

  async function ask() {
    try {
      await askAbout(asset);
      goTo("chat");
    } catch (error) {
      setProblem(asProblem(error));
    }
  }
  const removal: Asked = {
    title: `Take “${asset.name}” out of the index?`,
    text: "It can no longer be searched. Its file stays where it is, so the next ingestion of its source brings it back, unless it is removed there first.",
    action: "Take out",
    act: () =>
      void takeOut(asset).then(
        ({ notice }) => gone(`${asset.name} was taken out of the index. ${notice}`),
        (error) => setProblem(asProblem(error)),
      ),
  };

  return (
    <OverlayDrawer
      open
      position="end"
      className={styles.drawer}
      aria-label={`${asset.film ? "Frame of" : "Picture"} ${asset.name}`}
      onOpenChange={(_, { open }) => !open && close()}
    >
      <DrawerHeader>
        <DrawerHeaderTitle
          heading={{ className: styles.title }}
          action={
            <Button
              appearance="subtle"
              aria-label="Close"
              icon={<DismissRegular />}
              onClick={close}
            />
          }
        >
          {asset.name}
        </DrawerHeaderTitle>
      </DrawerHeader>
      <DrawerBody className={styles.body}>
        <AssetPicture key={asset.id} asset={asset} lines={lines} lit={line} />
        {problem && <ProblemBar problem={problem} />}
        <div className={styles.actions}>
          <Button appearance="primary" icon={<ChatRegular />} onClick={() => void ask()}>
            Ask about this{asset.film ? " frame" : ""}
          </Button>
          {own && (
            <Button icon={<DeleteRegular />} onClick={() => setAsked(removal)}>
              Take out of the index
            </Button>
          )}
        </div>
        {asset.film && (
          <VideoTimeline
            asset={asset}
            show={show}
            ask={() => {
              askAboutVideo(asset);
              goTo("chat");
            }}
          />
        )}
        <DescriptionField
          key={`${asset.id} description`}
          asset={asset}
          own={own}
          changed={changed}
        />
        {lines.length > 0 && (
          <section className={styles.part} aria-label="Text on the picture">
            <Subtitle2 as="h3" className={styles.heading}>
              Text on the picture
            </Subtitle2>
            <ReadLines lines={lines} light={setLine} />
          </section>
        )}
        {asset.tags.length > 0 && (
          <section className={styles.part} aria-label="Tags">
            <Subtitle2 as="h3" className={styles.heading}>
              Tags
            </Subtitle2>
            <div className={styles.tags}>
              {asset.tags.map(({ name, probability }) => (
                <Tag key={name} size="small">
                  {name}{" "}
                  <Caption1 className={styles.quiet}>{Math.round(probability * 100)} %</Caption1>
                </Tag>
              ))}
            </div>
          </section>
        )}
        <AssetFacts asset={asset} />
        {own && <Neighbours key={`${asset.id} neighbours`} asset={asset} show={show} />}
      </DrawerBody>
      <Confirm asked={asked} close={() => setAsked(null)} />
    </OverlayDrawer>
  );
}
