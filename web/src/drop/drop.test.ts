import { describe, expect, it } from "vitest";
import { facets } from "./facets";
import { fromFileList, looksLikeImage } from "./incoming";

function fileIn(path: string, type = ""): File {
  const file = new File([], path.slice(path.lastIndexOf("/") + 1), { type });
  Object.defineProperty(file, "webkitRelativePath", { value: path.includes("/") ? path : "" });
  return file;
}

describe("fromFileList", () => {
  it("takes every single file, and only images out of folders", () => {
    const incoming = fromFileList([
      fileIn("notes.txt"),
      fileIn("trip/a.JPG"),
      fileIn("trip/day 2/b.heic"),
      fileIn("trip/Thumbs.db"),
      fileIn("trip/.hidden.png"),
      fileIn("trip/unnamed", "image/png"),
    ]);
    expect(incoming.files.map(({ path }) => path)).toEqual([
      "notes.txt",
      "trip/a.JPG",
      "trip/day 2/b.heic",
      "trip/unnamed",
    ]);
    expect(incoming.leftOut).toBe(2);
  });
});

describe("looksLikeImage", () => {
  it("goes by type, else by name", () => {
    expect(looksLikeImage({ name: "a", type: "image/avif" })).toBe(true);
    expect(looksLikeImage({ name: "a.webp", type: "" })).toBe(true);
    expect(looksLikeImage({ name: "webp", type: "" })).toBe(false);
    expect(looksLikeImage({ name: "a.pdf", type: "application/pdf" })).toBe(false);
  });
});

describe("facets", () => {
  /** Twice the area of a closed path of straight lines. */
  function area(path: string): number {
    const points = path
      .slice(1, -1)
      .split("L")
      .map((point) => point.split(" ").map(Number) as [number, number]);
    return Math.abs(
      points.reduce((sum, [x, y], index) => {
        const [nx, ny] = points[(index + 1) % points.length] ?? [x, y];
        return sum + x * ny - nx * y;
      }, 0),
    );
  }

  it("covers the plate without gaps or overlaps", () => {
    const columns = 10;
    const rows = 8;
    const total = facets(columns, rows, 1000).reduce((sum, path) => sum + area(path) / 2, 0);
    // The cells of a periodic-looking field fill the rectangle but for its scattered edge.
    const expected = columns * rows * 0.87 * 1e6;
    expect(total / expected).toBeGreaterThan(0.93);
    expect(total / expected).toBeLessThan(1.07);
  });

  it("is the same on every visit", () => {
    expect(facets(3, 3, 10)).toEqual(facets(3, 3, 10));
  });
});
