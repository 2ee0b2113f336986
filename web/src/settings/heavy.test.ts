import { describe, expect, it } from "vitest";
import type { QueueItem } from "../queue/item";
import { NO_TOTALS } from "../queue/totals";
import { reasonsForCommand } from "./heavy";

const item = (name: string, rest: object = { state: "waiting" }, size = 1_000) =>
  ({ name, path: name, file: { size }, dimensions: null, ...rest }) as unknown as QueueItem;

const failed = (name: string, code: string) => item(name, { state: "failed", error: { code, message: "" } });

const reasons = (items: QueueItem[], count = items.length) =>
  reasonsForCommand({ items, totals: { ...NO_TOTALS, count }, maxMemory: 4e9 });

describe("reasonsForCommand", () => {
  it("has none for an ordinary batch, broken files included", () => {
    expect(
      reasons([item("a.jpg"), failed("b.png", "corrupt"), failed("letter.png", "unknown_format")]),
    ).toEqual([]);
  });

  it.each([
    [[failed("a.jpg", "engine_crashed")], "1 image needs more memory than a tab can have."],
    [
      [failed("a.tiff", "limit_exceeded"), failed("b.tiff", "limit_exceeded")],
      "2 images are larger than the page takes on.",
    ],
    [
      [failed("a.heic", "unknown_format"), failed("b.cr2", "unknown_format")],
      "CR2, HEIC cannot be read here",
    ],
    [[item("a.jpg", undefined, 4e9)], "4.00 GB of images fill a tab’s memory."],
    [
      [item("wall.jpg", { state: "waiting", dimensions: { width: 9_000, height: 9_000 } })],
      "wall.jpg has 81 megapixels",
    ],
  ])("says why: %#", (items, expected) => {
    expect(reasons(items).join()).toContain(expected);
  });

  it("counts", () => {
    expect(reasons([item("a.jpg")], 2_500)).toEqual([
      "2500 images are quicker on all cores, without a browser between.",
    ]);
  });
});
