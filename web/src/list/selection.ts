/**
 * Which images are selected, and where the keyboard is. The rules are those of every file manager: a click
 * selects one, Ctrl adds or takes away, Shift extends from the last one that was chosen without it.
 */
import type { ItemId } from "../queue/item";

export interface Selection {
  readonly selected: ReadonlySet<ItemId>;
  /** Where a range begins. */
  readonly anchor: ItemId | null;
  /** The row the keyboard is in. */
  readonly focused: ItemId | null;
}

export const NOTHING: Selection = { selected: new Set(), anchor: null, focused: null };

export type Gesture = "only" | "toggle" | "range";

export function choose(
  selection: Selection,
  ids: readonly ItemId[],
  id: ItemId,
  gesture: Gesture,
): Selection {
  switch (gesture) {
    case "only":
      return { selected: new Set([id]), anchor: id, focused: id };
    case "toggle": {
      const selected = new Set(selection.selected);
      if (!selected.delete(id)) selected.add(id);
      return { selected, anchor: id, focused: id };
    }
    case "range": {
      const anchor = selection.anchor ?? selection.focused ?? id;
      return { selected: new Set(between(ids, anchor, id)), anchor, focused: id };
    }
  }
}

/** Moves the keyboard by so many rows; with `extend` the selection grows or shrinks with it. */
export function move(
  selection: Selection,
  ids: readonly ItemId[],
  steps: number,
  extend: boolean,
): Selection {
  const at = selection.focused === null ? -1 : ids.indexOf(selection.focused);
  const target = at < 0 ? 0 : Math.max(0, Math.min(ids.length - 1, at + steps));
  const id = ids[target];
  if (id === undefined) return selection;
  return extend ? choose(selection, ids, id, "range") : { ...selection, focused: id };
}

export function selectAll(selection: Selection, ids: readonly ItemId[]): Selection {
  return { ...selection, selected: new Set(ids), anchor: ids[0] ?? null };
}

export function selectNone(selection: Selection): Selection {
  return { ...selection, selected: new Set(), anchor: null };
}

/** Without what is gone, or hidden by a filter: nobody should act on what cannot be seen. */
export function limitTo(selection: Selection, ids: readonly ItemId[]): Selection {
  const there = new Set(ids);
  const keep = (id: ItemId | null) => (id !== null && there.has(id) ? id : null);
  const selected = [...selection.selected].filter((id) => there.has(id));
  if (
    selected.length === selection.selected.size &&
    keep(selection.anchor) === selection.anchor &&
    keep(selection.focused) === selection.focused
  ) {
    return selection;
  }
  return {
    selected: new Set(selected),
    anchor: keep(selection.anchor),
    focused: keep(selection.focused),
  };
}

function between(ids: readonly ItemId[], from: ItemId, to: ItemId): readonly ItemId[] {
  const a = ids.indexOf(from);
  const b = ids.indexOf(to);
  if (a < 0) return b < 0 ? [] : [to];
  return ids.slice(Math.min(a, b), Math.max(a, b) + 1);
}
