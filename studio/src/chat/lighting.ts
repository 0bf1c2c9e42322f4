/** What lights up in a turn: a phrase and its regions, or a region and its phrases. */

import { tokens } from "@fluentui/react-components";
import { createContext, useContext } from "react";
import { NOTHING_TIED, type Tied } from "./phrases";

export type Lit = { phrase: number } | { region: number } | null;

export interface Lighting {
  tied: Tied;
  lit: Lit;
  light: (lit: Lit) => void;
}

export const LightingContext = createContext<Lighting>({
  tied: NOTHING_TIED,
  lit: null,
  light: () => undefined,
});

export function useLighting(): Lighting {
  return useContext(LightingContext);
}

export function isPhraseLit({ tied, lit }: Lighting, phrase: number): boolean {
  if (!lit) return false;
  if ("phrase" in lit) return lit.phrase === phrase;
  return tied.regions[lit.region]?.phrases.includes(phrase) ?? false;
}

export function isRegionLit({ tied, lit }: Lighting, region: number): boolean {
  if (!lit) return false;
  if ("region" in lit) return lit.region === region;
  return tied.phrases[lit.phrase]?.regions.includes(region) ?? false;
}

/** Whether a key presses a button. */
export function isPress({ key }: { key: string }): boolean {
  return key === "Enter" || key === " ";
}

const HUES = [
  tokens.colorPaletteBlueBorderActive,
  tokens.colorPaletteRedBorderActive,
  tokens.colorPaletteTealBorderActive,
  tokens.colorPaletteDarkOrangeBorderActive,
  tokens.colorPaletteBerryBorderActive,
  tokens.colorPaletteForestBorderActive,
  tokens.colorPaletteGrapeBorderActive,
  tokens.colorPaletteMarigoldBorderActive,
];

/** A style that tells rules the colour of a label, as `--hue`. */
export function hueStyle(hue: number): React.CSSProperties {
  return { "--hue": HUES[hue % HUES.length] } as React.CSSProperties;
}
