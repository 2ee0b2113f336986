/**
 * One function for each output format: resolved settings in, sharp's options on the pipeline out.
 *
 * `quality` is on each encoder's own scale, 1 to 100. `effort` is planish's, 1 (fast) to 9 (smallest).
 */

import { invalidField } from "./errors.js";
import { boolean, integer, number, object, oneOf } from "./request.js";

/** @typedef {import('sharp').Sharp} Sharp */

/** From planish's effort to an encoder's own scale. @param {number} effort @param {number} from @param {number} to */
const scaled = (effort, from, to) => Math.round(from + ((effort - 1) / 8) * (to - from));

/** @param {Record<string, unknown>} given */
const quality = (given) => Math.round(number(given.quality, "encode.quality", 1, 100));

/** @param {Record<string, unknown>} given */
const effort = (given) => integer(given.effort, "encode.effort", 1, 9);

/** @param {Record<string, unknown>} given */
const lossless = (given) => boolean(given.lossless, "encode.lossless");

/** @param {Record<string, unknown>} given */
const chroma = (given) => oneOf(given.chroma, "encode.chroma", ["4:2:0", "4:4:4"]);

const TIFF_COMPRESSIONS = /** @type {const} */ (["deflate", "lzw", "none", "jpeg"]);

/** @type {Record<import('./request.js').OutputFormat, (image: Sharp, given: Record<string, unknown>) => Sharp>} */
const ENCODERS = {
  jpeg(image, given) {
    // mozjpeg's trellis, progressive scans and optimal tables all need every coefficient of the image at once:
    // 2 bytes for each sample. `streaming` says that there is no room for that.
    const streaming = boolean(given.streaming, "encode.streaming");
    return image.jpeg({
      quality: quality(given),
      chromaSubsampling: chroma(given),
      mozjpeg: !streaming,
      optimiseCoding: !streaming,
      progressive: !streaming,
    });
  },

  png(image, given) {
    const palette = boolean(given.palette, "encode.palette");
    const options = { compressionLevel: scaled(effort(given), 6, 9), adaptiveFiltering: true };
    if (!palette) return image.png(options);
    return image.png({ ...options, palette, quality: quality(given), effort: scaled(effort(given), 4, 10) });
  },

  webp(image, given) {
    const encoderEffort = scaled(effort(given), 2, 6);
    if (lossless(given)) return image.webp({ lossless: true, quality: 100, effort: encoderEffort });
    return image.webp({
      quality: quality(given),
      alphaQuality: 100,
      smartSubsample: true,
      effort: encoderEffort,
    });
  },

  avif(image, given) {
    const encoderEffort = scaled(effort(given), 1, 6);
    if (lossless(given))
      return image.avif({ lossless: true, effort: encoderEffort, chromaSubsampling: "4:4:4" });
    return image.avif({ quality: quality(given), effort: encoderEffort, chromaSubsampling: chroma(given) });
  },

  gif(image, given) {
    const exact = lossless(given);
    return image.gif({
      reuse: exact,
      dither: exact ? 0 : 1,
      effort: scaled(effort(given), 3, 10),
      interFrameMaxError: 0,
      interPaletteMaxError: exact ? 0 : 3,
    });
  },

  tiff(image, given) {
    const pyramid = boolean(given.pyramid, "encode.pyramid");
    const layout = {
      bigtiff: boolean(given.bigTiff, "encode.bigTiff"),
      // Each level of a pyramid is read in parts.
      tile: boolean(given.tiles, "encode.tiles") || pyramid,
      tileWidth: 256,
      tileHeight: 256,
      pyramid,
    };
    const compression = oneOf(given.compression, "encode.compression", TIFF_COMPRESSIONS);
    if (lossless(given) && compression === "jpeg") {
      throw invalidField("encode.compression", "one without loss", compression);
    }
    return image.tiff({ ...layout, compression, predictor: "horizontal", quality: quality(given) });
  },
};

/** The formats that can be written. */
export const OUTPUT_FORMATS = /** @type {import('./request.js').OutputFormat[]} */ (Object.keys(ENCODERS));

/**
 * @param {Sharp} image
 * @param {unknown} given
 */
export function encode(image, given) {
  const settings = object(given, "encode");
  const format = oneOf(settings.format, "encode.format", OUTPUT_FORMATS);
  return ENCODERS[format](image, settings);
}

/**
 * What stays of the metadata: the colour profile always (unless the image becomes sRGB), EXIF fields by name, or all.
 *
 * @param {Sharp} image
 * @param {unknown} given
 */
export function metadata(image, given) {
  const asked = object(given, "metadata");
  const policy = oneOf(asked.policy, "metadata.policy", ["keep", "only"]);
  let result = image;
  if (boolean(asked.profile, "metadata.profile")) result = result.keepIccProfile();
  if (policy === "keep") return result.keepExif().keepXmp();
  const fields = object(asked.exif ?? {}, "metadata.exif");
  for (const [name, text] of Object.entries(fields)) {
    if (typeof text !== "string") throw invalidField(`metadata.exif.${name}`, "a text", text);
  }
  if (Object.keys(fields).length > 0) {
    result = result.withExif({ IFD0: /** @type {Record<string, string>} */ (fields) });
  }
  return result;
}
