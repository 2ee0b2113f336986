/**
 * From a layer of settings back to the panel: for recipes and presets. Whoever wrote it is not trusted, and
 * nobody is served by half of it: every mistake is named, and one is enough to take none.
 */
import type { FormatLayer } from "../engine/types";
import {
  DEFAULT_SETTINGS,
  FORMATS,
  type OutputFormats,
  type PanelSettings,
  RANGES,
  SQUOOSH_CODECS,
  sizeOf,
} from "./model";

export type LayerReading = { ok: true; settings: PanelSettings } | { ok: false; problems: string[] };

export const PRESET_NAMES = ["web", "photo", "archive", "share", "thumbnail"] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

/** @param presetOf what a `preset` in the layer starts from. */
export function readLayer(value: unknown, presetOf: (name: PresetName) => PanelSettings): LayerReading {
  const problems: string[] = [];
  const fields = table(value, "the recipe", problems);
  const preset = fields.preset === undefined ? null : oneOf(fields.preset, PRESET_NAMES, "preset", problems);
  const settings: PanelSettings = { ...(preset ? presetOf(preset) : DEFAULT_SETTINGS) };
  const rest: Record<string, (value: unknown) => void> = {
    preset: () => undefined,
    goal: (goal) => Object.assign(settings, readGoal(goal, problems)),
    formats: (formats) => {
      settings.formats = readFormats(formats, problems);
    },
    background: (color) => {
      if (typeof color === "string" && /^#[0-9a-f]{6}$/i.test(color))
        settings.background = color.toLowerCase();
      else problems.push(expected("background", "a colour such as #ffffff", color));
    },
    metadata: (policy) => {
      settings.metadata = oneOf(policy, ["safe", "strip", "keep"], "metadata", problems) ?? settings.metadata;
    },
    color: (policy) => {
      settings.color = oneOf(policy, ["keep", "srgb"], "color", problems) ?? settings.color;
    },
    effort: (effort) => {
      settings.effort = whole(effort, RANGES.effort, "effort", problems) ?? settings.effort;
    },
    squoosh: (codecs) => {
      settings.squoosh = readSquoosh(codecs, problems);
    },
    rotate: (degrees) => {
      settings.rotate = oneOf(degrees, [0, 90, 180, 270], "rotate", problems) ?? settings.rotate;
    },
    flip: (axis) => {
      settings.flip = oneOf(axis, ["horizontal", "vertical"], "flip", problems) ?? settings.flip;
    },
    resize: (box) => Object.assign(settings, readResize(box, problems)),
    crop: (rectangle) => Object.assign(settings, readCrop(rectangle, problems)),
  };
  for (const [name, field] of Object.entries(fields)) {
    const format = FORMATS.find((known) => known === name);
    if (format)
      settings.perFormat = { ...settings.perFormat, [format]: readFormatLayer(field, name, problems) };
    else if (rest[name]) rest[name](field);
    else problems.push(unknown(name, [...Object.keys(rest), ...FORMATS]));
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, settings };
}

function readGoal(value: unknown, problems: string[]): Partial<PanelSettings> {
  if (value === "lossless") return { goal: "lossless" };
  const fields = table(value, "goal", problems);
  only(fields, ["quality", "score", "maxBytes"], "goal", problems);
  const { quality, score, maxBytes } = fields;
  if (quality !== undefined) {
    const read = number(quality, RANGES.quality, "goal.quality", problems);
    return read === null ? {} : { goal: "quality", quality: read };
  }
  if (score !== undefined) {
    const read = number(score, RANGES.anyScore, "goal.score", problems);
    return read === null ? {} : { goal: "score", score: read };
  }
  if (maxBytes !== undefined) {
    const range = { min: 1, max: Number.MAX_SAFE_INTEGER };
    const read = whole(maxBytes, range, "goal.maxBytes", problems);
    return read === null ? {} : { goal: "size", ...sizeOf(read) };
  }
  if (problems.length === 0)
    problems.push(expected("goal", '"lossless", or a quality, score or maxBytes', value));
  return {};
}

function readFormats(value: unknown, problems: string[]): OutputFormats {
  if (value === "keep" || value === "auto") return value;
  if (!Array.isArray(value) || value.length === 0) {
    problems.push(expected("formats", '"keep", "auto" or a list of formats', value));
    return "keep";
  }
  const chosen = value.map((name) => oneOf(name, FORMATS, "formats", problems));
  return FORMATS.filter((format) => chosen.includes(format));
}

function readSquoosh(value: unknown, problems: string[]): PanelSettings["squoosh"] {
  if (!Array.isArray(value)) {
    problems.push(expected("squoosh", "a list of avif, jxl", value));
    return [];
  }
  const chosen = value.map((name) => oneOf(name, SQUOOSH_CODECS, "squoosh", problems));
  return SQUOOSH_CODECS.filter((codec) => chosen.includes(codec));
}

function readResize(value: unknown, problems: string[]): Partial<PanelSettings> {
  const fields = table(value, "resize", problems);
  only(fields, ["width", "height", "longEdge", "fit", "enlarge"], "resize", problems);
  const edge = (name: string) =>
    fields[name] === undefined || fields[name] === null
      ? null
      : whole(fields[name], RANGES.edge, `resize.${name}`, problems);
  if (fields.enlarge !== undefined && typeof fields.enlarge !== "boolean") {
    problems.push(expected("resize.enlarge", "true or false", fields.enlarge));
  }
  const fit =
    fields.fit === undefined
      ? "inside"
      : (oneOf(fields.fit, ["inside", "cover", "fill"], "resize.fit", problems) ?? "inside");
  const box = { width: edge("width"), height: edge("height"), longEdge: edge("longEdge") };
  if (Object.values(box).every((length) => length === null) && problems.length === 0) {
    problems.push(expected("resize", "a width, a height or a longEdge", "none of them"));
  }
  return { ...box, fit, enlarge: fields.enlarge === true };
}

function readCrop(value: unknown, problems: string[]): Partial<PanelSettings> {
  const fields = table(value, "crop", problems);
  only(fields, ["x", "y", "width", "height"], "crop", problems);
  const { offset, edge } = RANGES;
  return {
    crop: {
      x: whole(fields.x ?? 0, offset, "crop.x", problems) ?? 0,
      y: whole(fields.y ?? 0, offset, "crop.y", problems) ?? 0,
      width: whole(fields.width, edge, "crop.width", problems),
      height: whole(fields.height, edge, "crop.height", problems),
    },
  };
}

function readFormatLayer(value: unknown, name: string, problems: string[]): FormatLayer {
  const fields = table(value, name, problems);
  only(fields, ["quality", "effort"], name, problems);
  const layer: FormatLayer = {};
  if (fields.quality !== undefined) {
    layer.quality = number(fields.quality, RANGES.quality, `${name}.quality`, problems) ?? 0;
  }
  if (fields.effort !== undefined) {
    layer.effort = whole(fields.effort, RANGES.effort, `${name}.effort`, problems) ?? 0;
  }
  return layer;
}

function table(value: unknown, name: string, problems: string[]): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  problems.push(expected(name, "a table", value));
  return {};
}

function only(
  fields: Record<string, unknown>,
  known: readonly string[],
  name: string,
  problems: string[],
): void {
  for (const field of Object.keys(fields)) {
    if (!known.includes(field)) problems.push(unknown(`${name}.${field}`, known));
  }
}

function oneOf<const T extends string | number>(
  value: unknown,
  allowed: readonly T[],
  name: string,
  problems: string[],
): T | null {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) problems.push(expected(name, allowed.join(", "), value));
  return found ?? null;
}

function number(
  value: unknown,
  { min, max }: { min: number; max: number },
  name: string,
  problems: string[],
): number | null {
  if (typeof value === "number" && value >= min && value <= max) return value;
  problems.push(expected(name, `a number from ${min} to ${max}`, value));
  return null;
}

function whole(
  value: unknown,
  range: { min: number; max: number },
  name: string,
  problems: string[],
): number | null {
  if (value === undefined || Number.isInteger(value)) return number(value, range, name, problems);
  problems.push(expected(name, `a whole number from ${range.min} to ${range.max}`, value));
  return null;
}

function expected(name: string, what: string, got: unknown): string {
  return `${name}: expected ${what}, got ${got === undefined ? "nothing" : JSON.stringify(got)}`;
}

function unknown(name: string, known: readonly string[]): string {
  return `${name}: there is no such setting; there is ${known.join(", ")}`;
}
