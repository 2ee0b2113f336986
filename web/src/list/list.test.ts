import { describe, expect, it } from "vitest";
import { fakeResult } from "../engine/fake-engine";
import type { ItemId, QueueItem } from "../queue/item";
import { createQueueStore } from "../queue/store";
import { NO_TOTALS } from "../queue/totals";
import { arrange, EVERYTHING, type Query } from "./arrange";
import { keyAction } from "./keys";
import { remainingSeconds, type Sample, withSample } from "./remaining";
import { choose, limitTo, move, NOTHING, selectAll } from "./selection";
import { createViewStore } from "./view-store";

function item(id: ItemId, path: string, size: number, rest: object): QueueItem {
  return {
    id,
    path,
    name: path,
    file: new File([new Uint8Array(size)], path),
    dimensions: null,
    ...rest,
  } as QueueItem;
}

const done = (id: ItemId, path: string, size: number, after: number, score: number): QueueItem =>
  item(id, path, size, {
    state: "done",
    output: { result: fakeResult(size, after, { score, format: "jpeg" }) },
  });

const ITEMS = new Map<ItemId, QueueItem>(
  [
    done(1, "b10.jpg", 100, 90, 95),
    done(2, "b9.jpg", 300, 100, 80),
    item(3, "sea/a.png", 50, { state: "failed", error: { code: "corrupt", message: "" } }),
    item(4, "c.webp", 400, { state: "waiting" }),
    done(5, "d.jpg", 200, 20, 88),
  ].map((entry) => [entry.id, entry]),
);
const ORDER = [...ITEMS.keys()];
const asked = (query: Partial<Query>) => arrange(ITEMS, ORDER, { ...EVERYTHING, ...query });

describe("arrange", () => {
  it("gives the order itself where nothing is asked for", () => {
    expect(asked({})).toBe(ORDER);
  });

  it.each<[Partial<Query>, ItemId[]]>([
    [{ sort: "name" }, [2, 1, 4, 5, 3]],
    [{ sort: "score" }, [2, 5, 1, 3, 4]],
    [{ sort: "saving" }, [2, 5, 1, 3, 4]],
    [{ sort: "size" }, [4, 2, 5, 1, 3]],
    [{ sort: "errors" }, [3, 4, 1, 2, 5]],
    [{ state: "done" }, [1, 2, 5]],
    [{ state: "active" }, [4]],
    [{ format: "png" }, [3]],
    [{ text: " SEA/" }, [3]],
    [{ state: "done", sort: "score", text: "b" }, [2, 1]],
  ])("%j", (query, expected) => {
    expect(asked(query)).toEqual(expected);
  });
});

describe("the selection", () => {
  const ids = [5, 3, 9, 1, 7];

  it("extends from the last one chosen without Shift, in the order shown", () => {
    let selection = choose(NOTHING, ids, 3, "only");
    selection = choose(selection, ids, 1, "range");
    expect([...selection.selected]).toEqual([3, 9, 1]);
    selection = choose(selection, ids, 5, "range");
    expect([...selection.selected]).toEqual([5, 3]);
    selection = choose(selection, ids, 7, "toggle");
    expect([...selection.selected]).toEqual([5, 3, 7]);
    selection = choose(selection, ids, 3, "toggle");
    expect([...selection.selected]).toEqual([5, 7]);
  });

  it("moves with the keyboard, stops at the ends, and grows with Shift", () => {
    let selection = move(NOTHING, ids, 1, false);
    expect(selection.focused).toBe(5);
    selection = move(selection, ids, -1, false);
    expect(selection.focused).toBe(5);
    selection = move(selection, ids, 2, false);
    selection = move(selection, ids, 1, true);
    expect(selection).toMatchObject({ focused: 1, anchor: 9 });
    expect([...selection.selected]).toEqual([9, 1]);
    expect(move(selection, ids, 99, false).focused).toBe(7);
  });

  it("forgets what is no longer shown", () => {
    const selection = selectAll(choose(NOTHING, ids, 9, "only"), ids);
    expect(limitTo(selection, ids)).toBe(selection);
    expect(limitTo(selection, [1, 2])).toEqual({ selected: new Set([1]), anchor: null, focused: null });
  });
});

describe("the view", () => {
  it("follows the queue: at once as it was added, now and then where it is sorted", () => {
    const queue = createQueueStore();
    const due: (() => void)[] = [];
    const view = createViewStore(queue, (run) => void due.push(run));
    queue.setState({ items: ITEMS, order: ORDER, totals: NO_TOTALS });
    expect(view.getState().ids).toBe(ORDER);
    view.ask({ sort: "score" });
    expect(view.getState().ids).toEqual([2, 5, 1, 3, 4]);
    const worse = new Map(ITEMS).set(4, done(4, "c.webp", 400, 1, 10));
    queue.setState({ items: worse });
    queue.setState({ items: new Map(worse) });
    expect(view.getState().ids).toEqual([2, 5, 1, 3, 4]);
    expect(due.length).toBe(1);
    due[0]?.();
    expect(view.getState().ids).toEqual([4, 2, 5, 1, 3]);
  });

  it("sorts ten thousand", () => {
    const many = new Map(
      Array.from({ length: 10_000 }, (_, index) => [
        index,
        done(index, `photo-${index}.jpg`, 10, 5, (index * 7919) % 10_000),
      ]),
    );
    const ids = arrange(many, [...many.keys()], { ...EVERYTHING, sort: "score" });
    expect(ids.length).toBe(10_000);
    expect(ids[0]).toBe(0);
    const best = [...many.keys()].find((id) => (id * 7919) % 10_000 === 9_999);
    expect(ids.at(-1)).toBe(best);
  });
});

describe("keyAction", () => {
  const where = { onRow: true, pageRows: 8, count: 100 };
  const press = (key: string, more = {}) =>
    keyAction({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more }, where);

  it.each([
    ["ArrowDown", {}, { kind: "move", steps: 1, extend: false }],
    ["PageUp", { shiftKey: true }, { kind: "move", steps: -8, extend: true }],
    ["End", {}, { kind: "move", steps: 100, extend: false }],
    ["a", { metaKey: true }, { kind: "all" }],
    ["a", {}, null],
    [" ", {}, { kind: "toggle", range: false }],
    ["Enter", {}, { kind: "look" }],
    ["Delete", {}, { kind: "remove" }],
    ["ArrowDown", { altKey: true }, null],
  ])("%s %j", (key, more, expected) => {
    expect(press(key, more)).toEqual(expected);
  });

  it("leaves the keys of a button in a row to the button", () => {
    const inButton = { ...where, onRow: false };
    const pressed = { key: "Enter", ctrlKey: false, metaKey: false, shiftKey: false, altKey: false };
    expect(keyAction(pressed, inButton)).toBeNull();
    expect(keyAction({ ...pressed, key: " " }, inButton)).toBeNull();
  });
});

describe("remainingSeconds", () => {
  const samples = (...list: [at: number, progress: number][]) =>
    list.reduce<readonly Sample[]>((all, [at, progress]) => withSample(all, { at, progress }), []);

  it("says nothing until there is something to go by", () => {
    expect(remainingSeconds(samples())).toBeNull();
    expect(remainingSeconds(samples([0, 0], [1_000, 0.5]))).toBeNull();
    expect(remainingSeconds(samples([0, 0.2], [10_000, 0.2]))).toBeNull();
  });

  it("goes by the last while, and begins anew when images are added", () => {
    expect(remainingSeconds(samples([0, 0], [10_000, 0.5]))).toBeCloseTo(10);
    expect(remainingSeconds(samples([0, 0], [100_000, 0.1], [110_000, 0.6]))).toBeCloseTo(8);
    expect(samples([0, 0.5], [10_000, 0.9], [11_000, 0.4])).toEqual([{ at: 11_000, progress: 0.4 }]);
  });
});
