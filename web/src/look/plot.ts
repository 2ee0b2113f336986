/** Where the candidates of a result go in a plot of size against score. */
import type { Candidate, OptimizationResult } from "../engine/types";
import { formatBytes } from "../ui/format";
import type { Size } from "./view";

export interface Plot {
  left: number;
  right: number;
  top: number;
  bottom: number;
  points: { x: number; y: number; candidate: Candidate; key: string }[];
  sizes: { at: number; text: string }[];
  scores: { at: number; text: string }[];
  goalScore: number | null;
  goalSize: number | null;
}

const MARGIN = { left: 30, right: 14, top: 12, bottom: 22 };

export function plotOf({ candidates, goal }: OptimizationResult, { width, height }: Size): Plot {
  const left = MARGIN.left;
  const right = width - MARGIN.right;
  const top = MARGIN.top;
  const bottom = height - MARGIN.bottom;
  const wantedScore = typeof goal === "object" && "score" in goal ? goal.score : null;
  const wantedSize = typeof goal === "object" && "maxBytes" in goal ? goal.maxBytes : null;

  const sizes = spread(candidates.map(({ size }) => size).concat(wantedSize ?? []), 0.08);
  // What was not measured is lossless.
  const likeness = candidates.map(({ score }) => score ?? 100);
  const scores = spread(likeness.concat(wantedScore ?? []), 0.12);
  const high = Math.min(100, scores.high);
  const scoreTicks = ticks(scores.low, high);
  const x = (size: number) => left + ((size - sizes.low) / (sizes.high - sizes.low)) * (right - left);
  const y = (score: number) => bottom - ((score - scores.low) / (high - scores.low)) * (bottom - top);

  return {
    left,
    right,
    top,
    bottom,
    points: candidates
      .map((candidate, index) => ({
        x: x(candidate.size),
        y: y(candidate.score ?? 100),
        candidate,
        key: `${index} ${candidate.encoder}`,
      }))
      .sort((a, b) => a.candidate.size - b.candidate.size),
    sizes: ticks(sizes.low, sizes.high).values.map((size) => ({ at: x(size), text: formatBytes(size) })),
    scores: scoreTicks.values.map((score) => ({ at: y(score), text: score.toFixed(scoreTicks.decimals) })),
    goalScore: wantedScore === null ? null : y(wantedScore),
    goalSize: wantedSize === null ? null : x(wantedSize),
  };
}

/** Two to five round numbers in a range: multiples of 1, 2 or 5 times a power of ten. */
export function ticks(low: number, high: number): { values: number[]; decimals: number } {
  // A little less, so that what is round already is not rounded up for its last binary digit.
  const rough = ((high - low) / 4) * 0.999;
  const power = Math.floor(Math.log10(rough));
  const unit = 10 ** power;
  const factor = [1, 2, 5].find((each) => each * unit >= rough) ?? 10;
  const step = factor * unit;
  const values: number[] = [];
  for (let index = Math.ceil(low / step - 1e-6); index * step <= high + step * 1e-6; index++)
    values.push(index * step);
  return { values, decimals: Math.max(0, factor === 10 ? -power - 1 : -power) };
}

/** Lowest and highest, with air around them, and never the same. */
function spread(values: readonly number[], air: number): { low: number; high: number } {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const margin = Math.max((high - low) * air, Math.abs(high) * 0.01, 0.5);
  return { low: low - margin, high: high + margin };
}
