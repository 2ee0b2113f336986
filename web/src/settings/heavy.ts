/** When the command is the better tool for a batch, and why. Pure, so that every reason has a test. */
import type { QueueItem } from "../queue/item";
import { formatOfName } from "../queue/output-path";
import type { Totals } from "../queue/totals";
import { FORMAT_LIST, HEAVY } from "../ui/text";

/** Beyond this, what the browser adds to each image is felt. */
const MANY_IMAGES = 2_000;

/** A tab keeps inputs and outputs at hand; this much of them makes browsers discard it. */
const MANY_BYTES = 3e9;

/** Beside the engine's memory: what one image of this size takes leaves room for no second one. */
const LARGE_SHARE = 0.5;

/** As the engine admits jobs; only to tell large from very large. */
const BYTES_PER_PIXEL = 80;

export interface Batch {
  items: Iterable<QueueItem>;
  totals: Totals;
  /** Of the engine, in bytes; null while it is not known. */
  maxMemory: number | null;
}

/** Most telling first; empty when the tab does fine. */
export function reasonsForCommand({ items, totals, maxMemory }: Batch): string[] {
  let crashed = 0;
  let limited = 0;
  let bytes = 0;
  const formats = new Set<string>();
  let largest: { name: string; pixels: number } | null = null;
  for (const item of items) {
    bytes += item.file.size;
    if (item.state === "failed") {
      const { code } = item.error;
      if (code === "engine_crashed") crashed += 1;
      if (code === "limit_exceeded") limited += 1;
      if (code === "unsupported" || (code === "unknown_format" && isForeign(item.name))) {
        formats.add(extension(item.name));
      }
    }
    const { width = 0, height = 0 } = item.dimensions ?? {};
    if (width * height > (largest?.pixels ?? 0)) largest = { name: item.name, pixels: width * height };
  }
  const reasons: string[] = [];
  if (crashed > 0) reasons.push(HEAVY.crashed(crashed));
  if (limited > 0) reasons.push(HEAVY.limit(limited));
  if (formats.size > 0) reasons.push(HEAVY.formats(FORMAT_LIST([...formats].sort())));
  if (totals.count >= MANY_IMAGES) reasons.push(HEAVY.many(totals.count));
  if (bytes >= MANY_BYTES) reasons.push(HEAVY.bytes(bytes));
  if (largest && maxMemory !== null && largest.pixels * BYTES_PER_PIXEL > maxMemory * LARGE_SHARE) {
    reasons.push(HEAVY.large(largest.name, `${Math.round(largest.pixels / 1e6)} megapixels`));
  }
  return reasons;
}

/** An image by its name, of a kind that the page does not read; a renamed letter is not one. */
function isForeign(name: string): boolean {
  return formatOfName(name) === null && /\.(heic|heif|svg|psd|cr2|cr3|nef|arw|dng)$/i.test(name);
}

function extension(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1).toUpperCase();
}
