/** For a `Field`: what is wrong with its value, when something is. */
export function refused(message: string | undefined) {
  return message ? { validationMessage: message, validationState: "error" as const } : {};
}
