import type { Format, Goal, MetadataPolicy, SettingsLayer } from "../engine/types";

export type GoalKind = "score" | "quality" | "size" | "lossless";
export type SizeUnit = "kB" | "MB";
export type OutputFormats = "keep" | "auto" | Format[];

/**
 * What the panel shows. Each goal keeps its own value, so that going from one to another and back loses
 * nothing; only the chosen one becomes a setting.
 */
export interface PanelSettings {
  goal: GoalKind;
  score: number;
  quality: number;
  size: number;
  sizeUnit: SizeUnit;
  formats: OutputFormats;
  metadata: MetadataPolicy;
  /** Pixels; null means any. */
  width: number | null;
  height: number | null;
}

/** The core's own defaults, so that an untouched panel and the bare command do the same. */
export const DEFAULT_SETTINGS: PanelSettings = {
  goal: "score",
  score: 80,
  quality: 80,
  size: 200,
  sizeUnit: "kB",
  formats: "keep",
  metadata: "safe",
  width: null,
  height: null,
};

export const RANGES = {
  score: { min: 70, max: 95 },
  quality: { min: 1, max: 100 },
  size: { min: 1, max: 9999 },
  edge: { min: 1, max: 65_535 },
} as const;

/** In the order in which they are shown and written. */
export const FORMATS = ["jpeg", "png", "webp", "avif"] as const satisfies readonly Format[];

const UNIT_BYTES: Record<SizeUnit, number> = { kB: 1_000, MB: 1_000_000 };

export function goalOf(panel: PanelSettings): Goal {
  switch (panel.goal) {
    case "score":
      return { score: panel.score };
    case "quality":
      return { quality: panel.quality };
    case "size":
      return { maxBytes: Math.round(panel.size * UNIT_BYTES[panel.sizeUnit]) };
    case "lossless":
      return "lossless";
  }
}

/** The panel's layer of the settings cascade. */
export function toLayer(panel: PanelSettings): SettingsLayer {
  const layer: SettingsLayer = { goal: goalOf(panel), formats: panel.formats, metadata: panel.metadata };
  if (panel.width !== null || panel.height !== null) {
    layer.resize = {
      ...(panel.width !== null && { width: panel.width }),
      ...(panel.height !== null && { height: panel.height }),
    };
  }
  return layer;
}

/** Equal keys mean equal settings: how an image is known to have been made with others. */
export function settingsKey(panel: PanelSettings): string {
  return JSON.stringify(toLayer(panel));
}

/** Turns one format on or off. `keep` and `auto` stand for themselves; an empty list means `keep`. */
export function withFormatToggled(formats: OutputFormats, format: Format): OutputFormats {
  const chosen: readonly Format[] = Array.isArray(formats) ? formats : [];
  const next = FORMATS.filter((other) =>
    other === format ? !chosen.includes(other) : chosen.includes(other),
  );
  return next.length > 0 ? next : "keep";
}
