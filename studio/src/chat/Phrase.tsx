import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import type { ReactNode } from "react";
import { hueStyle, isPhraseLit, isPress, useLighting } from "./lighting";

const useStyles = makeStyles({
  phrase: {
    color: "inherit",
    backgroundColor: "color-mix(in srgb, var(--hue) 12%, transparent)",
    borderBottom: "2px solid var(--hue)",
    borderRadius: tokens.borderRadiusSmall,
    cursor: "pointer",
    scrollMargin: "80px",
    "& code": { backgroundColor: "transparent" },
  },
  lit: { backgroundColor: "color-mix(in srgb, var(--hue) 40%, transparent)" },
});

/** Words that speak of regions: both light up together. */
export function Phrase({ phrase, children }: { phrase: number; children: ReactNode }) {
  const styles = useStyles();
  const lighting = useLighting();
  const { tied, light } = lighting;
  const first = tied.regions[tied.phrases[phrase]?.regions[0] ?? 0];
  return (
    // biome-ignore lint/a11y/useSemanticElements: words in a button cannot be selected
    <span
      role="button"
      tabIndex={0}
      data-phrase={phrase}
      className={mergeClasses(styles.phrase, isPhraseLit(lighting, phrase) && styles.lit)}
      style={hueStyle(first?.hue ?? 0)}
      onPointerEnter={() => light({ phrase })}
      onPointerLeave={() => light(null)}
      onFocus={() => light({ phrase })}
      onBlur={() => light(null)}
      onKeyDown={(event) => {
        if (!isPress(event)) return;
        event.preventDefault();
        toFirst(event.currentTarget, tied.phrases[phrase]?.regions[0]);
      }}
    >
      {children}
    </span>
  );
}

/** Bring the region of a phrase into view. */
function toFirst(from: Element, region: number | undefined) {
  const turn = from.closest("article");
  turn?.querySelector(`[data-region="${region}"]`)?.scrollIntoView({ block: "nearest" });
}
