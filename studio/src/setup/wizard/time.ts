/** How long the ingestion may take: the server judges it by the last ones. */

import { useEffect, useState } from "react";
import type { Found, Upload } from "../../api/data";
import { get, send } from "../../api/server";
import { duration } from "../../widgets/amounts";
import { placeOf, useForm } from "./form";
import { useUploading } from "./uploading";

type Estimated = Pick<Upload, "estimated_seconds">;

/** The time in words, and what it rests on. */
export function useTime(): string {
  const { kind, readText, address, found } = useForm();
  const { upload, sending } = useUploading();
  const [seconds, setSeconds] = useState<number | null>(null);
  useEffect(() => {
    let asking = true;
    const told = (seconds: number | null) => {
      if (asking) setSeconds(seconds);
    };
    const ask = async (): Promise<Estimated> => {
      if (kind === "upload")
        return get<Upload>(`api/uploads/${upload}?limit=1&read_text=${readText}`);
      // It was listed with reading; that is not done twice.
      if (found && readText) return found;
      const body = { source: placeOf(address), read_text: readText };
      return send<Found>("POST", "api/sources/test", body);
    };
    if (kind === "container" || (upload && !sending))
      ask().then(
        ({ estimated_seconds = null }) => told(estimated_seconds),
        () => told(null),
      );
    return () => {
      asking = false;
    };
  }, [kind, readText, address, found, upload, sending]);
  if (seconds === null)
    return "Unknown until it runs: there is no earlier ingestion here to judge by";
  const words = duration(seconds);
  return `${words[0]?.toUpperCase()}${words.slice(1)}, as the last ingestions here went`;
}
