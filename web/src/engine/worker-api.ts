import type { LookPicture, LookRequest } from "./look";
import type { ErrorReport, OptimizationResult, SettingsLayer } from "./types";

/** `[job, stage index, fraction]` of the jobs that moved since the last message. */
export type ProgressUpdate = [id: number, stage: number, fraction: number][];

export interface StartOptions {
  threads: number;
  /** The name of the `BroadcastChannel` on which a thread says that it died. */
  crashChannel: string;
  /** What an engine before this one was made of; undefined: it is fetched and compiled. */
  module?: WebAssembly.Module | undefined;
}

export interface StartReply {
  version: string;
  threads: number;
  maxMemory: number;
  looks: boolean;
  /** Bytes it holds from the start. */
  memory: number;
  /** To start the next engine with. */
  module?: WebAssembly.Module | undefined;
}

/** A reply rather than an exception: what is thrown across a worker's border loses its type and code. */
export type RunReply =
  | { ok: true; blob: Blob; result: OptimizationResult; memory: number }
  | { ok: false; error: ErrorReport; memory: number };

export type LookReply =
  | { ok: true; picture: LookPicture; memory: number }
  | { ok: false; error: ErrorReport; memory: number };

/** What an engine worker answers to, over comlink. */
export interface EngineWorkerApi {
  start(options: StartOptions, onProgress: (update: ProgressUpdate) => void): Promise<StartReply>;
  run(id: number, file: Blob, name: string, settings: SettingsLayer): Promise<RunReply>;
  look(id: number, request: LookRequest): Promise<LookReply>;
  cancel(id: number): void;
}
