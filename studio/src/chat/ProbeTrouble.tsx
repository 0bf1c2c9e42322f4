import { Button } from "@fluentui/react-components";
import { Problem } from "../api/server";
import { probe, useUnprobed } from "../session/probing";
import { ProblemBar } from "../widgets/ProblemBar";

/** That a deployment could not be asked what it can do, and how to ask it again. */
export function ProbeTrouble({ deployment }: { deployment: string }) {
  const problem = useUnprobed((unprobed) => unprobed[deployment]);
  if (!problem) return null;
  const told = new Problem(`${deployment} could not be asked what it can do. ${problem.message}`, {
    code: problem.code,
    hint: problem.hint,
  });
  return (
    <ProblemBar problem={told}>
      <Button onClick={() => void probe(deployment)}>Ask again</Button>
    </ProblemBar>
  );
}
