import type { Dimensions } from "../engine/dimensions";
import type { EngineProgress } from "../engine/port";
import type { ErrorReport, OptimizationResult } from "../engine/types";

export type ItemId = number;

/** Where a file lies on the disk, as far as the browser tells: what writing back to it needs. */
export interface Origin {
  /** What was dropped or picked: the file itself, or a folder that it is in. */
  root: FileSystemHandle;
  /** From that folder to the file, `/` between the parts; empty where the root is the file. */
  path: string;
}

/** A file as it came in, with its place in the folder it came from. */
export interface IncomingFile {
  file: File;
  /** Relative, `/` between the parts; just the name for a single file. */
  path: string;
  origin?: Origin | undefined;
}

export interface Output {
  blob: Blob;
  /** For links; revoked with the item. */
  url: string;
  /** The input's path with the extension of the output's format. */
  path: string;
  result: OptimizationResult;
  /** What it was made with. */
  settingsKey: string;
}

/** What is known of an item whatever becomes of it. */
interface ItemBase {
  readonly id: ItemId;
  readonly file: File;
  readonly path: string;
  readonly name: string;
  readonly origin?: Origin | undefined;
  readonly dimensions: Dimensions | null;
}

export type ItemState =
  | { readonly state: "waiting" }
  | { readonly state: "working"; readonly progress: EngineProgress }
  | { readonly state: "done"; readonly output: Output }
  | { readonly state: "failed"; readonly error: ErrorReport }
  | { readonly state: "cancelled" };

export type QueueItem = ItemBase & ItemState;

export function isActive(item: QueueItem): boolean {
  return item.state === "waiting" || item.state === "working";
}
