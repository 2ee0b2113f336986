import type { ErrorReport } from "./types";

/** Codes of `OptimizationError::code` in core, stable across releases. */
export type CoreErrorCode =
  | "io"
  | "unknown_format"
  | "unsupported"
  | "corrupt"
  | "limit_exceeded"
  | "invalid_setting"
  | "encode"
  | "verify"
  | "goal_unreachable"
  | "cancelled"
  | "timed_out"
  | "internal";

/** What can go wrong around the core, in the browser alone. */
export type EngineErrorCode =
  /** The engine stopped twice with this image alone in it: out of memory, or a defect. */
  | "engine_crashed"
  /** WebAssembly is missing, or the engine could not be loaded. */
  | "engine_unavailable";

/** A newer core may know codes this page does not: they are passed on, and the page falls back on the message. */
export type ErrorCode = CoreErrorCode | EngineErrorCode | (string & {});

/** Why one image could not be optimized. Match on `code`; `message` is for people. */
export class OptimizationError extends Error {
  override readonly name = "OptimizationError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  static cancelled(): OptimizationError {
    return new OptimizationError("cancelled", "Cancelled.");
  }

  /** From whatever was thrown: one of these, wasm's `{ code, message }`, an `Error`, anything. */
  static from(thrown: unknown): OptimizationError {
    if (thrown instanceof OptimizationError) return thrown;
    if (isErrorReport(thrown)) return new OptimizationError(thrown.code, thrown.message);
    if (thrown instanceof Error) return new OptimizationError("internal", thrown.message);
    return new OptimizationError("internal", String(thrown));
  }
}

/** The whole engine stopped, not one job: whoever was in it may be tried again. */
export class EngineCrash extends Error {
  override readonly name = "EngineCrash";
}

function isErrorReport(value: unknown): value is ErrorReport {
  return (
    typeof value === "object" &&
    value !== null &&
    "code" in value &&
    "message" in value &&
    typeof value.code === "string" &&
    typeof value.message === "string"
  );
}
