import { useSyncExternalStore } from "react";

/** Whether a media query holds now. */
export function useMedia(query: string): boolean {
  const media = window.matchMedia(query);
  return useSyncExternalStore(
    (heard) => {
      media.addEventListener("change", heard);
      return () => media.removeEventListener("change", heard);
    },
    () => media.matches,
  );
}
