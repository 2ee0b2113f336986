/** What can be asked for, by the name in a request's header. */

import { statSync } from "node:fs";
import sharp from "sharp";
import { encode, metadata } from "./encoders.js";
import { invalidField, SidecarError } from "./errors.js";
import { open, transform } from "./pixels.js";
import { boolean, integer, object, path, region, source } from "./request.js";
import { squoosh } from "./squoosh.js";

/**
 * @typedef {{ header: Record<string, unknown>, body: Buffer }} Request
 * @typedef {{ header: object, body?: Buffer }} Answer
 */

/** Frames of the longest animation that is opened. */
const MAX_DEADLINE_SECONDS = 3600;

/** Regions of one sample, at most. */
const MAX_REGIONS = 256;

/** Pixels of one region, at most: what comes back is raw. */
const MAX_REGION_PIXELS = 1 << 24;

/** @param {Record<string, unknown>} header @param {Buffer} body */
function opened(header, body) {
  const limits = object(header.limits, "limits");
  const maxPixels = integer(limits.maxPixels, "limits.maxPixels", 1, Number.MAX_SAFE_INTEGER);
  const animated = boolean(header.animated, "animated");
  const image = open(source(header.source, "source"), body, { animated, limits: { maxPixels } });
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
  const parts = [];
  for (const [index, given] of regions.entries()) {
    const part = region(given, `regions[${index}]`);
    if (part.width * part.height > MAX_REGION_PIXELS) {
      throw invalidField(`regions[${index}]`, `at most ${MAX_REGION_PIXELS} pixels`, part);
    }
    // One after the other: each reads the file from its top, and memory is for one reader.
    const image = await transform(opened(header, body), header.transform);
    const pixels = await image
      .extract(part)
      .toColourspace("srgb")
      .ensureAlpha()
      .raw({ depth: "uchar" })
      .toBuffer();
    const expected = part.width * part.height * 4;
    if (pixels.length !== expected) {
      throw new SidecarError(
        "internal",
        `expected ${expected} bytes of pixels, libvips gave ${pixels.length}`,
      );
    }
    parts.push(pixels);
  }
  return { header: { regions: parts.length, channels: 4 }, body: Buffer.concat(parts) };
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
