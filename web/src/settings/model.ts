import type {
  ColorPolicy,
  Fit,
  Flip,
  Format,
  FormatLayer,
  Goal,
  MetadataPolicy,
  Rotation,
  SettingsLayer,
  SquooshCodec,
} from "../engine/types";

export type GoalKind = "score" | "quality" | "size" | "lossless";
export type SizeUnit = "B" | "kB" | "MB";
export type OutputFormats = "keep" | "auto" | Format[];

/** A rectangle that is being typed: without a width and a height it is none yet. */
export interface PanelCrop {
  x: number;
  y: number;
  width: number | null;
  height: number | null;
}

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
  /** `#rrggbb`; null means none. */
  background: string | null;
  metadata: MetadataPolicy;
  color: ColorPolicy;
  effort: number;
  /** Formats that Squoosh's codecs encode instead of the built-in encoders. */
  squoosh: SquooshCodec[];
  /** Pixels; null means any. */
  width: number | null;
  height: number | null;
  longEdge: number | null;
  fit: Fit;
  enlarge: boolean;
  crop: PanelCrop;
  rotate: Rotation;
  flip: Flip | null;
  /** What single formats decide for themselves. */
  perFormat: Partial<Record<Format, FormatLayer>>;
}

/** The core's own defaults, so that an untouched panel and the bare command do the same. */
export const DEFAULT_SETTINGS: PanelSettings = {
  goal: "score",
  score: 80,
  quality: 80,
  size: 200,
  sizeUnit: "kB",
  formats: "keep",
  background: null,
  metadata: "safe",
  color: "keep",
  effort: 5,
  squoosh: [],
  width: null,
  height: null,
  longEdge: null,
  fit: "inside",
  enlarge: false,
  crop: { x: 0, y: 0, width: null, height: null },
  rotate: 0,
  flip: null,
  perFormat: {},
};

export const RANGES = {
  /** What makes sense to drag to; a recipe may say any score from 1 to 100. */
  score: { min: 70, max: 95 },
  anyScore: { min: 1, max: 100 },
  quality: { min: 1, max: 100 },
  size: { min: 1, max: 999_999_999 },
  effort: { min: 1, max: 9 },
  edge: { min: 1, max: 65_535 },
  offset: { min: 0, max: 65_534 },
} as const;

/** In the order in which they are shown and written. */
export const FORMATS = [
  "jpeg",
  "png",
  "webp",
  "avif",
  "jxl",
  "gif",
  "tiff",
] as const satisfies readonly Format[];

/** Formats that one of Squoosh's codecs can encode. */
export const SQUOOSH_CODECS = ["avif", "jxl"] as const satisfies readonly SquooshCodec[];

const UNIT_BYTES: Record<SizeUnit, number> = { B: 1, kB: 1_000, MB: 1_000_000 };

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

/** The largest unit in which it is a whole number. */
export function sizeOf(bytes: number): Pick<PanelSettings, "size" | "sizeUnit"> {
  if (bytes % 1_000_000 === 0) return { size: bytes / 1_000_000, sizeUnit: "MB" };
  if (bytes % 1_000 === 0) return { size: bytes / 1_000, sizeUnit: "kB" };
  return { size: bytes, sizeUnit: "B" };
}

/** The panel's layer of the settings cascade: the basics always, the rest where it differs from the defaults. */
export function toLayer(panel: PanelSettings): SettingsLayer {
  const layer: SettingsLayer = { goal: goalOf(panel), formats: panel.formats, metadata: panel.metadata };
  const { width, height } = panel.crop;
  if (width !== null && height !== null) {
    layer.crop = { x: panel.crop.x, y: panel.crop.y, width, height };
  }
  if (panel.rotate !== 0) layer.rotate = panel.rotate;
  if (panel.flip !== null) layer.flip = panel.flip;
  if (resizes(panel)) {
    layer.resize = {
      ...(panel.width !== null && { width: panel.width }),
      ...(panel.height !== null && { height: panel.height }),
      ...(panel.longEdge !== null && { longEdge: panel.longEdge }),
      ...(fitMatters(panel) && panel.fit !== "inside" && { fit: panel.fit }),
      ...(panel.enlarge && { enlarge: true }),
    };
  }
  if (panel.background !== null) layer.background = panel.background;
  if (panel.color !== DEFAULT_SETTINGS.color) layer.color = panel.color;
  if (panel.effort !== DEFAULT_SETTINGS.effort) layer.effort = panel.effort;
  if (panel.squoosh.length > 0) layer.squoosh = panel.squoosh;
  for (const format of FORMATS) {
    const own = panel.perFormat[format];
    if (own && Object.keys(own).length > 0) layer[format] = own;
  }
  return layer;
}

export function resizes({ width, height, longEdge }: PanelSettings): boolean {
  return width !== null || height !== null || longEdge !== null;
}

/** A box of two edges has proportions of its own; anything less keeps those of the image. */
export function fitMatters({ width, height }: PanelSettings): boolean {
  return width !== null && height !== null;
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

/** Turns one of Squoosh's codecs on or off. */
export function withSquooshToggled(codecs: readonly SquooshCodec[], codec: SquooshCodec): SquooshCodec[] {
  return SQUOOSH_CODECS.filter((other) =>
    other === codec ? !codecs.includes(other) : codecs.includes(other),
  );
}

/** One format's own quality or effort; null takes it away. */
export function withFormatLayer(
  perFormat: PanelSettings["perFormat"],
  format: Format,
  field: keyof FormatLayer,
  value: number | null,
): PanelSettings["perFormat"] {
  const { [field]: _, ...rest } = perFormat[format] ?? {};
  const own: FormatLayer = value === null ? rest : { ...rest, [field]: value };
  const { [format]: __, ...others } = perFormat;
  return Object.keys(own).length > 0 ? { ...others, [format]: own } : others;
}
