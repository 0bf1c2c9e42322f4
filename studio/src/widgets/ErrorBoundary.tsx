import { Button } from "@fluentui/react-components";
import { Component, type ReactNode } from "react";
import { ProblemBar } from "./ProblemBar";

interface Props {
  children: ReactNode;
}

/** Says that a part of the page failed, in place of an empty page; what is kept stays kept. */
export class ErrorBoundary extends Component<Props, { error: Error | null }> {
  override state = { error: null as Error | null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    if (!this.state.error) return this.props.children;
    const problem = {
      message: `The Studio failed: ${this.state.error.message}`,
      hint: "Your sessions are kept. Load the page again; if it fails again, please report it.",
    };
    return (
      <ProblemBar problem={problem}>
        <Button onClick={() => window.location.reload()}>Load again</Button>
      </ProblemBar>
    );
  }
}
