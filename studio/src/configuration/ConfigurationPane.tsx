import { DataSection } from "./DataSection";
import { DeploymentPicker } from "./DeploymentPicker";
import { ParametersSection } from "./ParametersSection";
import { SessionSection } from "./SessionSection";
import { VisionSection } from "./VisionSection";

/** Which model answers, and how. */
export function ConfigurationPane() {
  return (
    <>
      <DeploymentPicker />
      <VisionSection />
      <DataSection />
      <ParametersSection />
      <SessionSection />
    </>
  );
}
