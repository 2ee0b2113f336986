import type { FormatLayer } from "../engine/types";
import {
  DEFAULT_SETTINGS,
  FORMATS,
  type OutputFormats,
  type PanelSettings,
  RANGES,
  SQUOOSH_CODECS,
} from "./model";

interface Range {
  min: number;
  max: number;
}

/**
 * Reads settings kept from an earlier visit. Whoever wrote them (an older version, another page on the same
 * host, a curious user) is not trusted: every field that is not what it should be becomes its default.
 */
export function parseSettings(text: string | null): PanelSettings {
  const saved = parseObject(text);
  const d = DEFAULT_SETTINGS;
  const crop = objectOf(saved.crop);
  const edge = (value: unknown) => integer(value, RANGES.edge, null);
  return {
    goal: oneOf(saved.goal, ["score", "quality", "size", "lossless"], d.goal),
    score: numberIn(saved.score, RANGES.anyScore, d.score),
    quality: numberIn(saved.quality, RANGES.quality, d.quality),
    size: integer(saved.size, RANGES.size, d.size),
    sizeUnit: oneOf(saved.sizeUnit, ["B", "kB", "MB"], d.sizeUnit),
    formats: formats(saved.formats),
    background:
      typeof saved.background === "string" && /^#[0-9a-f]{6}$/.test(saved.background)
        ? saved.background
        : null,
    metadata: oneOf(saved.metadata, ["safe", "strip", "keep"], d.metadata),
    color: oneOf(saved.color, ["keep", "srgb"], d.color),
    effort: integer(saved.effort, RANGES.effort, d.effort),
    squoosh: squoosh(saved.squoosh),
    width: edge(saved.width),
    height: edge(saved.height),
    longEdge: edge(saved.longEdge),
    fit: oneOf(saved.fit, ["inside", "cover", "fill"], d.fit),
    enlarge: saved.enlarge === true,
    crop: {
      x: integer(crop.x, RANGES.offset, 0),
      y: integer(crop.y, RANGES.offset, 0),
      width: edge(crop.width),
      height: edge(crop.height),
    },
    rotate: oneOf(saved.rotate, [0, 90, 180, 270], d.rotate),
    flip: saved.flip === "horizontal" || saved.flip === "vertical" ? saved.flip : null,
    perFormat: perFormat(saved.perFormat),
  };
}

function parseObject(text: string | null): Record<string, unknown> {
  if (text === null) return {};
  try {
    return objectOf(JSON.parse(text));
  } catch {
    // Not JSON: nothing in it is worth keeping.
    return {};
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function oneOf<const T extends string | number>(value: unknown, allowed: readonly T[], otherwise: T): T {
  return allowed.find((candidate) => candidate === value) ?? otherwise;
}

function numberIn<T extends number | null>(value: unknown, { min, max }: Range, otherwise: T): number | T {
  return typeof value === "number" && value >= min && value <= max ? value : otherwise;
}

function integer<T extends number | null>(value: unknown, range: Range, otherwise: T): number | T {
  return Number.isInteger(value) ? numberIn(value, range, otherwise) : otherwise;
}

function formats(value: unknown): OutputFormats {
  if (value === "auto") return "auto";
  if (!Array.isArray(value)) return "keep";
  const known = FORMATS.filter((format) => value.includes(format));
  return known.length > 0 ? known : "keep";
}

function squoosh(value: unknown): PanelSettings["squoosh"] {
  return Array.isArray(value) ? SQUOOSH_CODECS.filter((codec) => value.includes(codec)) : [];
}

function perFormat(value: unknown): PanelSettings["perFormat"] {
  const saved = objectOf(value);
  const result: PanelSettings["perFormat"] = {};
  for (const format of FORMATS) {
    const own = objectOf(saved[format]);
    const quality = numberIn(own.quality, RANGES.quality, null);
    const effort = integer(own.effort, RANGES.effort, null);
    const layer: FormatLayer = {
      ...(quality !== null && { quality }),
      ...(effort !== null && { effort }),
    };
    if (Object.keys(layer).length > 0) result[format] = layer;
  }
  return result;
}
