import {
  Button,
  Caption1,
  makeStyles,
  mergeClasses,
  Tooltip,
  tokens,
} from "@fluentui/react-components";
import { ZoomInRegular } from "@fluentui/react-icons";
import { lazy, Suspense, useState } from "react";
import { usePictureUrl } from "../session/pictures";
import type { Picture } from "../session/session";
import { isShown } from "./kinds";
import { Regions } from "./Regions";

const PictureDialog = lazy(() => import("./PictureDialog"));

const useStyles = makeStyles({
  frame: { position: "relative", margin: 0, lineHeight: 0 },
  picture: {
    display: "block",
    maxWidth: "100%",
    maxHeight: "340px",
    minHeight: "48px",
    borderRadius: tokens.borderRadiusMedium,
  },
  small: { maxHeight: "180px" },
  open: {
    position: "absolute",
    right: "4px",
    bottom: "4px",
    backgroundColor: tokens.colorNeutralBackground1,
  },
  unshown: {
    padding: "12px",
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground1,
    overflowWrap: "anywhere",
  },
});

interface Props {
  session: string;
  picture: Picture;
  /** Which picture of its question it is, from 0. */
  image: number;
  small?: boolean;
}

/** A picture of a question with the places that the answer speaks of. */
export function QuestionPicture({ session, picture, image, small = false }: Props) {
  const styles = useStyles();
  const url = usePictureUrl(picture.id);
  const [opened, setOpened] = useState(false);
  if (url === null || !isShown(picture.type)) {
    return (
      <Caption1 className={styles.unshown}>
        {picture.name}:{" "}
        {url === null
          ? "not kept in this browser any more."
          : "this browser cannot show it; it is sent as it is."}
      </Caption1>
    );
  }
  return (
    <figure className={styles.frame}>
      <img
        src={url}
        alt={picture.name}
        title={picture.name}
        className={mergeClasses(styles.picture, small && styles.small)}
      />
      <Regions image={image} />
      <Tooltip content={`Open ${picture.name}`} relationship="label">
        <Button
          size="small"
          className={styles.open}
          icon={<ZoomInRegular />}
          onClick={() => setOpened(true)}
        />
      </Tooltip>
      {opened && (
        <Suspense>
          <PictureDialog
            session={session}
            picture={picture}
            image={image}
            close={() => setOpened(false)}
          />
        </Suspense>
      )}
    </figure>
  );
}
