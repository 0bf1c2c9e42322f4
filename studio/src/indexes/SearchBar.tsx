import {
  Button,
  makeStyles,
  SearchBox,
  Switch,
  Tag,
  Tooltip,
  tokens,
} from "@fluentui/react-components";
import { DismissRegular, ImageSearchRegular } from "@fluentui/react-icons";
import { useEffect, useRef, useState } from "react";
import type { Query } from "./search";

const useStyles = makeStyles({
  bar: {
    display: "flex",
    flexWrap: "wrap",
    alignItems: "center",
    gap: tokens.spacingHorizontalS,
    padding: "4px 16px 8px",
  },
  search: { flexGrow: 1, minWidth: "180px", maxWidth: "480px" },
  picture: { display: "inline-flex", alignItems: "center", gap: tokens.spacingHorizontalXS },
  thumbnail: {
    width: "32px",
    height: "32px",
    objectFit: "cover",
    borderRadius: tokens.borderRadiusMedium,
  },
  switch: { marginInlineStart: "-8px" },
  name: { maxWidth: "140px", overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
});

interface Props {
  query: Query;
  change: (part: Partial<Query>) => void;
  /** Whether pictures without description can be told from the others. */
  own: boolean;
}

/** Words or a picture to search for, and a filter. */
export function SearchBar({ query, change, own }: Props) {
  const styles = useStyles();
  const chooser = useRef<HTMLInputElement>(null);
  return (
    <search className={styles.bar}>
      <SearchBox
        className={styles.search}
        aria-label="Search pictures"
        placeholder="Search by words, or drop or paste a picture"
        value={query.text}
        onChange={(_, { value }) => change({ text: value })}
      />
      {query.picture ? (
        <Given picture={query.picture} remove={() => change({ picture: null })} />
      ) : (
        <Tooltip content="Search with a picture" relationship="label">
          <Button icon={<ImageSearchRegular />} onClick={() => chooser.current?.click()} />
        </Tooltip>
      )}
      <input
        ref={chooser}
        type="file"
        accept="image/*"
        hidden
        aria-label="Picture to search with"
        onChange={({ target }) => {
          change({ picture: target.files?.[0] ?? null });
          target.value = "";
        }}
      />
      {own && (
        <Switch
          className={styles.switch}
          label="Without description"
          checked={query.undescribed}
          onChange={(_, { checked }) => change({ undescribed: checked })}
        />
      )}
    </search>
  );
}

/** The picture that is searched with. */
function Given({ picture, remove }: { picture: File; remove: () => void }) {
  const styles = useStyles();
  const [url, setUrl] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(picture);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [picture]);
  return (
    <span className={styles.picture}>
      {url && <img src={url} alt="" className={styles.thumbnail} />}
      <Tag>
        <span className={styles.name}>{picture.name}</span>
      </Tag>
      <Tooltip content="Search without the picture" relationship="label">
        <Button appearance="subtle" icon={<DismissRegular />} onClick={remove} />
      </Tooltip>
    </span>
  );
}
