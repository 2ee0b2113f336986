/** What is written down of an image, so that another tab can go on with it. */
import type { ErrorReport, OptimizationResult } from "../engine/types";
import type { Origin } from "../queue/item";
import type { Override } from "../settings/overrides";

export type KeptState =
  /** To be done; also what was in work when the tab went. */
  | { state: "waiting" }
  | { state: "done"; path: string; type: string; result: OptimizationResult; settingsKey: string }
  | { state: "failed"; error: ErrorReport }
  | { state: "cancelled" };

export interface ItemRecord {
  /** Unique over all sessions; also the name of its files. */
  key: string;
  session: string;
  /** Place in the list. */
  order: number;
  path: string;
  type: string;
  lastModified: number;
  origin?: Origin | undefined;
  /** What this image wants otherwise than the batch. */
  override?: Override | undefined;
  /** Whether the whole input lies in the storage. */
  hasInput: boolean;
  kept: KeptState;
  /** When the output was handed out, in milliseconds since 1970; null when it was not. */
  exported: number | null;
}

/** An image as the last tab left it. */
export interface RestoredItem {
  record: ItemRecord;
  input: File;
  /** Of a finished one. */
  output: Blob | null;
}

export interface Restored {
  items: RestoredItem[];
  /** Paths of those whose input had not been stored in time. */
  lost: string[];
}

/** Why an input could not be stored: no room, or no storage at all (private windows of some browsers). */
export type Unkept = "full" | "unavailable";

/** What is stored and what of it comes back; the real one is in a worker. */
export interface Keeper {
  /** Takes over what closed tabs have left. */
  open(): Promise<Restored>;
  /** Writes the record and copies the input; says why where that is impossible. */
  add(record: Omit<ItemRecord, "session" | "hasInput" | "exported">, input: File): Promise<Unkept | null>;
  settle(key: string, kept: KeptState, output: Blob | null): Promise<void>;
  override(key: string, override: Override | undefined): Promise<void>;
  exported(keys: readonly string[]): Promise<void>;
  remove(keys: readonly string[]): Promise<void>;
}
