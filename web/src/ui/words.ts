import type { ErrorReport, Format, Stage } from "../engine/types";

export const FORMAT_NAMES: Record<Format, string> = {
  jpeg: "JPEG",
  png: "PNG",
  webp: "WebP",
  avif: "AVIF",
  jxl: "JPEG XL",
  gif: "GIF",
  tiff: "TIFF",
  bmp: "BMP",
  ico: "ICO",
};

/** What is being done, to someone who has never heard of a pipeline. */
export const STAGE_WORDS: Record<Stage, string> = {
  sniff: "Reading",
  decode: "Decoding",
  analyse: "Analysing",
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

/** What the engine's own sentence leaves out; the other codes' sentences say it all. */
const ERROR_HEADS: Record<string, string> = {
  limit_exceeded: "Too large",
  io: "Could not be read",
  timed_out: "Took too long",
  engine_crashed: "Too much for this browser",
  engine_unavailable: "The engine is not available",
};

/** What went wrong in a few words, and the rest of the sentence. */
export function errorWords({ code, message }: ErrorReport): { head: string; rest: string } {
  const sentence = message.charAt(0).toUpperCase() + message.slice(1);
  const head = ERROR_HEADS[code];
  if (head) return { head, rest: sentence };
  const colon = sentence.indexOf(": ");
  return colon < 0
    ? { head: sentence, rest: "" }
    : { head: sentence.slice(0, colon), rest: sentence.slice(colon + 2) };
}
