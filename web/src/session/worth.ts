/** Pure decisions about what stays in the storage. */
import type { ItemRecord } from "./records";

/** What was handed out stays this long, should the download have gone wrong. */
export const EXPORTED_STAYS_MS = 24 * 60 * 60 * 1000;

/**
 * The last part of what the browser grants is left alone: outputs need room too, and a full storage makes every
 * write fail.
 */
const SHARE = 0.9;

/** Whether there is room for so many bytes more. A browser that tells nothing is believed to have room. */
export function hasRoom(bytes: number, { usage, quota }: StorageEstimate): boolean {
  if (usage === undefined || quota === undefined) return true;
  return usage + bytes <= quota * SHARE;
}

/** A session is over when everything finished was handed out a day ago, and nothing waits. */
export function isOver(records: readonly ItemRecord[], now: number): boolean {
  return records.every(({ kept, exported }) => {
    if (kept.state === "waiting") return false;
    if (kept.state !== "done") return true;
    return exported !== null && now - exported > EXPORTED_STAYS_MS;
  });
}
