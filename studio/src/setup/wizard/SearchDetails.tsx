import {
  Button,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Select,
  Spinner,
  Text,
  tokens,
} from "@fluentui/react-components";
import { useEffect, useState } from "react";
import { asProblem, get, type Problem } from "../../api/server";
import { useStudio } from "../../session/studio";
import { count } from "../../widgets/amounts";
import { ProblemBar } from "../../widgets/ProblemBar";
import { Revealed } from "../../widgets/Revealed";
import { refused } from "../../widgets/refused";
import { missing, setForm, useForm } from "./form";
import { IndexField } from "./IndexField";
import { changePlace, examine } from "./saving";

const useStyles = makeStyles({
  row: { display: "flex", gap: tokens.spacingHorizontalM, alignItems: "center", flexWrap: "wrap" },
  code: {
    margin: 0,
    padding: tokens.spacingHorizontalM,
    backgroundColor: tokens.colorNeutralBackground3,
    borderRadius: tokens.borderRadiusMedium,
    overflowX: "auto",
  },
  examined: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalM },
  findings: { margin: 0, paddingLeft: "20px" },
  fields: {
    display: "grid",
    gridTemplateColumns: "repeat(auto-fill, minmax(200px, 1fr))",
    gap: tokens.spacingHorizontalM,
  },
});

interface Services {
  search_services: { name: string; endpoint: string }[];
  vision_services: { name: string; endpoint: string }[];
}

const EXAMPLE = `[[search_services]]
name = "acme"
endpoint = "https://acme.search.windows.net"
api_key_env = "ACME_SEARCH_KEY"`;

/** Which index at which service, and which of its fields holds what. */
export function SearchDetails() {
  const styles = useStyles();
  const form = useForm();
  const indexes = useStudio((studio) => studio.indexes);
  const [services, setServices] = useState<Services | null>(null);
  const [distant, setDistant] = useState<string[]>([]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const wrong = form.pressed ? missing(form, indexes) : {};
  const { service } = form;
  useEffect(() => {
    get<Services>("api/search-services").then(setServices, (error) => setProblem(asProblem(error)));
  }, []);
  useEffect(() => {
    setDistant([]);
    if (!service) return;
    get<{ indexes: string[] }>(`api/search-services/${encodeURIComponent(service)}/indexes`).then(
      (found) => {
        setProblem(null);
        setDistant(found.indexes);
      },
      (error) => setProblem(asProblem(error)),
    );
  }, [service]);
  if (problem && !services) return <ProblemBar problem={problem} />;
  if (!services) return <Spinner label="Loading" />;
  if (!services.search_services.length)
    return (
      <>
        <Text>
          No search service is configured at this server. Name it in <code>settings.toml</code> of
          the workspace, put its key into the environment, and start the server again:
        </Text>
        <pre className={styles.code}>{EXAMPLE}</pre>
      </>
    );
  return (
    <>
      <Field label="Search service" required {...refused(wrong.service)}>
        <Select value={service} onChange={(_, { value }) => changePlace({ service: value })}>
          <option value="">Choose one</option>
          {services.search_services.map(({ name, endpoint }) => (
            <option key={name} value={name}>
              {name} ({endpoint})
            </option>
          ))}
        </Select>
      </Field>
      {problem && <ProblemBar problem={problem} />}
      <Field
        label="Index at the service"
        required
        hint={problem ? "The names can't be listed; type the name." : "Choose a name or type it."}
        {...refused(wrong.distant)}
      >
        <Input
          list="distant-indexes"
          value={form.distant}
          spellCheck={false}
          onChange={(_, { value }) => {
            const follows = form.index === form.distant || /^my-pictures/.test(form.index);
            changePlace(follows && value ? { distant: value, index: value } : { distant: value });
          }}
        />
      </Field>
      <datalist id="distant-indexes">
        {distant.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <IndexField label="Name here" />
      <Field label="Its vectors were made by">
        <Select value={form.encoder} onChange={(_, { value }) => changePlace({ encoder: value })}>
          <option value="">This server's encoder, or the one that the index names</option>
          {services.vision_services.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </Select>
      </Field>
      <div className={styles.row}>
        <Button disabledFocusable={form.busy} onClick={examine}>
          Test connection
        </Button>
        {form.busy && <Text role="status">Looking at the index …</Text>}
      </div>
      {form.examined && (
        <Revealed>
          <ExaminedState />
        </Revealed>
      )}
    </>
  );
}

const FIELDS: [string, string][] = [
  ["image_vector", "Vector of the picture"],
  ["content", "Content"],
  ["title", "Title"],
  ["filepath", "File name"],
  ["url", "Address"],
];

function ExaminedState() {
  const styles = useStyles();
  const { examined, fields } = useForm();
  if (!examined) return null;
  const guessed = examined.attached.fields;
  return (
    <div className={styles.examined}>
      <MessageBar intent="success" layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>
            {examined.rows === null ? "It fits" : `It fits: ${count(examined.rows, "document")}`}
          </MessageBarTitle>
          <ul className={styles.findings}>
            {examined.findings.map((finding) => (
              <li key={finding}>{finding}</li>
            ))}
          </ul>
        </MessageBarBody>
      </MessageBar>
      <Text weight="semibold">Which field holds what</Text>
      <div className={styles.fields}>
        {FIELDS.map(([name, label]) => (
          <Field key={name} label={label} size="small">
            <Input
              value={fields[name] ?? ""}
              placeholder={[guessed[name] ?? []].flat().join(", ")}
              onChange={(_, { value }) => setForm({ fields: { ...fields, [name]: value } })}
            />
          </Field>
        ))}
      </div>
    </div>
  );
}
