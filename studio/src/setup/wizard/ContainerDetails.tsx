import {
  Badge,
  Button,
  Field,
  Input,
  Link,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Select,
  Text,
  tokens,
} from "@fluentui/react-components";
import { useStudio } from "../../session/studio";
import { count } from "../../widgets/amounts";
import { Revealed } from "../../widgets/Revealed";
import { refused } from "../../widgets/refused";
import { missing, setForm, useForm } from "./form";
import { IndexField } from "./IndexField";
import { changePlace, checkCors, testContainer, turnOnCors } from "./saving";

const useStyles = makeStyles({
  row: { display: "flex", gap: tokens.spacingHorizontalM, alignItems: "center", flexWrap: "wrap" },
  hint: { color: tokens.colorNeutralForeground3, overflowWrap: "anywhere" },
  found: { overflowWrap: "anywhere" },
});

const EVERY: [number, string][] = [
  [0, "Only when asked"],
  [60, "Every hour"],
  [360, "Every 6 hours"],
  [1440, "Every day"],
  [10080, "Every week"],
];

/** Where the container is, whether it can be read, and how often it is looked at. */
export function ContainerDetails() {
  const styles = useStyles();
  const form = useForm();
  const indexes = useStudio((studio) => studio.indexes);
  const wrong = form.pressed ? missing(form, indexes).address : undefined;
  return (
    <>
      <Field
        label="Address"
        required
        hint="az://container/prefix, s3://bucket/prefix, gs://bucket/prefix, or /whole/path on the server. “?connection=name” names a connection of the server's settings. Keys never stand here: the server takes them from its environment."
        {...refused(wrong)}
      >
        <Input
          value={form.address}
          spellCheck={false}
          placeholder="az://pictures/tents"
          onChange={(_, { value }) => changePlace({ address: value })}
        />
      </Field>
      <IndexField label="Index name" />
      <div className={styles.row}>
        <Button disabledFocusable={form.busy || !form.address.trim()} onClick={testContainer}>
          Test connection
        </Button>
        {form.busy && <Text role="status">Listing the pictures and videos …</Text>}
      </div>
      {form.found && (
        <Revealed>
          <FoundState />
        </Revealed>
      )}
      {form.found && form.address.includes("://") && <CorsState />}
      <Field label="Look for changes">
        <Select
          value={String(form.every)}
          onChange={(_, { value }) => setForm({ every: Number(value) })}
        >
          {EVERY.map(([minutes, words]) => (
            <option key={minutes} value={minutes}>
              {words}
            </option>
          ))}
          {!EVERY.some(([minutes]) => minutes === form.every) && (
            <option value={form.every}>Every {form.every} minutes</option>
          )}
        </Select>
      </Field>
    </>
  );
}

function FoundState() {
  const styles = useStyles();
  const { found, source, made } = useForm();
  if (!found) return null;
  const { pictures, undescribed, problems } = found;
  return (
    <MessageBar intent="success" layout="multiline">
      <MessageBarBody className={styles.found}>
        <MessageBarTitle>{count(pictures, "file")} found</MessageBarTitle>
        {undescribed
          ? `${undescribed.toLocaleString("en")} without description.`
          : "All are described."}
        {source && !made && " The index has this source already: only what changed is taken."}
        {problems.length > 0 && (
          <>
            {` ${count(problems.length, "remark")}: `}
            {problems
              .slice(0, 3)
              .map(({ key, message }) => `${key}: ${message}`)
              .join(" ")}
            {problems.length > 3 && ` And ${problems.length - 3} more.`}
          </>
        )}
      </MessageBarBody>
    </MessageBar>
  );
}

/** Whether pages may read the container by themselves, and the button that lets them. */
function CorsState() {
  const styles = useStyles();
  const { cors, busy } = useForm();
  if (!cors)
    return (
      <Text size={200} className={styles.hint}>
        This page gets pictures through the server. For pages that read the container by themselves{" "}
        <Link inline disabled={busy} onClick={checkCors}>
          check CORS
        </Link>
        .
      </Text>
    );
  if (cors.readable)
    return (
      <div className={styles.row}>
        <Badge color="success" appearance="tint">
          CORS is on
        </Badge>
        <Text size={200}>Pages of {cors.origin} may read the container.</Text>
      </div>
    );
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody className={styles.found}>
        <MessageBarTitle>CORS is off for {cors.origin}</MessageBarTitle> {cors.hint}
      </MessageBarBody>
      {cors.settable && (
        <MessageBarActions>
          <Button size="small" disabled={busy} onClick={turnOnCors}>
            Turn on CORS
          </Button>
        </MessageBarActions>
      )}
    </MessageBar>
  );
}
