/** Which images the list shows, and in which order. Pure, so that ten thousand can be sorted in a test. */
import type { Format } from "../engine/types";
import { type ItemId, isActive, type QueueItem } from "../queue/item";
import { formatOfName } from "../queue/output-path";

export const SORTS = ["input", "name", "score", "saving", "size", "errors"] as const;
export type Sort = (typeof SORTS)[number];

export const STATES = ["all", "done", "active", "failed", "cancelled"] as const;
export type StateFilter = (typeof STATES)[number];

export interface Query {
  sort: Sort;
  state: StateFilter;
  format: Format | "any";
  /** Found anywhere in the path, whatever its case. */
  text: string;
}

export const EVERYTHING: Query = { sort: "input", state: "all", format: "any", text: "" };

export function isFiltered({ state, format, text }: Query): boolean {
  return state !== "all" || format !== "any" || text.trim() !== "";
}

/** The ids to show. `order` itself where nothing is asked for, so that nothing re-renders for it. */
export function arrange(
  items: ReadonlyMap<ItemId, QueueItem>,
  order: readonly ItemId[],
  query: Query,
): readonly ItemId[] {
  const chosen = isFiltered(query) ? order.filter((id) => passes(items.get(id), query)) : order;
  if (query.sort === "input") return chosen;
  return sorted(items, chosen, query.sort);
}

function passes(item: QueueItem | undefined, { state, format, text }: Query): boolean {
  if (!item) return false;
  if (state === "active" ? !isActive(item) : state !== "all" && item.state !== state) return false;
  if (format !== "any" && formatOf(item) !== format) return false;
  return item.path.toLowerCase().includes(text.trim().toLowerCase());
}

/** What it became; what its name says as long as that is not known. */
export function formatOf(item: QueueItem): Format | null {
  return item.state === "done" ? item.output.result.format : formatOfName(item.path);
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

function sorted(
  items: ReadonlyMap<ItemId, QueueItem>,
  ids: readonly ItemId[],
  sort: Exclude<Sort, "input">,
): ItemId[] {
  if (sort === "name") {
    return [...ids].sort(
      (a, b) => collator.compare(items.get(a)?.path ?? "", items.get(b)?.path ?? "") || a - b,
    );
  }
  // Each key once: a comparison that looked the items up would do it a hundred thousand times.
  const keyed = ids.map((id) => ({ id, key: sortKey(items.get(id), sort) }));
  keyed.sort((a, b) => a.key - b.key || a.id - b.id);
  return keyed.map(({ id }) => id);
}

/** Smallest first. What has no such figure yet comes last, in the order it was added. */
function sortKey(item: QueueItem | undefined, sort: "score" | "saving" | "size" | "errors"): number {
  if (!item) return Number.MAX_VALUE;
  switch (sort) {
    case "score":
      return item.state === "done" ? item.output.result.score : Number.MAX_VALUE;
    case "saving":
      return item.state === "done"
        ? item.output.result.optimizedSize - item.output.result.originalSize
        : Number.MAX_VALUE;
    case "size":
      return -item.file.size;
    case "errors":
      return ERROR_RANK[item.state];
  }
}

const ERROR_RANK: Record<QueueItem["state"], number> = {
  failed: 0,
  cancelled: 1,
  working: 2,
  waiting: 2,
  done: 3,
};
