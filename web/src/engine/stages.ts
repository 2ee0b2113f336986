import type { Stage } from "./types";

/** The stages in pipeline order: wasm reports the index. */
export const STAGES = [
  "sniff",
  "decode",
  "analyse",
  "plan",
  "transform",
  "encode",
  "measure",
  "select",
  "verify",
] as const satisfies readonly Stage[];

export function stageAt(index: number): Stage {
  return STAGES[Math.min(Math.max(Math.trunc(index), 0), STAGES.length - 1)] ?? "sniff";
}
