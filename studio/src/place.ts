/** Where one is in the Studio: the part of the address after `#`. */

import { useSyncExternalStore } from "react";

export interface Place {
  page: "chat" | "indexes";
  /** What follows the page: the name of an index. */
  name: string;
}

export function usePlace(): Place {
  const hash = useSyncExternalStore(
    (heard) => {
      window.addEventListener("hashchange", heard);
      return () => window.removeEventListener("hashchange", heard);
    },
    () => window.location.hash,
  );
  const [page = "", name = ""] = hash.replace(/^#\/?/, "").split("/");
  return { page: page === "indexes" ? "indexes" : "chat", name: decodeURIComponent(name) };
}

export function goTo(page: Place["page"], name = ""): void {
  window.location.hash = name ? `/${page}/${encodeURIComponent(name)}` : `/${page}`;
}
