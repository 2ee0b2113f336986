import type { QueueItem } from "./item";

export interface Totals {
  count: number;
  done: number;
  failed: number;
  cancelled: number;
  active: number;
  /** Of finished images only, so that the two can be compared. */
  bytesBefore: number;
  bytesAfter: number;
  /** 0 to 1 over everything that is not cancelled; images in work count in part. */
  progress: number;
}

export const NO_TOTALS: Totals = {
  count: 0,
  done: 0,
  failed: 0,
  cancelled: 0,
  active: 0,
  bytesBefore: 0,
  bytesAfter: 0,
  progress: 0,
};

export function totalsOf(items: Iterable<QueueItem>): Totals {
  const totals = { ...NO_TOTALS };
  let settled = 0;
  for (const item of items) {
    totals.count += 1;
    switch (item.state) {
      case "done":
        totals.done += 1;
        totals.bytesBefore += item.output.result.originalSize;
        totals.bytesAfter += item.output.result.optimizedSize;
        settled += 1;
        break;
      case "failed":
        totals.failed += 1;
        settled += 1;
        break;
      case "cancelled":
        totals.cancelled += 1;
        break;
      case "working":
        totals.active += 1;
        settled += item.progress.fraction ?? 0;
        break;
      case "waiting":
        totals.active += 1;
        break;
    }
  }
  const expected = totals.count - totals.cancelled;
  totals.progress = expected > 0 ? settled / expected : 0;
  return totals;
}
