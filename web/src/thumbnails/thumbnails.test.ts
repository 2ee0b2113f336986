import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Thumbnail, type ThumbnailSource, Thumbnails } from "./loader";

describe("Thumbnails", () => {
  const asked: { file: Blob; done(made: ThumbnailSource | null): void }[] = [];
  const file = () => new Blob(["x"]);
  const picture = { blob: new Blob(["y"]), width: 4, height: 3 };
  let thumbnails: Thumbnails;

  beforeEach(() => {
    asked.length = 0;
    let urls = 0;
    vi.spyOn(URL, "createObjectURL").mockImplementation(() => `blob:${++urls}`);
    vi.spyOn(URL, "revokeObjectURL").mockReset();
    thumbnails = new Thumbnails((source) => new Promise((done) => asked.push({ file: source, done })), {
      capacity: 2,
    });
  });

  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

  it("makes one at a time, the newest first, and tells who asked", async () => {
    const seen: [string, Thumbnail | null][] = [];
    const files = [file(), file(), file()];
    files.forEach((source, index) => {
      thumbnails.watch(index, source, (thumbnail) => seen.push([`${index}`, thumbnail]));
    });
    expect(asked.map((job) => job.file)).toEqual([files[0]]);
    asked[0]?.done(picture);
    await settle();
    expect(asked.map((job) => job.file)).toEqual([files[0], files[2]]);
    expect(seen).toEqual([["0", { url: "blob:1", width: 4, height: 3 }]]);
  });

  it("never decodes what was scrolled away before its turn", async () => {
    thumbnails.watch(1, file(), () => undefined);
    const stop = thumbnails.watch(2, file(), () => undefined);
    stop();
    asked[0]?.done(picture);
    await settle();
    expect(asked.length).toBe(1);
    expect(thumbnails.counts).toEqual({ kept: 1, waiting: 0 });
  });

  it("gives up the oldest that is out of sight when there are too many", async () => {
    for (const id of [1, 2, 3]) {
      const stop = thumbnails.watch(id, file(), () => undefined);
      asked.at(-1)?.done(picture);
      await settle();
      if (id !== 1) stop();
    }
    expect(URL.revokeObjectURL).toHaveBeenCalledExactlyOnceWith("blob:2");
    expect(thumbnails.peek(1)).toBeDefined();
    expect(thumbnails.peek(2)).toBeUndefined();
  });

  it("remembers that there is no picture", async () => {
    const stop = thumbnails.watch(1, file(), () => undefined);
    asked[0]?.done(null);
    await settle();
    stop();
    const ready = vi.fn();
    thumbnails.watch(1, file(), ready);
    expect(ready).toHaveBeenCalledExactlyOnceWith(null);
    expect(asked.length).toBe(1);
  });
});
