/**
 * What `scripts/build-wasm` leaves in `wasm/threads` and `wasm/single` (wasm-bindgen, `--target web`).
 * Written down here because the packages are not in the repository: without them the page must still
 * type-check. `planish-wasm/*` leads here for TypeScript and to the real packages for Vite.
 */
/** Cancels and watches one job. */
export class JobHandle {
  constructor();
  cancel(): void;
  /** Index into the stages, and 0 to 1 over the whole job. */
  progress(): ArrayLike<number>;
  free(): void;
}

export default function init(options: {
  /** Compiled already for the threads of the pool, else the address to fetch it from. */
  module_or_path: WebAssembly.Module | string;
  memory?: WebAssembly.Memory;
}): Promise<unknown>;

/** Only in the package with threads. */
export function initThreadPool(threads: number): Promise<unknown>;

/** Only in the package with threads: what a worker does as long as it is a thread of the pool. */
export function wbg_rayon_start_worker(receiver: number): void;

/** What Squoosh's codecs are to do next, `{ id }` alone where nobody waits for that answer any more. Only in the package with threads. */
export function squooshOrder(): Promise<
  | {
      id: number;
      codec: "avif" | "jxl";
      width: number;
      height: number;
      bits: number;
      /** JSON. */
      options: string;
      pixels: Uint8Array<ArrayBuffer>;
    }
  | { id: number }
>;

/** Only in the package with threads: a file, or why there is none. */
export function squooshAnswer(
  id: number,
  file: Uint8Array | undefined,
  message: string,
  unavailable: boolean,
): void;

export function version(): string;

/** How many threads share the work. */
export function threads(): number;

/** Decodes any file that can be optimized; `rgba` fits an `ImageData`. Rejects with `{ code, message }`. */
export function preview(
  bytes: Uint8Array,
  longestEdge: number,
  job: JobHandle,
): Promise<{
  width: number;
  height: number;
  rgba: Uint8ClampedArray<ArrayBuffer>;
  fullWidth: number;
  fullHeight: number;
}>;

/** Scores an output against its original and shows where it differs. Rejects with `{ code, message }`. */
export function compare(
  original: Uint8Array,
  optimized: Uint8Array,
  settingsJson: string,
  longestEdge: number,
  job: JobHandle,
): Promise<{ width: number; height: number; rgba: Uint8ClampedArray<ArrayBuffer>; score: number }>;

/** `result` is the JSON of an `OptimizationResult`. Rejects with `{ code, message }`. */
export function optimize(
  bytes: Uint8Array,
  settingsJson: string,
  name: string,
  job: JobHandle,
): Promise<{ bytes: Uint8Array; result: string }>;
