import { describe, expect, it } from "vitest";
import { readDimensions } from "./dimensions";

function bytes(...parts: (number | string | number[])[]): Blob {
  const flat = parts.flatMap((part) =>
    typeof part === "string" ? [...part].map((character) => character.charCodeAt(0)) : part,
  );
  // Real files go on after their headers.
  return new Blob([new Uint8Array([...flat, ...new Array<number>(64).fill(0)])]);
}

const u16 = (value: number) => [value >> 8, value & 0xff];
const u32 = (value: number) => [...u16(value >>> 16), ...u16(value & 0xffff)];

/** A JPEG segment with so many bytes of payload. */
function segment(marker: number, payload: number): number[] {
  return [0xff, marker, ...u16(payload + 2), ...new Array<number>(payload).fill(7)];
}

const frame = [0xff, 0xc2, ...u16(17), 8, ...u16(3024), ...u16(4032), 3];

describe("readDimensions", () => {
  it("reads PNG", async () => {
    const png = bytes([0x89], "PNG", [13, 10, 26, 10], u32(13), "IHDR", u32(1204), u32(800));
    expect(await readDimensions(png)).toEqual({ width: 1204, height: 800 });
  });

  it("reads JPEG", async () => {
    const jpeg = bytes([0xff, 0xd8], segment(0xe0, 14), segment(0xdb, 65), frame);
    expect(await readDimensions(jpeg)).toEqual({ width: 4032, height: 3024 });
  });

  it("follows a JPEG's segments beyond what was read at first", async () => {
    const jpeg = bytes(
      [0xff, 0xd8],
      segment(0xe1, 60_000),
      segment(0xe2, 60_000),
      segment(0xe2, 60_000),
      frame,
    );
    expect(await readDimensions(jpeg)).toEqual({ width: 4032, height: 3024 });
  });

  it("is not fooled by Huffman tables, which have a marker in the range of frames", async () => {
    const jpeg = bytes([0xff, 0xd8], segment(0xc4, 30), [0xff], frame);
    expect(await readDimensions(jpeg)).toEqual({ width: 4032, height: 3024 });
  });

  it("gives up on a JPEG without a frame", async () => {
    expect(await readDimensions(bytes([0xff, 0xd8], segment(0xe0, 14), [0xff, 0xda]))).toBeNull();
    expect(await readDimensions(bytes([0xff, 0xd8], segment(0xe0, 14)))).toBeNull();
  });

  it("reads BMP, old and new, whichever way up", async () => {
    const little = (value: number) => u32(value).reverse();
    const header = ["BM", u32(0), u32(0), little(54)];
    const info = bytes(...header, little(40), little(640), little(480));
    expect(await readDimensions(info)).toEqual({ width: 640, height: 480 });
    const topDown = bytes(...header, little(124), little(640), little(-480));
    expect(await readDimensions(topDown)).toEqual({ width: 640, height: 480 });
    const core = bytes(...header, little(12), [0x80, 2, 0xe0, 1]);
    expect(await readDimensions(core)).toEqual({ width: 640, height: 480 });
  });

  it("reads the largest of an ICO's sizes", async () => {
    const entry = (width: number, height: number) => [width, height, ...new Array<number>(14).fill(0)];
    const ico = bytes([0, 0, 1, 0, 3, 0], entry(16, 16), entry(0, 0), entry(48, 48));
    expect(await readDimensions(ico)).toEqual({ width: 256, height: 256 });
  });

  it("reads the three kinds of WebP", async () => {
    const riff = (...rest: (number | string | number[])[]) => bytes("RIFF", u32(0), "WEBP", ...rest);
    expect(await readDimensions(riff("VP8X", u32(0), u32(0), [0xff, 0x0f, 0], [0xff, 0x07, 0]))).toEqual({
      width: 4096,
      height: 2048,
    });
    // 14 bits each: width − 1 = 299, height − 1 = 199.
    const bits = 299 | (199 << 14);
    const little = [bits & 0xff, (bits >> 8) & 0xff, (bits >> 16) & 0xff, (bits >> 24) & 0xff];
    expect(await readDimensions(riff("VP8L", u32(0), [0x2f], little))).toEqual({ width: 300, height: 200 });
    const key = [0, 0, 0, 0x9d, 0x01, 0x2a];
    expect(await readDimensions(riff("VP8 ", u32(0), key, [0x2c, 1], [0xc8, 0]))).toEqual({
      width: 300,
      height: 200,
    });
  });

  it("takes the largest of an AVIF's sizes", async () => {
    const avif = bytes(
      u32(24),
      "ftypavif",
      ["ispe", 0].flatMap((part) =>
        typeof part === "string" ? [...part].map((character) => character.charCodeAt(0)) : u32(part),
      ),
      u32(160),
      u32(120),
      "ispe",
      u32(0),
      u32(2048),
      u32(1536),
    );
    expect(await readDimensions(avif)).toEqual({ width: 2048, height: 1536 });
  });

  it("knows nothing of other files, short or long", async () => {
    expect(await readDimensions(new Blob([]))).toBeNull();
    expect(await readDimensions(bytes("hello, this is text"))).toBeNull();
  });
});
