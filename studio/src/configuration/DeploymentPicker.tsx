import {
  Badge,
  Button,
  Caption1,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Dropdown,
  Field,
  MessageBar,
  MessageBarBody,
  makeStyles,
  Option,
  tokens,
} from "@fluentui/react-components";
import { ChatRegular, EyeOffRegular, EyeRegular, TextQuoteRegular } from "@fluentui/react-icons";
import { useState } from "react";
import type { Deployment } from "../api/types";
import { changeSetup, useSession, useStudio } from "../session/studio";
import { eyesight, isBlindTo, kind } from "./capabilities";

const useStyles = makeStyles({
  picker: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalS },
  dropdown: { minWidth: 0, width: "100%" },
  option: { display: "flex", flexDirection: "column", minWidth: 0, overflowWrap: "anywhere" },
  quiet: { color: tokens.colorNeutralForeground3, overflowWrap: "anywhere" },
  badges: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalXS },
});

/** Which model answers, what it can do, and a warning before one that sees nothing is taken. */
export function DeploymentPicker() {
  const styles = useStyles();
  const session = useSession();
  const deployments = useStudio((studio) => studio.deployments);
  const [wanted, setWanted] = useState<Deployment | null>(null);
  const chosen = deployments.find(({ id }) => id === session.setup.deployment);

  function choose(id: string) {
    const next = deployments.find((one) => one.id === id);
    if (!next || next.id === chosen?.id) return;
    const loses = isBlindTo(next, session) && !isBlindTo(chosen, session);
    if (loses) setWanted(next);
    else changeSetup({ deployment: id });
  }

  return (
    <div className={styles.picker}>
      <Field label="Deployment">
        <Dropdown
          className={styles.dropdown}
          value={session.setup.deployment}
          selectedOptions={[session.setup.deployment]}
          onOptionSelect={(_, { optionValue }) => choose(String(optionValue))}
        >
          {deployments.map((one) => (
            <Option key={one.id} value={one.id} text={one.id}>
              <span className={styles.option}>
                {one.id}
                <Caption1 className={styles.quiet}>
                  {eyesight(one)} · {kind(one)}
                </Caption1>
              </span>
            </Option>
          ))}
        </Dropdown>
      </Field>
      {chosen && <Capabilities deployment={chosen} />}
      {!chosen && deployments.length > 0 && (
        <MessageBar intent="error" layout="multiline">
          <MessageBarBody>
            The server has no deployment “{session.setup.deployment}” now. Choose another.
          </MessageBarBody>
        </MessageBar>
      )}
      {isBlindTo(chosen, session) && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            It does not see the pictures of this session. It is told the text that is read on them,
            and with Vision what is found on them.
          </MessageBarBody>
        </MessageBar>
      )}
      <Dialog modalType="alert" open={wanted !== null}>
        <DialogSurface>
          <DialogBody>
            <DialogTitle>{wanted?.id} does not see pictures</DialogTitle>
            <DialogContent>
              This session has pictures. They stay in it, but {wanted?.id} answers without seeing
              them. Nothing else changes, and you can switch back at any time.
            </DialogContent>
            <DialogActions>
              <Button onClick={() => setWanted(null)}>Keep {session.setup.deployment}</Button>
              <Button
                appearance="primary"
                onClick={() => {
                  if (wanted) changeSetup({ deployment: wanted.id });
                  setWanted(null);
                }}
              >
                Switch
              </Button>
            </DialogActions>
          </DialogBody>
        </DialogSurface>
      </Dialog>
    </div>
  );
}

function Capabilities({ deployment }: { deployment: Deployment }) {
  const styles = useStyles();
  const { sees, language_model } = deployment.capabilities;
  return (
    <>
      <div className={styles.badges}>
        <Badge
          appearance="tint"
          color={sees ? "brand" : "informative"}
          icon={sees ? <EyeRegular /> : <EyeOffRegular />}
        >
          {eyesight(deployment)}
        </Badge>
        <Badge
          appearance="tint"
          color={language_model ? "brand" : "informative"}
          icon={language_model ? <ChatRegular /> : <TextQuoteRegular />}
        >
          {kind(deployment)}
        </Badge>
      </div>
      {deployment.notice && <Caption1 className={styles.quiet}>{deployment.notice}</Caption1>}
    </>
  );
}
