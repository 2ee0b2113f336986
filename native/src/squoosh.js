/**
 * Squoosh's codecs: raw pixels in, a file out. Each encode runs in a worker thread, so that the process goes on
 * answering; the module itself knows one thread only, and the same module gives the same bytes in a browser.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { invalidField, SidecarError } from "./errors.js";
import { boolean, integer, number, object, oneOf } from "./request.js";

/** @typedef {'avif' | 'jxl'} Codec */
/** @typedef {(value: unknown, field: string) => number | boolean} Check */

/** Longest edge of an image. */
const MAX_EDGE = 65_535;

/** @param {number} from @param {number} to @returns {Check} */
const whole = (from, to) => (value, field) => integer(value, field, from, to);

/** @type {Check} */
const quality = (value, field) => number(value, field, 0, 100);

/** Every option of each codec: none is left to a default of the module. @type {Record<Codec, Record<string, Check>>} */
const OPTIONS = {
  avif: {
    quality,
    qualityAlpha: quality,
    denoiseLevel: whole(0, 50),
    tileColsLog2: whole(0, 6),
    tileRowsLog2: whole(0, 6),
    speed: whole(0, 10),
    subsample: whole(0, 3),
    chromaDeltaQ: boolean,
    sharpness: whole(0, 7),
    tune: whole(0, 2),
    enableSharpYUV: boolean,
    bitDepth: (value, field) => Number(oneOf(String(value), field, ["8", "10"])),
    lossless: boolean,
  },
  jxl: {
    effort: whole(1, 9),
    quality,
    progressive: boolean,
    epf: whole(-1, 3),
    lossyPalette: boolean,
    decodingSpeedTier: whole(0, 4),
    photonNoiseIso: whole(0, 100_000),
    lossyModular: boolean,
    lossless: boolean,
  },
};

const require = createRequire(import.meta.url);

/** The version of a codec's package; null where it is not installed. @param {Codec} codec */
function installed(codec) {
  try {
    const manifest = require.resolve(`@jsquash/${codec}/package.json`);
    return String(JSON.parse(readFileSync(manifest, "utf8")).version);
  } catch {
    return null;
  }
}

/**
 * `squoosh`: raw pixels, RGBA, encoded by one of Squoosh's codecs.
 *
 * @param {{ header: Record<string, unknown>, body: Buffer }} request
 * @returns {Promise<{ header: object, body: Buffer }>}
 */
export async function squoosh({ header, body }) {
  const codec = oneOf(header.codec, "codec", /** @type {const} */ (["avif", "jxl"]));
  const width = integer(header.width, "width", 1, MAX_EDGE);
  const height = integer(header.height, "height", 1, MAX_EDGE);
  const bits = Number(oneOf(String(header.bits), "bits", codec === "avif" ? ["8", "10"] : ["8"]));
  const given = object(header.options, "options");
  const options = Object.fromEntries(
    Object.entries(OPTIONS[codec]).map(([name, check]) => [name, check(given[name], `options.${name}`)]),
  );
  const seconds = integer(header.deadlineSeconds, "deadlineSeconds", 1, 3600);
  const expected = width * height * 4 * (bits === 8 ? 1 : 2);
  if (body.length !== expected) throw invalidField("body", `${expected} bytes of pixels`, body.length);
  const version = installed(codec);
  if (version !== header.version) {
    throw new SidecarError(
      "unsupported",
      `expected @jsquash/${codec} ${header.version}, got ${version ?? "none"}; npm ci installs it`,
    );
  }
  const file = await encode({ codec, width, height, bits, options }, body, seconds);
  return { header: { size: file.length }, body: Buffer.from(file.buffer, file.byteOffset, file.length) };
}

/**
 * @param {object} job
 * @param {Buffer} body
 * @param {number} seconds
 * @returns {Promise<Uint8Array>}
 */
function encode(job, body, seconds) {
  // A copy of its own: the buffer may be a part of a larger one, and goes to the worker for good.
  const pixels = new Uint8Array(body);
  const worker = new Worker(new URL("squoosh-worker.js", import.meta.url), {
    workerData: { ...job, pixels },
    transferList: [pixels.buffer],
    // What a codec prints must not get between the frames.
    stdout: true,
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new SidecarError("timed_out", "the codec took longer than allowed", { transient: true })),
      seconds * 1000,
    );
    worker.once("message", ({ file, error }) => {
      clearTimeout(timer);
      if (file) resolve(file);
      else reject(new SidecarError("internal", error));
    });
    worker.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
  }).finally(() => worker.terminate());
}
