import { type ReactNode, useEffect, useRef } from "react";

/** Something that was not there before, scrolled to where it can be seen. */
export function Revealed({ children }: { children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => void place.current?.scrollIntoView({ block: "nearest" }), []);
  return <div ref={place}>{children}</div>;
}
