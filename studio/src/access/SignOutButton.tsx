import { Button, Tooltip } from "@fluentui/react-components";
import { SignOutRegular } from "@fluentui/react-icons";
import { signOut, useAccess } from "./signIn";

/** Shown while this browser is signed in. */
export function SignOutButton() {
  const key = useAccess((access) => access.key);
  if (!key) return null;
  return (
    <Tooltip content={`Sign out (key “${key}”)`} relationship="label">
      <Button appearance="subtle" icon={<SignOutRegular />} onClick={() => void signOut()} />
    </Tooltip>
  );
}
