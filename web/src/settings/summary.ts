import { FORMAT_NAMES } from "../ui/words";
import type { PanelSettings } from "./model";

/** What differs from the default, which keeps copyright and author. */
const METADATA_WORDS = { keep: "with metadata", strip: "no metadata at all" } as const;

/** The settings in one line, for where the panel is folded. */
export function summary(settings: PanelSettings): string {
  const parts = [goal(settings), formats(settings)];
  if (settings.width !== null || settings.height !== null) {
    parts.push(`${settings.width ?? "any"} × ${settings.height ?? "any"}`);
  }
  if (settings.metadata !== "safe") parts.push(METADATA_WORDS[settings.metadata]);
  return parts.join(" · ");
}

function goal(settings: PanelSettings): string {
  switch (settings.goal) {
    case "score":
      return `Looks the same (${settings.score})`;
    case "quality":
      return `Quality ${settings.quality}`;
    case "size":
      return `At most ${settings.size} ${settings.sizeUnit}`;
    case "lossless":
      return "Lossless";
  }
}

function formats({ formats }: PanelSettings): string {
  if (formats === "keep") return "same format";
  if (formats === "auto") return "best format";
  return formats.map((format) => FORMAT_NAMES[format]).join(", ");
}
