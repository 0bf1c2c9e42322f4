/** Kept pictures as addresses that an `img` shows. */

import { useEffect, useState } from "react";
import { pictureBytes } from "./storage";

/** The address of a picture's bytes: undefined while they are fetched, null when they are gone. */
export function usePictureUrl(id: string): string | null | undefined {
  const [url, setUrl] = useState<string | null>();
  useEffect(() => {
    let made: string | null = null;
    let left = false;
    void pictureBytes(id).then((bytes) => {
      if (left) return;
      made = bytes ? URL.createObjectURL(bytes) : null;
      setUrl(made);
    });
    return () => {
      left = true;
      if (made) URL.revokeObjectURL(made);
    };
  }, [id]);
  return url;
}
