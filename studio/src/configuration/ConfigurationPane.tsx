import { Dropdown, Field, Option, Switch } from "@fluentui/react-components";
import { changeSetup, useSession, useStudio } from "../session/studio";

/** Which model answers, and how. */
export function ConfigurationPane() {
  const { setup } = useSession();
  const deployments = useStudio((studio) => studio.deployments);
  return (
    <>
      <Field label="Deployment">
        <Dropdown
          value={setup.deployment}
          selectedOptions={[setup.deployment]}
          onOptionSelect={(_, { optionValue }) => changeSetup({ deployment: String(optionValue) })}
        >
          {deployments.map(({ id }) => (
            <Option key={id}>{id}</Option>
          ))}
        </Dropdown>
      </Field>
      <Switch
        label="Vision"
        checked={setup.vision.on}
        onChange={(_, { checked }) => changeSetup({ vision: { ...setup.vision, on: checked } })}
      />
    </>
  );
}
