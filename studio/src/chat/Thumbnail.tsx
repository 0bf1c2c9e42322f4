import {
  Button,
  Caption1,
  makeStyles,
  Tooltip,
  tokens,
  typographyStyles,
} from "@fluentui/react-components";
import { DismissRegular, ImageRegular } from "@fluentui/react-icons";
import { usePictureUrl } from "../session/pictures";
import type { Picture } from "../session/session";
import { isShown } from "./kinds";

const useStyles = makeStyles({
  card: {
    position: "relative",
    display: "flex",
    flexDirection: "column",
    width: "88px",
    margin: 0,
  },
  picture: {
    width: "88px",
    height: "64px",
    objectFit: "cover",
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    boxSizing: "border-box",
  },
  stand: {
    display: "flex",
    flexDirection: "column",
    alignItems: "center",
    justifyContent: "center",
    color: tokens.colorNeutralForeground3,
    backgroundColor: tokens.colorNeutralBackground3,
    fontSize: "22px",
  },
  name: {
    ...typographyStyles.caption1,
    overflow: "hidden",
    textOverflow: "ellipsis",
    whiteSpace: "nowrap",
  },
  remove: {
    position: "absolute",
    top: "2px",
    right: "2px",
    backgroundColor: tokens.colorNeutralBackground1,
  },
});

/** A small picture with its name and the button that takes it out. */
export function Thumbnail({ picture, remove }: { picture: Picture; remove: () => void }) {
  const styles = useStyles();
  const url = usePictureUrl(picture.id);
  return (
    <figure className={styles.card}>
      {url && isShown(picture.type) ? (
        <img src={url} alt="" className={styles.picture} />
      ) : (
        <div className={`${styles.picture} ${styles.stand}`}>
          <ImageRegular />
          <Caption1>{picture.type.replace("image/", "").toUpperCase()}</Caption1>
        </div>
      )}
      <figcaption className={styles.name} title={picture.name}>
        {picture.name}
      </figcaption>
      <Tooltip content={`Remove ${picture.name}`} relationship="label">
        <Button
          size="small"
          shape="circular"
          className={styles.remove}
          icon={<DismissRegular />}
          onClick={remove}
        />
      </Tooltip>
    </figure>
  );
}
