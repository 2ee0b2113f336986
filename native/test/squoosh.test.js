import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Kind } from "../src/frames.js";
import { Sidecar } from "./sidecar.js";

const sidecar = new Sidecar();
after(() => sidecar.close());
assert.equal((await sidecar.hello()).kind, Kind.welcome);

const WIDTH = 48;
const HEIGHT = 32;

/** A picture with soft colours and an edge: RGBA, 8 bits. */
const pixels = Buffer.alloc(WIDTH * HEIGHT * 4);
for (let at = 0; at < WIDTH * HEIGHT; at++) {
  const [x, y] = [at % WIDTH, Math.floor(at / WIDTH)];
  pixels.set([x * 5, y * 7, x > y ? 200 : 40, 255], at * 4);
}

const jxl = {
  effort: 7,
  quality: 100,
  progressive: false,
  epf: -1,
  lossyPalette: false,
  decodingSpeedTier: 0,
  photonNoiseIso: 0,
  lossyModular: false,
  lossless: true,
};

const avif = {
  quality: 60,
  qualityAlpha: 68,
  denoiseLevel: 0,
  tileColsLog2: 0,
  tileRowsLog2: 0,
  speed: 8,
  subsample: 3,
  chromaDeltaQ: false,
  sharpness: 0,
  tune: 2,
  enableSharpYUV: false,
  bitDepth: 10,
  lossless: false,
};

const request = {
  operation: "squoosh",
  codec: "jxl",
  version: "1.3.0",
  width: WIDTH,
  height: HEIGHT,
  bits: 8,
  options: jxl,
};

test("both codecs make files, the same ones each time", async () => {
  const deep = Buffer.from(new Uint16Array(pixels.map((sample) => sample)).buffer);
  for (let at = 0; at < pixels.length; at++)
    deep.writeUInt16LE(Math.round((Number(pixels[at]) * 1023) / 255), at * 2);
  for (const [given, body, mark] of /** @type {const} */ ([
    [request, pixels, [0xff, 0x0a]],
    [{ ...request, codec: "avif", version: "2.1.1", bits: 10, options: avif }, deep, null],
  ])) {
    const [first, second] = await Promise.all([sidecar.succeed(given, body), sidecar.succeed(given, body)]);
    assert.deepEqual(first.body, second.body);
    assert.equal(first.header.size, first.body.length);
    if (mark) assert.deepEqual([...first.body.subarray(0, 2)], mark);
    else assert.equal(first.body.toString("latin1", 4, 12), "ftypavif");
    assert.ok(first.body.length < pixels.length / 4);
  }
});

test("it answers pings while a codec works", async () => {
  let finished = false;
  const slow = sidecar.succeed({ ...request, options: { ...jxl, effort: 9 } }, pixels).then(() => {
    finished = true;
  });
  const pong = await sidecar.ask({ id: 4_000_000, kind: Kind.ping });
  assert.equal(pong.kind, Kind.pong);
  assert.equal(finished, false);
  await slow;
});

test("what is missing or wrong is refused by name", async () => {
  const { effort: _, ...without } = jxl;
  for (const [given, body, word] of /** @type {const} */ ([
    [{ ...request, codec: "webp" }, pixels, /avif, jxl for codec/],
    [{ ...request, version: "0.0.1" }, pixels, /@jsquash\/jxl 0.0.1, got 1.3.0/],
    [{ ...request, bits: 10 }, pixels, /8 for bits/],
    [{ ...request, options: without }, pixels, /options.effort/],
    [{ ...request, width: 49 }, pixels, /6272 bytes of pixels for body, got 6144/],
    [{ ...request, width: 0 }, pixels, /width/],
  ])) {
    const { message } = await sidecar.fail(given, body);
    assert.match(message, word);
  }
});
