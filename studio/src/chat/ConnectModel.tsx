import {
  Body1,
  Button,
  Card,
  makeStyles,
  Spinner,
  Subtitle2,
  tokens,
} from "@fluentui/react-components";
import { PlugConnectedRegular } from "@fluentui/react-icons";
import { useEffect, useState } from "react";
import { type FoundServer, foundServers, madeDeployment, nameFor } from "../api/deployments";
import { asProblem, type Problem } from "../api/server";
import { probe } from "../session/probing";
import type { Session } from "../session/session";
import { changeSetup, refresh, useStudio } from "../session/studio";
import { ProblemBar } from "../widgets/ProblemBar";

const useStyles = makeStyles({
  card: { gap: tokens.spacingVerticalM },
  title: { margin: 0 },
  text: { margin: 0, color: tokens.colorNeutralForeground2, overflowWrap: "anywhere" },
  models: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS },
});

/** Models of one server that are offered; the rest can be added by name. */
const OFFERED = 6;

/** What it means that no language model is connected, and how to connect one that runs here. */
export function ConnectModel({ session }: { session: Session }) {
  const styles = useStyles();
  const deployments = useStudio((studio) => studio.deployments);
  const [servers, setServers] = useState<FoundServer[]>([]);
  const [connecting, setConnecting] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    const leaving = new AbortController();
    foundServers(leaving.signal).then(setServers, () => undefined);
    return () => leaving.abort();
  }, []);

  async function connect(server: FoundServer, model: string) {
    setConnecting(model);
    setProblem(null);
    try {
      const name = nameFor(
        model,
        deployments.map(({ id }) => id),
      );
      await madeDeployment({ name, base_url: server.base_url, model });
      await refresh();
      changeSetup({ deployment: name }, session.id);
      // What it can do is asked meanwhile; until then the usual is assumed.
      void probe(name);
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setConnecting("");
    }
  }

  return (
    <Card className={styles.card} role="group" aria-label="Connect a model">
      <Subtitle2 as="h4" className={styles.title}>
        No language model is connected
      </Subtitle2>
      <Body1 as="p" className={styles.text}>
        The built-in answerer extractive finds pictures and quotes their descriptions and the text
        on them; it does not see pictures and writes nothing of its own. For real answers connect a
        model that sees: any server with the OpenAI API, such as Ollama, by{" "}
        <code>sightline deployments add</code> or in settings.toml (docs/deployments.md).
      </Body1>
      {servers.map((server) => (
        <div key={server.base_url} className={styles.models}>
          {server.models.slice(0, OFFERED).map((model) => (
            <Button
              key={model}
              icon={connecting === model ? <Spinner size="tiny" /> : <PlugConnectedRegular />}
              disabled={connecting !== ""}
              onClick={() => void connect(server, model)}
            >
              Connect {model} ({server.name})
            </Button>
          ))}
          {!server.models.length && (
            <Body1 className={styles.text}>
              {server.name} answers at {server.base_url}, but lists no models. {server.refusal}
            </Body1>
          )}
        </div>
      ))}
      {problem && <ProblemBar problem={problem} />}
    </Card>
  );
}
