import { DEFAULT_SETTINGS, FORMATS, type OutputFormats, type PanelSettings, RANGES } from "./model";

/**
 * Reads settings kept from an earlier visit. Whoever wrote them (an older version, another page on the same
 * host, a curious user) is not trusted: every field that is not what it should be becomes its default.
 */
export function parseSettings(text: string | null): PanelSettings {
  const saved = parseObject(text);
  const d = DEFAULT_SETTINGS;
  return {
    goal: oneOf(saved.goal, ["score", "quality", "size", "lossless"], d.goal),
    score: integer(saved.score, RANGES.score, d.score),
    quality: integer(saved.quality, RANGES.quality, d.quality),
    size: integer(saved.size, RANGES.size, d.size),
    sizeUnit: oneOf(saved.sizeUnit, ["kB", "MB"], d.sizeUnit),
    formats: formats(saved.formats),
    metadata: oneOf(saved.metadata, ["safe", "strip", "keep"], d.metadata),
    width: saved.width === null ? null : integer(saved.width, RANGES.edge, null),
    height: saved.height === null ? null : integer(saved.height, RANGES.edge, null),
  };
}

function parseObject(text: string | null): Record<string, unknown> {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    // Not JSON: nothing in it is worth keeping.
    return {};
  }
}

function oneOf<const T extends string>(value: unknown, allowed: readonly T[], otherwise: T): T {
  return allowed.find((candidate) => candidate === value) ?? otherwise;
}

function integer<T extends number | null>(
  value: unknown,
  { min, max }: { min: number; max: number },
  otherwise: T,
): number | T {
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max
    ? value
    : otherwise;
}

function formats(value: unknown): OutputFormats {
  if (value === "auto") return "auto";
  if (!Array.isArray(value)) return "keep";
  const known = FORMATS.filter((format) => value.includes(format));
  return known.length > 0 ? known : "keep";
}
