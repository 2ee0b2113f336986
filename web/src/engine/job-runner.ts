import type { compare, JobHandle, preview } from "planish-wasm/threads";
import { OptimizationError } from "./errors";
import type { LookPicture, LookRequest } from "./look";
import type { OptimizationResult, SettingsLayer } from "./types";
import type { LookReply, ProgressUpdate, RunReply } from "./worker-api";

/** How often running jobs are asked how far they are. Ten times a second looks continuous in a list. */
const PROGRESS_INTERVAL_MS = 100;

/** The part of a wasm package that runs jobs. */
export interface WasmJobs {
  createHandle(): JobHandle;
  optimize(
    bytes: Uint8Array,
    settingsJson: string,
    name: string,
    job: JobHandle,
  ): Promise<{ bytes: Uint8Array; result: string }>;
  /** Missing in a package of an earlier build. */
  preview?: typeof preview;
  compare?: typeof compare;
  memoryBytes(): number;
}

/** The jobs inside one engine worker: reads files, starts jobs, watches and cancels them. */
export class JobRunner {
  private readonly handles = new Map<number, JobHandle>();
  /** Cancelled while their file was still being read, before there was a handle. */
  private readonly cancelledEarly = new Set<number>();
  private readonly reading = new Set<number>();
  private readonly last = new Map<number, string>();
  private timer: ReturnType<typeof setInterval> | undefined;
  private readonly wasm: WasmJobs;
  private readonly report: (update: ProgressUpdate) => void;

  constructor(wasm: WasmJobs, report: (update: ProgressUpdate) => void) {
    this.wasm = wasm;
    this.report = report;
  }

  async run(id: number, file: Blob, name: string, settings: SettingsLayer): Promise<RunReply> {
    try {
      const bytes = await this.read(id, file);
      const handle = this.wasm.createHandle();
      this.watch(id, handle);
      try {
        const output = await this.wasm.optimize(bytes, JSON.stringify(settings), name, handle);
        // A blob rather than the bytes: it crosses to the page by reference, and the browser may keep it on disk.
        const result = JSON.parse(output.result) as OptimizationResult;
        const blob = new Blob([output.bytes as Uint8Array<ArrayBuffer>], { type: `image/${result.format}` });
        return { ok: true, blob, result, memory: this.wasm.memoryBytes() };
      } finally {
        this.unwatch(id);
        handle.free();
      }
    } catch (thrown) {
      const { code, message } = OptimizationError.from(thrown);
      return { ok: false, error: { code, message }, memory: this.wasm.memoryBytes() };
    }
  }

  async look(id: number, request: LookRequest): Promise<LookReply> {
    try {
      const file = await this.read(id, request.file);
      const optimized = request.kind === "compare" ? await this.read(id, request.optimized) : null;
      const handle = this.wasm.createHandle();
      this.watch(id, handle);
      try {
        const picture = await this.picture(request, file, optimized, handle);
        return { ok: true, picture, memory: this.wasm.memoryBytes() };
      } finally {
        this.unwatch(id);
        handle.free();
      }
    } catch (thrown) {
      const { code, message } = OptimizationError.from(thrown);
      return { ok: false, error: { code, message }, memory: this.wasm.memoryBytes() };
    }
  }

  private picture(
    request: LookRequest,
    file: Uint8Array,
    optimized: Uint8Array | null,
    handle: JobHandle,
  ): Promise<LookPicture> {
    if (request.kind === "preview" && this.wasm.preview) {
      return this.wasm.preview(file, request.longestEdge, handle);
    }
    if (request.kind === "compare" && optimized && this.wasm.compare) {
      const settings = JSON.stringify(request.settings);
      return this.wasm.compare(file, optimized, settings, request.longestEdge, handle);
    }
    throw new OptimizationError("engine_unavailable", "This engine makes no pictures.");
  }

  cancel(id: number): void {
    this.handles.get(id)?.cancel();
    if (this.reading.has(id)) this.cancelledEarly.add(id);
  }

  private async read(id: number, file: Blob): Promise<Uint8Array> {
    this.reading.add(id);
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      if (this.cancelledEarly.has(id)) throw OptimizationError.cancelled();
      return bytes;
    } catch (thrown) {
      if (thrown instanceof DOMException) {
        throw new OptimizationError("io", `The file could not be read: ${thrown.message}`);
      }
      throw thrown;
    } finally {
      this.reading.delete(id);
      this.cancelledEarly.delete(id);
    }
  }

  private watch(id: number, handle: JobHandle): void {
    this.handles.set(id, handle);
    this.timer ??= setInterval(() => this.poll(), PROGRESS_INTERVAL_MS);
  }

  private unwatch(id: number): void {
    this.handles.delete(id);
    this.last.delete(id);
    if (this.handles.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private poll(): void {
    const moved: ProgressUpdate = [];
    for (const [id, handle] of this.handles) {
      const [stage = 0, fraction = 0] = Array.from(handle.progress());
      const now = `${stage} ${fraction.toFixed(2)}`;
      if (this.last.get(id) === now) continue;
      this.last.set(id, now);
      moved.push([id, stage, fraction]);
    }
    if (moved.length > 0) this.report(moved);
  }
}
