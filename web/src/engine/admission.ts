import type { Dimensions } from "./dimensions";

/**
 * Memory one pixel costs while its image is in work: the decoded input, the reference and a candidate as
 * floating-point planes for the metric, and the encoder's own frames. Measured in Chromium on photos of 3 to
 * 12 megapixels, from an empty engine to its high-water mark: 39 (PNG) to 68 (AVIF) bytes.
 */
export const BYTES_PER_PIXEL = 80;

/** Tables, small buffers and what the allocator cannot reuse. */
const BYTES_PER_JOB = 8 * 2 ** 20;

/** Images whose header says nothing are mostly not images, and refused within a millisecond. */
const UNKNOWN_IMAGE = 32 * 2 ** 20;

/** What a job is expected to need at its peak. */
export function estimateBytes(fileSize: number, dimensions: Dimensions | null): number {
  // The file is in memory twice, as it was read and as the best candidate so far.
  const files = 2 * fileSize + BYTES_PER_JOB;
  if (!dimensions) return files + UNKNOWN_IMAGE;
  return files + dimensions.width * dimensions.height * BYTES_PER_PIXEL;
}

/** Not all of the memory can be promised: it is never filled without gaps. */
export function memoryBudget(maxMemory: number): number {
  return maxMemory * 0.75;
}

/** Whether a job fits beside the ones that run. A job alone always may: core refuses what cannot be done. */
export function fits(estimate: number, reserved: number, budget: number): boolean {
  return reserved === 0 || reserved + estimate <= budget;
}
