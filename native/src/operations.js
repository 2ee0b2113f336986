/** What can be asked for, by the name in a request's header. */

import { statSync } from "node:fs";
import sharp from "sharp";
import { encode, metadata } from "./encoders.js";
import { invalidField, SidecarError } from "./errors.js";
import { open, transform } from "./pixels.js";
import { boolean, integer, object, path, region, size, source } from "./request.js";
import { squoosh } from "./squoosh.js";

/**
 * @typedef {{ header: Record<string, unknown>, body: Buffer }} Request
 * @typedef {{ header: object, body?: Buffer }} Answer
 */

/** The longest deadline. */
const MAX_DEADLINE_SECONDS = 3600;

/** Regions of one sample, at most. */
const MAX_REGIONS = 256;

/** Pixels of one region, at most: what comes back is raw. */
const MAX_REGION_PIXELS = 1 << 24;

/** Pixels of an image that is decoded once for all regions of a sample: 64 MiB raw. */
const MAX_WHOLE_PIXELS = 1 << 24;

/** Frames of an animation, at most: what a GIF of many hours has. */
const MAX_FRAME = 1_000_000;

/** @param {Record<string, unknown>} header @param {Buffer} body */
function opened(header, body) {
  const limits = object(header.limits, "limits");
  const maxPixels = integer(limits.maxPixels, "limits.maxPixels", 1, Number.MAX_SAFE_INTEGER);
  const animated = boolean(header.animated, "animated");
  const frame = header.frame === undefined ? 0 : integer(header.frame, "frame", 0, MAX_FRAME);
  const image = open(source(header.source, "source"), body, { animated, frame, limits: { maxPixels } });
  const seconds = integer(header.deadlineSeconds, "deadlineSeconds", 1, MAX_DEADLINE_SECONDS);
  return image.timeout({ seconds });
}

/**
 * `inspect`: what the file says about itself, without decoding its pixels.
 *
 * @param {Request} request
 * @returns {Promise<Answer>}
 */
async function inspect({ header, body }) {
  const found = await opened(header, body).metadata();
  const upright = found.autoOrient ?? { width: found.width, height: found.height };
  return {
    header: {
      format: found.format,
      compression: found.compression ?? null,
      width: upright.width,
      height: found.pageHeight !== undefined && (found.pages ?? 1) > 1 ? found.pageHeight : upright.height,
      frames: found.pages ?? 1,
      channels: found.channels,
      depth: found.depth,
      space: found.space,
      hasAlpha: found.hasAlpha,
      hasProfile: found.hasProfile,
      orientation: found.orientation ?? 1,
      exifBytes: found.exif?.length ?? 0,
      xmpBytes: found.xmp?.length ?? 0,
    },
    // The other side reads copyright and author out of it.
    body: found.exif,
  };
}

/**
 * `encode`: one image made into another, from file to file where both are files.
 *
 * @param {Request} request
 * @returns {Promise<Answer>}
 */
async function encodeImage({ header, body }) {
  const target = object(header.target, "target");
  const asBytes = target.bytes === true;
  const image = metadata(
    encode(await transform(opened(header, body), header.transform), header.encode),
    object(header.metadata, "metadata"),
  );
  if (asBytes) {
    const { data, info } = await image.toBuffer({ resolveWithObject: true });
    return { header: written(info, data.length), body: data };
  }
  const file = path(target.path, "target.path");
  const info = await image.toFile(file);
  return { header: written(info, statSync(file).size) };
}

/** @param {import('sharp').OutputInfo} info @param {number} size */
function written(info, size) {
  const frames = info.pageHeight === undefined ? 1 : Math.round(info.height / info.pageHeight);
  return { format: info.format, width: info.width, height: info.pageHeight ?? info.height, frames, size };
}

/**
 * `sample`: parts of the transformed image as raw pixels, RGBA with 8 bits each in sRGB, one part after the other in
 * the order asked for. With it the other side measures what it could not decode whole.
 *
 * @param {Request} request
 * @returns {Promise<Answer>}
 */
async function sample({ header, body }) {
  const { regions } = header;
  if (!Array.isArray(regions) || regions.length === 0 || regions.length > MAX_REGIONS) {
    throw invalidField(
      "regions",
      `a list of 1 to ${MAX_REGIONS} regions`,
      Array.isArray(regions) ? regions.length : regions,
    );
  }
  const parts = regions.map((given, index) => {
    const part = region(given, `regions[${index}]`);
    if (part.width * part.height > MAX_REGION_PIXELS) {
      throw invalidField(`regions[${index}]`, `at most ${MAX_REGION_PIXELS} pixels`, part);
    }
    return part;
  });
  const decode = async (/** @type {import('./request.js').Region | undefined} */ part) => {
    const image = await transform(opened(header, body), header.transform);
    const cut = part === undefined ? image : image.extract(part);
    const raw = cut.toColourspace("srgb").ensureAlpha().raw({ depth: "uchar" });
    return raw.toBuffer({ resolveWithObject: true });
  };
  const pixels = [];
  if (parts.length > 1 && (await countPixels(header, body)) <= MAX_WHOLE_PIXELS) {
    // One decode for all of them: each on its own would read the file from its top.
    const whole = await decode(undefined);
    for (const part of parts) pixels.push(cutOut(whole, part));
  } else {
    // One after the other: memory is for one reader.
    for (const part of parts) {
      const { data } = await decode(part);
      const expected = part.width * part.height * 4;
      if (data.length !== expected) {
        throw new SidecarError(
          "internal",
          `expected ${expected} bytes of pixels, libvips gave ${data.length}`,
        );
      }
      pixels.push(data);
    }
  }
  return { header: { regions: parts.length, channels: 4 }, body: Buffer.concat(pixels) };
}

/** Pixels of one frame, before and after the transform, whichever are more. @param {Record<string, unknown>} header @param {Buffer} body */
async function countPixels(header, body) {
  const found = await opened(header, body).metadata();
  const { resize } = /** @type {{ resize?: unknown }} */ (object(header.transform ?? {}, "transform"));
  const made = resize === undefined ? { width: 0, height: 0 } : size(resize, "transform.resize");
  return Math.max(found.width * (found.pageHeight ?? found.height), made.width * made.height);
}

/**
 * A part of raw RGBA pixels.
 *
 * @param {{ data: Buffer, info: { width: number, height: number } }} whole
 * @param {import('./request.js').Region} part
 */
function cutOut({ data, info }, part) {
  if (part.left + part.width > info.width || part.top + part.height > info.height) {
    throw new SidecarError(
      "invalid_request",
      `expected a region inside ${info.width} × ${info.height} pixels`,
    );
  }
  const rows = [];
  for (let y = part.top; y < part.top + part.height; y += 1) {
    const start = (y * info.width + part.left) * 4;
    rows.push(data.subarray(start, start + part.width * 4));
  }
  return Buffer.concat(rows);
}

/** @type {Record<string, (request: Request) => Promise<Answer>>} */
const OPERATIONS = { inspect, encode: encodeImage, sample, squoosh };

/** The names of all operations. */
export const OPERATION_NAMES = Object.keys(OPERATIONS);

/**
 * Does what a request asks for.
 *
 * @param {Request} request
 * @returns {Promise<Answer>}
 */
export function perform(request) {
  const { operation } = request.header;
  const known = typeof operation === "string" && Object.hasOwn(OPERATIONS, operation);
  if (!known) throw invalidField("operation", `one of ${OPERATION_NAMES.join(", ")}`, operation);
  return OPERATIONS[operation](request);
}

/**
 * Bounds libvips by what the other side may spend.
 *
 * @param {Record<string, unknown>} given
 */
export function configure(given) {
  const megabytes = integer(given.cacheMegabytes, "cacheMegabytes", 0, 1 << 20);
  sharp.cache(megabytes === 0 ? false : { memory: megabytes, files: 20, items: 100 });
  sharp.concurrency(integer(given.concurrency, "concurrency", 1, 1024));
}
