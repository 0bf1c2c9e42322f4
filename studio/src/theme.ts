/** Colours, light and dark, and which of them is shown. */

import {
  type BrandVariants,
  createDarkTheme,
  createLightTheme,
  type Theme,
} from "@fluentui/react-components";
import { create } from "zustand";
import { loadChoice, saveChoice } from "./session/storage";

const brand: BrandVariants = {
  10: "#020305",
  20: "#0b1a2b",
  30: "#0e2a49",
  40: "#0f3761",
  50: "#0f457a",
  60: "#0e5394",
  70: "#0d61ae",
  80: "#0f6cbd",
  90: "#2c80cc",
  100: "#4694da",
  110: "#60a8e6",
  120: "#7cbaef",
  130: "#98caf6",
  140: "#b4d9fa",
  150: "#cfe7fd",
  160: "#e8f4ff",
};

export const LIGHT: Theme = createLightTheme(brand);
export const DARK: Theme = createDarkTheme(brand);

export type Look = "system" | "light" | "dark";

export const useLook = create<{ look: Look }>(() => ({ look: "system" }));

export async function restoreLook(): Promise<void> {
  useLook.setState({ look: (await loadChoice<Look>("look")) ?? "system" });
}

export function setLook(look: Look): void {
  useLook.setState({ look });
  void saveChoice("look", look);
}
