// Writes a large TIFF, uncompressed, 8-bit RGB, a strip of rows at a time: it never sits in memory whole.
//
//   node large-tiff.mjs FILE [WIDTH HEIGHT]      default: 20000 20000, 1.2 GB
//
// The picture has soft light, waves of many lengths and a little grain, the same on every machine.
import { closeSync, openSync, writeSync } from "node:fs";
import { pathToFileURL } from "node:url";

const ROWS_PER_STRIP = 64;

/** The header and the one directory; the strips follow it. */
function start(width, height) {
  const strips = Math.ceil(height / ROWS_PER_STRIP);
  const [SHORT, LONG] = [3, 4];
  const directory = 8;
  const count = 10;
  const bits = directory + 2 + count * 12 + 4;
  const offsets = bits + 6;
  const lengths = offsets + strips * 4;
  const pixels = lengths + strips * 4;
  const bytes = Buffer.alloc(pixels);
  bytes.write("II*\0", "latin1");
  bytes.writeUInt32LE(directory, 4);
  bytes.writeUInt16LE(count, directory);
  const fields = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, 3, bits],
    [259, SHORT, 1, 1], // not compressed
    [262, SHORT, 1, 2], // RGB
    [273, LONG, strips, offsets],
    [277, SHORT, 1, 3],
    [278, LONG, 1, ROWS_PER_STRIP],
    [279, LONG, strips, lengths],
    [284, SHORT, 1, 1],
  ];
  fields.forEach(([tag, kind, number, value], index) => {
    const at = directory + 2 + index * 12;
    bytes.writeUInt16LE(tag, at);
    bytes.writeUInt16LE(kind, at + 2);
    bytes.writeUInt32LE(number, at + 4);
    bytes.writeUInt32LE(value, at + 8);
  });
  for (let channel = 0; channel < 3; channel += 1) bytes.writeUInt16LE(8, bits + channel * 2);
  for (let strip = 0; strip < strips; strip += 1) {
    const rows = Math.min(ROWS_PER_STRIP, height - strip * ROWS_PER_STRIP);
    bytes.writeUInt32LE(pixels + strip * ROWS_PER_STRIP * width * 3, offsets + strip * 4);
    bytes.writeUInt32LE(rows * width * 3, lengths + strip * 4);
  }
  return bytes;
}

export function writeLargeTiff(file, width, height) {
  if (width * height * 3 > 0xf000_0000) throw new Error("expected at most 1.3 gigapixels: offsets have 32 bits");
  const wave = (length, phase) =>
    Float32Array.from({ length: Math.max(width, height) }, (_, at) => Math.sin(at / length + phase));
  const waves = [wave(3.1, 0), wave(17, 1), wave(140, 2), wave(2300, 3)];
  const row = new Uint8Array(width * 3);
  const strip = Buffer.alloc(ROWS_PER_STRIP * width * 3);
  const out = openSync(file, "w");
  writeSync(out, start(width, height));
  let grain = 1;
  for (let top = 0; top < height; top += ROWS_PER_STRIP) {
    const rows = Math.min(ROWS_PER_STRIP, height - top);
    for (let index = 0; index < rows; index += 1) {
      const y = top + index;
      const [fine, middle, coarse, light] = waves.map((one) => one[y]);
      for (let x = 0; x < width; x += 1) {
        grain = (Math.imul(grain, 1664525) + 1013904223) >>> 0;
        const shade = 128 + 40 * waves[3][x] * light + 30 * waves[2][x] * coarse + (grain >>> 29);
        const detail = 12 * waves[1][x] * middle + 6 * waves[0][x] * fine;
        row[x * 3] = shade + detail;
        row[x * 3 + 1] = shade + detail * 0.5 + 12 * light;
        row[x * 3 + 2] = shade - detail + 20 * coarse;
      }
      strip.set(row, index * width * 3);
    }
    writeSync(out, strip, 0, rows * width * 3);
  }
  closeSync(out);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [file, width = "20000", height = "20000"] = process.argv.slice(2);
  if (!file) throw new Error("expected a file to write: node large-tiff.mjs FILE [WIDTH HEIGHT]");
  writeLargeTiff(file, Number(width), Number(height));
}
