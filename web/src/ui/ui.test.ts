import { describe, expect, it } from "vitest";
import { formatBytes, formatSaving, plural } from "./format";
import { errorWords, scoreWord } from "./words";

describe("formatBytes", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1_000, "1.00 kB"],
    [9_996, "10.0 kB"],
    [512_345, "512 kB"],
    [999_499, "999 kB"],
    [999_500, "1.00 MB"],
    [1_234_567, "1.23 MB"],
    [2_500_000_000, "2.50 GB"],
  ])("%d is %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe("formatSaving", () => {
  it.each([
    [100, 37, "−63 %"],
    [1000, 985, "−1.5 %"],
    [100, 104, "+4.0 %"],
    [100, 100, "0 %"],
    [0, 0, "0 %"],
  ])("%d to %d is %s", (before, after, text) => {
    expect(formatSaving(before, after)).toBe(text);
  });
});

it("plural knows one from many", () => {
  expect([plural(1, "image"), plural(0, "image"), plural(2, "copy", "copies")]).toEqual([
    "1 image",
    "0 images",
    "2 copies",
  ]);
});

describe("scoreWord", () => {
  it.each([
    [100, "identical"],
    [99.9, "indistinguishable"],
    [90, "indistinguishable"],
    [80, "looks the same"],
    [79.99, "very close"],
    [50, "small differences"],
    [-20, "visibly different"],
  ])("%d: %s", (score, word) => {
    expect(scoreWord(score).word).toBe(word);
  });

  it("is identical where lossless, whatever the metric's rounding says", () => {
    expect(scoreWord(99.7, true).word).toBe("identical");
  });
});

describe("errorWords", () => {
  it("takes the head from the sentence where it has one", () => {
    expect(
      errorWords({ code: "unknown_format", message: "not an image planish knows: an empty file" }),
    ).toEqual({
      head: "Not an image planish knows",
      rest: "an empty file",
    });
    expect(errorWords({ code: "new_code", message: "something" })).toEqual({ head: "Something", rest: "" });
  });

  it("adds one where it has none", () => {
    expect(
      errorWords({ code: "limit_exceeded", message: "9 pixels are too many, the limit is 5" }).head,
    ).toBe("Too large");
  });
});
