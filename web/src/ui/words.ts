import type { Format, Stage } from "../engine/types";

export const FORMAT_NAMES: Record<Format, string> = { jpeg: "JPEG", png: "PNG", webp: "WebP", avif: "AVIF" };

/** What is being done, to someone who has never heard of a pipeline. */
export const STAGE_WORDS: Record<Stage, string> = {
  sniff: "Reading",
  decode: "Decoding",
  analyse: "Looking",
  plan: "Planning",
  transform: "Resizing",
  encode: "Trying sizes",
  measure: "Comparing",
  select: "Choosing",
  verify: "Checking",
};

export interface ScoreWord {
  word: string;
  /** `same`: nobody sees a difference. `close`: one who looks for it may. `visible`: anyone does. */
  kind: "same" | "close" | "visible";
}

/** SSIMULACRA2 in words, by the scale of its authors. */
export function scoreWord(score: number, lossless = false): ScoreWord {
  if (lossless || score >= 99.995) return { word: "identical", kind: "same" };
  if (score >= 90) return { word: "indistinguishable", kind: "same" };
  if (score >= 80) return { word: "looks the same", kind: "same" };
  if (score >= 70) return { word: "very close", kind: "close" };
  if (score >= 50) return { word: "small differences", kind: "close" };
  return { word: "visibly different", kind: "visible" };
}

/** A heading for each error code; the engine's own sentence follows it. */
const ERROR_TITLES: Record<string, string> = {
  unknown_format: "Not an image planish knows",
  unsupported: "Not supported",
  corrupt: "Damaged file",
  limit_exceeded: "Too large",
  invalid_setting: "Setting not possible",
  goal_unreachable: "Goal out of reach",
  io: "Could not be read",
  encode: "Encoder failed",
  verify: "Result failed its check",
  timed_out: "Took too long",
  engine_crashed: "Too much for this browser",
  engine_unavailable: "Engine not available",
  internal: "Internal error",
};

export function errorTitle(code: string): string {
  return ERROR_TITLES[code] ?? "Failed";
}
