import type { DifferencePicture, LookOptions, PreviewPicture } from "./look";
import type { OptimizationResult, SettingsLayer, Stage } from "./types";

/** One image to be optimized. */
export interface EngineTask {
  /** The bytes, still on disk: they are read in a worker, when it is the image's turn. */
  file: Blob;
  /** The file's name: a lying extension is a warning in the result. */
  name: string;
  /** Asked when the image's turn comes, so that settings changed meanwhile apply. */
  settings: () => SettingsLayer;
  /** Higher goes first; equal ones in the order they came. Default: 0. */
  priority?: number;
  /** A name for the job, by which `prioritize` finds it. */
  key?: number;
}

export interface EngineProgress {
  stage: Stage;
  /** 0 to 1 over the whole job; null where it cannot be known (one thread, which is busy computing). */
  fraction: number | null;
}

export interface OptimizeOptions {
  signal?: AbortSignal;
  /** The first call says that the job has started. */
  onProgress?: (progress: EngineProgress) => void;
}

export interface OptimizedImage {
  blob: Blob;
  result: OptimizationResult;
}

/** What is running, for people and for tests. */
export interface EngineInfo {
  /** `threads`: one shared memory and a pool. `single`: independent workers of one thread each. */
  kind: "threads" | "single";
  threads: number;
  version: string;
  /** Whether it can make previews and show differences: an engine of an earlier build, kept offline, cannot. */
  looks?: boolean;
  /** The most memory the engine can have, in bytes, over all its workers. */
  maxMemory: number;
}

/** What the page knows of an engine. The in-memory one for tests is in `fake-engine.ts`. */
export interface Engine {
  readonly info: EngineInfo;
  /** Bytes of WebAssembly memory it holds now. */
  readonly memory: number;
  /** Rejects with an `OptimizationError` and nothing else. */
  optimize(task: EngineTask, options?: OptimizeOptions): Promise<OptimizedImage>;
  /** Changes how soon a waiting job runs; one that runs, or is not there, is left alone. */
  prioritize(key: number, priority: number): void;
  /** Starts nothing more until `resume`; what runs is finished. */
  pause(): void;
  resume(): void;
  /** A picture of any image the engine reads. Only where `info.looks`. */
  preview(file: Blob, longestEdge: number, options?: LookOptions): Promise<PreviewPicture>;
  /** Where the output differs from its original. Only where `info.looks`. */
  compare(
    original: Blob,
    optimized: Blob,
    settings: SettingsLayer,
    longestEdge: number,
    options?: LookOptions,
  ): Promise<DifferencePicture>;
  dispose(): void;
}
