/** An engine without wasm or workers, for unit tests of what stands on the port. */
import { OptimizationError } from "./errors";
import type { DifferencePicture, PreviewPicture } from "./look";
import type { Engine, EngineInfo, EngineTask, OptimizedImage, OptimizeOptions } from "./port";
import type { OptimizationResult, SettingsLayer } from "./types";

export interface FakeJob {
  task: EngineTask;
  settings: SettingsLayer;
  options: OptimizeOptions;
  finish(optimizedSize: number, extra?: Partial<OptimizationResult>): void;
  fail(code: string, message: string): void;
}

/** Jobs start at once and end when the test says so. */
export class FakeEngine implements Engine {
  readonly info: EngineInfo = { kind: "threads", threads: 2, version: "0.0.0-test", maxMemory: 2 ** 32 };
  readonly memory = 64 * 2 ** 20;
  readonly jobs: FakeJob[] = [];

  optimize(task: EngineTask, options: OptimizeOptions = {}): Promise<OptimizedImage> {
    return new Promise((resolve, reject) => {
      const settings = task.settings();
      options.onProgress?.({ stage: "sniff", fraction: 0 });
      options.signal?.addEventListener("abort", () => reject(OptimizationError.cancelled()));
      this.jobs.push({
        task,
        settings,
        options,
        finish: (optimizedSize, extra) =>
          resolve({
            blob: new Blob([new Uint8Array(optimizedSize)]),
            result: fakeResult(task.file.size, optimizedSize, extra),
          }),
        fail: (code, message) => reject(new OptimizationError(code, message)),
      });
    });
  }

  readonly calls: string[] = [];

  preview(): Promise<PreviewPicture> {
    const rgba = new Uint8ClampedArray(4);
    return Promise.resolve({ width: 1, height: 1, rgba, fullWidth: 10, fullHeight: 10 });
  }

  compare(): Promise<DifferencePicture> {
    return Promise.resolve({ width: 1, height: 1, rgba: new Uint8ClampedArray(4), score: 80 });
  }

  prioritize(key: number, priority: number): void {
    this.calls.push(`prioritize ${key} ${priority}`);
  }

  pause(): void {
    this.calls.push("pause");
  }

  resume(): void {
    this.calls.push("resume");
  }

  dispose(): void {
    this.jobs.length = 0;
  }
}

export function fakeResult(
  originalSize: number,
  optimizedSize: number,
  extra: Partial<OptimizationResult> = {},
): OptimizationResult {
  return {
    inputPath: "",
    outputPath: "",
    originalSize,
    optimizedSize,
    compressionRatio: optimizedSize / originalSize,
    elapsedTime: 1,
    inputFormat: "jpeg",
    format: "jpeg",
    width: 100,
    height: 50,
    frames: 1,
    goal: { score: 80 },
    quality: 70,
    lossless: false,
    score: 81,
    scoreSampled: false,
    engine: "core",
    engineReason: null,
    originalAllowed: true,
    keptOriginal: null,
    candidates: [],
    encodes: 1,
    sampleEncodes: 0,
    warnings: [],
    timings: [],
    attempts: 1,
    peakBytes: 0,
    ...extra,
  };
}
