import { Button, Tooltip } from "@fluentui/react-components";
import { CheckmarkRegular, CopyRegular } from "@fluentui/react-icons";
import { useEffect, useState } from "react";

interface Props {
  label: string;
  text: () => string;
  className?: string;
  /** Whether the label stands on the button. */
  worded?: boolean;
}

const SHOWN = 1500;

/** Puts a text into the clipboard, and says that it did. */
export function CopyButton({ label, text, className, worded = false }: Props) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (!said) return;
    const timer = window.setTimeout(() => setSaid(""), SHOWN);
    return () => window.clearTimeout(timer);
  }, [said]);
  async function copy() {
    try {
      await navigator.clipboard.writeText(text());
      setSaid("Copied");
    } catch {
      setSaid("This browser does not let a page copy here");
    }
  }
  const button = (
    <Button
      className={className}
      size="small"
      appearance="subtle"
      icon={said === "Copied" ? <CheckmarkRegular /> : <CopyRegular />}
      onClick={() => void copy()}
    >
      {worded ? said || label : null}
    </Button>
  );
  return worded ? (
    button
  ) : (
    <Tooltip content={said || label} relationship="label" {...(said ? { visible: true } : {})}>
      {button}
    </Tooltip>
  );
}
