import { describe, expect, it } from "vitest";
import { fakeResult } from "../engine/fake-engine";
import type { QueueItem } from "../queue/item";
import { entriesOf } from "./export";
import { uniquePaths } from "./names";

describe("uniquePaths", () => {
  it("keeps folders and numbers what would collide", () => {
    expect(uniquePaths(["a.jpg", "x/a.jpg", "a.jpg", "A.JPG", "a (2).jpg", "noext", "noext"])).toEqual([
      "a.jpg",
      "x/a.jpg",
      "a (2).jpg",
      "A (3).JPG",
      "a (2) (2).jpg",
      "noext",
      "noext (2)",
    ]);
  });
});

describe("entriesOf", () => {
  it("takes what is done, and nothing else", () => {
    const common = { thumbnail: null, dimensions: null };
    const file = new File(["in"], "a.png", { lastModified: 1_700_000_000_000 });
    const blob = new Blob(["out"]);
    const items: QueueItem[] = [
      { ...common, id: 1, file, path: "d/a.png", name: "a.png", state: "waiting" },
      {
        ...common,
        id: 2,
        file,
        path: "d/a.png",
        name: "a.png",
        state: "done",
        output: { blob, url: "", path: "d/a.webp", result: fakeResult(2, 3), settingsKey: "" },
      },
    ];
    expect(entriesOf(items)).toEqual([{ path: "d/a.webp", blob, lastModified: 1_700_000_000_000 }]);
  });
});
