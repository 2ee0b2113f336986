/** From a source to the pixels that are to be encoded. */

import sharp from "sharp";
import { invalidField } from "./errors.js";
import { boolean, integer, number, object, region, size } from "./request.js";

/**
 * @typedef {import('./request.js').Source} Source
 * @typedef {object} Limits
 * @property {number} maxPixels Pixels of the input, all frames together.
 */

/**
 * Opens a source, top to bottom: the image never sits whole in memory unless an operation needs it so.
 *
 * @param {Source} from
 * @param {Buffer} body The frame's body, for a source that travels in it.
 * @param {{ animated: boolean, frame: number, limits: Limits }} options `frame`: the one that is opened where not all are.
 */
export function open(from, body, { animated, frame, limits }) {
  return sharp("path" in from ? from.path : body, {
    ...(animated ? { animated } : { page: frame }),
    failOn: "error",
    limitInputPixels: limits.maxPixels,
    sequentialRead: true,
  });
}

/**
 * Applies what was asked, in this order: orient by EXIF, mirror (vertically, horizontally), turn clockwise, cut out,
 * resize to exactly that size, flatten, convert to sRGB. Coordinates are those after turning.
 *
 * Resizing happens in linear light with premultiplied alpha and Lanczos3, as in the core.
 *
 * @param {import('sharp').Sharp} image
 * @param {unknown} given
 */
export async function transform(image, given) {
  const asked = object(given ?? {}, "transform");
  const flag = (/** @type {string} */ name) =>
    asked[name] !== undefined && boolean(asked[name], `transform.${name}`);
  const [orient, flipVertical, flipHorizontal] = [
    flag("orient"),
    flag("flipVertical"),
    flag("flipHorizontal"),
  ];
  const degrees = asked.rotate === undefined ? 0 : integer(asked.rotate, "transform.rotate", 0, 270);
  if (degrees % 90 !== 0) throw invalidField("transform.rotate", "0, 90, 180 or 270", degrees);
  let part = asked.extract === undefined ? undefined : region(asked.extract, "transform.extract");
  if (part !== undefined && degrees === 0 && (flipVertical || flipHorizontal)) {
    // sharp mirrors before it cuts only where it also turns; without turning it cuts first.
    const { width, height } = await uprightSize(image, orient);
    part = {
      ...part,
      left: flipHorizontal ? width - part.left - part.width : part.left,
      top: flipVertical ? height - part.top - part.height : part.top,
    };
  }

  let result = image;
  if (orient) result = result.autoOrient();
  if (flipVertical) result = result.flip();
  if (flipHorizontal) result = result.flop();
  if (degrees !== 0) result = result.rotate(degrees);
  if (part !== undefined) result = result.extract(part);
  if (asked.resize !== undefined) {
    const { width, height } = size(asked.resize, "transform.resize");
    result = result.pipelineColourspace("scrgb").resize({ width, height, fit: "fill", kernel: "lanczos3" });
  }
  if (asked.background !== undefined) {
    const [r, g, b] = channels(asked.background);
    result = result.flatten({ background: { r, g, b } });
  }
  return result;
}

/** @param {import('sharp').Sharp} image @param {boolean} orient */
async function uprightSize(image, orient) {
  const found = await image.metadata();
  return orient && found.autoOrient ? found.autoOrient : found;
}

/** @param {unknown} value @returns {[number, number, number]} */
function channels(value) {
  if (!Array.isArray(value) || value.length !== 3)
    throw invalidField("transform.background", "three numbers", value);
  const [r, g, b] = value.map((channel, index) => number(channel, `transform.background[${index}]`, 0, 255));
  return [Number(r), Number(g), Number(b)];
}
