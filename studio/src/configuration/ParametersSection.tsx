import { Button } from "@fluentui/react-components";
import { type Parameters, USUAL_PARAMETERS } from "../session/session";
import { changeSetup, useSession } from "../session/studio";
import { NumberField } from "./NumberField";
import { MAIN, MORE, type SamplingParameter } from "./parameters";
import { Section } from "./Section";
import { StopSequences } from "./StopSequences";

/** How answers are made. What is changed holds from the next question on. */
export function ParametersSection() {
  const { parameters } = useSession().setup;
  const usual = JSON.stringify(parameters) === JSON.stringify(USUAL_PARAMETERS);
  function set(part: Partial<Parameters>) {
    changeSetup({ parameters: { ...parameters, ...part } });
  }
  function field(parameter: SamplingParameter) {
    return (
      <NumberField
        key={parameter.key}
        parameter={parameter}
        value={parameters[parameter.key]}
        change={(value) => set({ [parameter.key]: value })}
      />
    );
  }
  return (
    <Section
      title="Parameters"
      action={
        <Button
          size="small"
          appearance="subtle"
          disabled={usual}
          aria-label="Reset parameters"
          onClick={() => changeSetup({ parameters: USUAL_PARAMETERS })}
        >
          Reset
        </Button>
      }
    >
      {MAIN.map(field)}
      <StopSequences stops={parameters.stop} change={(stop) => set({ stop })} />
      {MORE.map(field)}
    </Section>
  );
}
