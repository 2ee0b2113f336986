import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import sharp from "sharp";
import { encodeFrame, Kind } from "../src/frames.js";
import { Sidecar } from "./sidecar.js";

const folder = mkdtempSync(join(tmpdir(), "planish-sidecar-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A picture whose four quarters are red, green, blue and white, 40 × 20. */
function quarters() {
  const pixels = Buffer.alloc(40 * 20 * 3);
  for (let y = 0; y < 20; y++) {
    for (let x = 0; x < 40; x++) {
      const colour = y < 10 ? (x < 20 ? [255, 0, 0] : [0, 255, 0]) : x < 20 ? [0, 0, 255] : [255, 255, 255];
      pixels.set(colour, (y * 40 + x) * 3);
    }
  }
  return sharp(pixels, { raw: { width: 40, height: 20, channels: 3 } });
}

const names = new Map([
  ["255,0,0", "R"],
  ["0,255,0", "G"],
  ["0,0,255", "B"],
  ["255,255,255", "W"],
]);

/** The colours in the middle of the four quarters, as `RG/BW`. @param {Buffer} file */
async function layout(file) {
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (/** @type {number} */ fx, /** @type {number} */ fy) => {
    const offset = (Math.floor(info.height * fy) * info.width + Math.floor(info.width * fx)) * 3;
    return names.get([...data.subarray(offset, offset + 3)].join(",")) ?? "?";
  };
  return `${at(0.25, 0.25)}${at(0.75, 0.25)}/${at(0.25, 0.75)}${at(0.75, 0.75)}`;
}

/** @param {(sidecar: Sidecar) => Promise<void>} use */
async function withSidecar(use) {
  const sidecar = new Sidecar();
  try {
    assert.equal((await sidecar.hello()).kind, Kind.welcome);
    await use(sidecar);
  } finally {
    await sidecar.close();
  }
}

const png = { format: "png", quality: 100, effort: 1, palette: false };
const nothingKept = { policy: "only", profile: false, exif: {} };

test("the handshake names versions and what can be done", async () => {
  const sidecar = new Sidecar();
  const { kind, header } = await sidecar.hello();
  assert.equal(kind, Kind.welcome);
  assert.equal(header.pid, sidecar.process.pid);
  assert.deepEqual(header.operations, ["inspect", "encode", "sample", "squoosh"]);
  assert.deepEqual(await sidecar.close(), { code: 0, signal: null });
});

test("another protocol version is refused and ends the process", async () => {
  const sidecar = new Sidecar();
  const { kind, header } = await sidecar.hello({ protocol: 2 });
  assert.equal(kind, Kind.failure);
  assert.match(String(header.message), /expected protocol 1, got 2/);
  assert.equal((await sidecar.ended).code, 64);
});

test("a request before the handshake ends the process", async () => {
  const sidecar = new Sidecar();
  for (const chunk of encodeFrame({ id: 1, kind: Kind.request, header: { operation: "inspect" } })) {
    sidecar.sendBytes(chunk);
  }
  assert.equal((await sidecar.ended).code, 65);
  assert.match(sidecar.errors, /expected a hello first/);
});

test("garbage ends the process with a word", async () => {
  const sidecar = new Sidecar();
  sidecar.sendBytes(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
  assert.equal((await sidecar.ended).code, 65);
  assert.match(sidecar.errors, /does not fit its frame/);
});

test("a file is inspected, from a path and from bytes", async () => {
  const bytes = await quarters().jpeg().withMetadata({ orientation: 6 }).toBuffer();
  const path = join(folder, "turned.jpg");
  writeFileSync(path, bytes);
  await withSidecar(async (sidecar) => {
    for (const [source, body] of /** @type {const} */ ([
      [{ path }, undefined],
      [{ bytes: true }, bytes],
    ])) {
      const { header, body: exif } = await sidecar.succeed({ operation: "inspect", source }, body);
      // Upright: what a viewer shows.
      assert.deepEqual([header.width, header.height, header.orientation], [20, 40, 6]);
      assert.deepEqual([header.format, header.frames, header.hasAlpha], ["jpeg", 1, false]);
      assert.equal(exif.length, header.exifBytes);
      assert.ok(header.rss > 0 && header.peakRss >= header.rss / 2);
    }
  });
});

test("transforms are applied in the order that the protocol names", async () => {
  const source = { bytes: true };
  const bytes = await quarters().png().toBuffer();
  const turned = await quarters().png().withMetadata({ orientation: 6 }).toBuffer();
  await withSidecar(async (sidecar) => {
    /** @param {object} transform @param {Buffer} input */
    const apply = async (transform, input = bytes) => {
      const request = {
        operation: "encode",
        source,
        target: { bytes: true },
        transform,
        encode: png,
        metadata: nothingKept,
      };
      const { header, body } = await sidecar.succeed(request, input);
      return `${header.width}x${header.height} ${await layout(body)}`;
    };
    assert.equal(await apply({}), "40x20 RG/BW");
    assert.equal(await apply({ orient: true }, turned), "20x40 BR/WG");
    assert.equal(await apply({ flipHorizontal: true }), "40x20 GR/WB");
    assert.equal(await apply({ flipVertical: true }), "40x20 BW/RG");
    assert.equal(await apply({ rotate: 90 }), "20x40 BR/WG");
    assert.equal(await apply({ rotate: 180 }), "40x20 WB/GR");
    // Mirrored first, then turned.
    assert.equal(await apply({ flipHorizontal: true, rotate: 90 }), "20x40 WG/BR");
    // Turned first, then cut out: the left half of the turned picture is blue above white.
    assert.equal(
      await apply({ rotate: 90, extract: { left: 0, top: 0, width: 10, height: 40 } }),
      "10x40 BB/WW",
    );
    // Oriented first, then mirrored, then cut out.
    const leftHalf = { left: 0, top: 0, width: 10, height: 40 };
    assert.equal(
      await apply({ orient: true, flipHorizontal: true, extract: leftHalf }, turned),
      "10x40 RR/GG",
    );
    assert.equal(await apply({ resize: { width: 20, height: 20 } }), "20x20 RG/BW");
    const cut = { left: 20, top: 0, width: 20, height: 10 };
    assert.equal(await apply({ extract: cut, resize: { width: 8, height: 4 } }), "8x4 GG/GG");
  });
});

test("every format is written, as a file and as bytes", async () => {
  const input = await quarters().png().toBuffer();
  const path = join(folder, "in.png");
  writeFileSync(path, input);
  const lossy = { quality: 90, effort: 3, lossless: false, chroma: "4:4:4" };
  await withSidecar(async (sidecar) => {
    for (const encode of [
      { ...lossy, format: "jpeg", streaming: false },
      { ...lossy, format: "jpeg", streaming: true },
      { ...png },
      { ...lossy, format: "png", palette: true },
      { ...lossy, format: "webp" },
      { ...lossy, format: "webp", lossless: true },
      { ...lossy, format: "avif" },
      { ...lossy, format: "gif" },
      {
        ...lossy,
        format: "tiff",
        bigTiff: false,
        compression: "deflate",
        tiles: false,
        pyramid: false,
        lossless: true,
      },
    ]) {
      const common = { operation: "encode", source: { path }, encode, metadata: nothingKept };
      const target = join(folder, `out.${encode.format}`);
      const { header } = await sidecar.succeed({ ...common, target: { path: target } });
      const bytes = readFileSync(target);
      assert.equal(header.size, bytes.length);
      assert.deepEqual([header.width, header.height, header.frames], [40, 20, 1]);
      const answered = await sidecar.succeed({ ...common, target: { bytes: true } });
      assert.deepEqual(answered.body, bytes, encode.format);
      const found = await sharp(bytes).metadata();
      assert.deepEqual([found.width, found.height], [40, 20], encode.format);
    }
  });
});

test("streaming JPEGs are sequential, others progressive", async () => {
  const input = await quarters().png().toBuffer();
  await withSidecar(async (sidecar) => {
    for (const streaming of [false, true]) {
      const encode = { format: "jpeg", quality: 80, chroma: "4:2:0", streaming };
      const common = {
        operation: "encode",
        source: { bytes: true },
        target: { bytes: true },
        metadata: nothingKept,
      };
      const { body } = await sidecar.succeed({ ...common, encode }, input);
      assert.equal((await sharp(body).metadata()).isProgressive, !streaming);
    }
  });
});

/** The first directory of a TIFF of this machine's byte order, its first values by tag. @param {Buffer} file */
function tags(file) {
  const at = file.readUInt32LE(4);
  const count = file.readUInt16LE(at);
  const entries = Array.from({ length: count }, (_, index) => at + 2 + index * 12);
  // Small values lie in the directory itself.
  return new Map(entries.map((entry) => [file.readUInt16LE(entry), file.readUInt16LE(entry + 8)]));
}

test("TIFFs are compressed, tiled and have smaller copies as asked", async () => {
  const noise = { type: /** @type {const} */ ("gaussian"), mean: 120, sigma: 30 };
  const input = await sharp({ create: { width: 700, height: 600, channels: 3, background: "#777", noise } })
    .png()
    .toBuffer();
  const [COMPRESSION, PREDICTOR, TILE_WIDTH] = [259, 317, 322];
  await withSidecar(async (sidecar) => {
    /** @param {object} asked */
    const made = async (asked) => {
      const usual = {
        format: "tiff",
        bigTiff: false,
        quality: 80,
        tiles: false,
        pyramid: false,
        lossless: true,
      };
      const encode = { ...usual, compression: "deflate", ...asked };
      const common = {
        operation: "encode",
        source: { bytes: true },
        target: { bytes: true },
        metadata: nothingKept,
      };
      return (await sidecar.succeed({ ...common, encode }, input)).body;
    };
    for (const [compression, number] of /** @type {const} */ ([
      ["deflate", 8],
      ["lzw", 5],
      ["none", 1],
    ])) {
      const file = await made({ compression });
      assert.equal(tags(file).get(COMPRESSION), number);
      assert.equal(tags(file).has(TILE_WIDTH), false);
      assert.equal(tags(file).get(PREDICTOR) ?? 1, compression === "none" ? 1 : 2);
      assert.deepEqual(await sharp(file).raw().toBuffer(), await sharp(input).raw().toBuffer());
    }
    const lossy = await made({ compression: "jpeg", lossless: false });
    assert.equal(tags(lossy).get(COMPRESSION), 7);
    assert.equal(tags(await made({ tiles: true })).get(TILE_WIDTH), 256);
    const pyramid = await made({ pyramid: true });
    assert.equal(tags(pyramid).get(TILE_WIDTH), 256);
    const widths = [];
    for (let page = 0; page < 3; page += 1) widths.push((await sharp(pyramid, { page }).metadata()).width);
    assert.deepEqual(widths, [700, 350, 175]);
    const source = { bytes: true };
    const encode = {
      format: "tiff",
      bigTiff: false,
      quality: 80,
      tiles: false,
      pyramid: false,
      lossless: true,
    };
    const request = { operation: "encode", source, target: source, metadata: nothingKept };
    const refused = await sidecar.fail({ ...request, encode: { ...encode, compression: "jpeg" } }, input);
    assert.equal(refused.code, "invalid_request");
  });
});

test("animations keep their frames", async () => {
  const frames = [0, 1, 2].map((index) => ({
    create: {
      width: 16,
      height: 16,
      channels: /** @type {const} */ (3),
      background: { r: index * 100, g: 0, b: 0 },
    },
  }));
  const pages = await Promise.all(frames.map((frame) => sharp(frame).png().toBuffer()));
  const input = await sharp(pages, { join: { animated: true } })
    .gif({ delay: [50, 60, 70], loop: 2 })
    .toBuffer();
  await withSidecar(async (sidecar) => {
    for (const format of ["gif", "webp"]) {
      const encode = { format, quality: 90, effort: 3, lossless: true };
      const common = {
        operation: "encode",
        source: { bytes: true },
        target: { bytes: true },
        animated: true,
      };
      const { header, body } = await sidecar.succeed({ ...common, encode, metadata: nothingKept }, input);
      assert.equal(header.frames, 3);
      const found = await sharp(body, { animated: true }).metadata();
      assert.deepEqual([found.pages, found.delay, found.loop], [3, [50, 60, 70], 2]);
      // Any of its frames can be looked at.
      const regions = [{ left: 3, top: 3, width: 1, height: 1 }];
      const sample = { operation: "sample", source: { bytes: true }, animated: false, frame: 2, regions };
      assert.equal((await sidecar.succeed(sample, body)).body.toString("hex"), "c80000ff");
    }
  });
});

test("metadata: all, what is named, or nothing", async () => {
  const input = await quarters()
    .jpeg()
    .withExif({ IFD0: { Copyright: "Ada", Make: "Camera" } })
    .toBuffer();
  await withSidecar(async (sidecar) => {
    /** @param {object} metadata */
    const exif = async (metadata) => {
      const encode = { format: "jpeg", quality: 80, chroma: "4:2:0", streaming: false };
      const common = { operation: "encode", source: { bytes: true }, target: { bytes: true }, encode };
      const { body } = await sidecar.succeed({ ...common, metadata }, input);
      return (await sharp(body).metadata()).exif?.toString("latin1") ?? "";
    };
    const all = await exif({ policy: "keep", profile: true });
    assert.ok(all.includes("Ada") && all.includes("Camera"));
    const named = await exif({ policy: "only", profile: true, exif: { Copyright: "Ada" } });
    assert.ok(named.includes("Ada") && !named.includes("Camera"));
    assert.equal(await exif(nothingKept), "");
  });
});

test("samples are raw pixels of the transformed image", async () => {
  const input = await quarters().png().toBuffer();
  await withSidecar(async (sidecar) => {
    const regions = [
      { left: 2, top: 2, width: 3, height: 2 },
      { left: 30, top: 12, width: 1, height: 1 },
    ];
    const { header, body } = await sidecar.succeed(
      { operation: "sample", source: { bytes: true }, regions },
      input,
    );
    assert.equal(header.regions, 2);
    assert.equal(body.toString("hex"), `${"ff0000ff".repeat(6)}ffffffff`);
    // One region is cut out by libvips while it reads, several out of one decode.
    const alone = [];
    for (const region of regions) {
      const request = { operation: "sample", source: { bytes: true }, regions: [region] };
      alone.push((await sidecar.succeed(request, input)).body);
    }
    assert.deepEqual(Buffer.concat(alone), body);
    const outside = [regions[0], { left: 39, top: 0, width: 2, height: 1 }];
    const refused = await sidecar.fail(
      { operation: "sample", source: { bytes: true }, regions: outside },
      input,
    );
    assert.equal(refused.code, "invalid_request");
    const transform = { rotate: 90, extract: { left: 0, top: 0, width: 10, height: 40 } };
    const one = [{ left: 5, top: 35, width: 1, height: 1 }];
    const turned = await sidecar.succeed(
      { operation: "sample", source: { bytes: true }, transform, regions: one },
      input,
    );
    assert.equal(turned.body.toString("hex"), "ffffffff");
  });
});

test("errors have codes", async () => {
  const good = await quarters().png().toBuffer();
  const inspect = { operation: "inspect", source: { bytes: true } };
  const encode = {
    operation: "encode",
    source: { bytes: true },
    target: { bytes: true },
    metadata: nothingKept,
  };
  await withSidecar(async (sidecar) => {
    for (const [
      expected,
      request,
      body,
    ] of /** @type {Array<[string, Record<string, unknown>, Buffer?]>} */ ([
      ["invalid_request", { operation: "paint" }],
      ["invalid_request", { ...inspect, source: { path: "" } }],
      ["invalid_request", { ...inspect, limits: { maxPixels: 0 } }, good],
      ["invalid_request", { ...encode, encode: { format: "bmp" } }, good],
      ["invalid_request", { ...encode, encode: { ...png, effort: 10 } }, good],
      ["io", { ...inspect, source: { path: join(folder, "missing.png") } }],
      ["unsupported", inspect, Buffer.from("this is a text")],
      ["limit_exceeded", { ...encode, encode: png, limits: { maxPixels: 100 } }, good],
      ["corrupt", { ...encode, encode: png }, good.subarray(0, good.length - 30)],
    ])) {
      const failure = await sidecar.fail(request, body);
      assert.equal(failure.code, expected, failure.message);
    }
    // It still serves.
    assert.equal((await sidecar.succeed(inspect, good)).header.width, 40);
  });
});

test("a failed request leaves no file", async () => {
  const source = join(folder, "cut.png");
  writeFileSync(source, (await quarters().png().toBuffer()).subarray(0, 90));
  const target = join(folder, "never.jpg");
  await withSidecar(async (sidecar) => {
    const encode = { format: "jpeg", quality: 80, chroma: "4:2:0", streaming: true };
    const request = { operation: "encode", source: { path: source }, target: { path: target }, encode };
    await sidecar.fail({ ...request, metadata: nothingKept });
    assert.ok(!existsSync(target));
  });
});

test("many requests are in flight at once, and pings are answered meanwhile", async () => {
  const input = await sharp({ create: { width: 3000, height: 2000, channels: 3, background: "teal" } })
    .png()
    .toBuffer();
  await withSidecar(async (sidecar) => {
    const encode = { format: "webp", quality: 80, effort: 9, lossless: false };
    const request = {
      operation: "encode",
      source: { bytes: true },
      target: { bytes: true },
      encode,
      metadata: nothingKept,
    };
    const requests = Array.from({ length: 4 }, () => sidecar.succeed(request, input));
    const pong = await sidecar.ask({ id: 1_000_000, kind: Kind.ping });
    assert.equal(pong.kind, Kind.pong);
    assert.equal(pong.header.active, 4);
    for (const answer of await Promise.all(requests)) assert.equal(answer.header.width, 3000);
  });
});

test("a cancelled request is answered as such", async () => {
  const input = await sharp({ create: { width: 3000, height: 2000, channels: 3, background: "teal" } })
    .png()
    .toBuffer();
  await withSidecar(async (sidecar) => {
    const encode = { format: "webp", quality: 80, effort: 9, lossless: false };
    const request = {
      operation: "encode",
      source: { bytes: true },
      target: { bytes: true },
      encode,
      metadata: nothingKept,
    };
    const failed = sidecar.fail(request, input);
    for (const chunk of encodeFrame({ id: 1, kind: Kind.cancel })) sidecar.sendBytes(chunk);
    assert.equal((await failed).code, "cancelled");
  });
});

test("when the other side goes, the process ends and removes what is half written", async () => {
  const source = join(folder, "large.png");
  await sharp({ create: { width: 6000, height: 6000, channels: 3, background: "teal" } })
    .png()
    .toFile(source);
  const target = join(folder, "half.avif");
  const sidecar = new Sidecar();
  await sidecar.hello();
  const encode = { format: "avif", quality: 60, effort: 9, lossless: false, chroma: "4:4:4" };
  void sidecar.request({
    operation: "encode",
    source: { path: source },
    target: { path: target },
    encode,
    metadata: nothingKept,
  });
  await sidecar.ask({ id: 99, kind: Kind.ping });
  // At once: an orderly end would wait for the encoder.
  assert.equal((await sidecar.close()).signal, "SIGKILL");
  assert.ok(!readdirSync(folder).includes("half.avif"));
});
