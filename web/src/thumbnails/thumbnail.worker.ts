/** Decodes and shrinks images for the list, one at a time, so that the engine keeps the cores. */
import * as comlink from "comlink";
import { readDimensions } from "../engine/dimensions";

/** Shown at 56 CSS pixels; enough for a dense screen. */
const EDGE = 128;

/** Decoding for a small picture is not worth more than this; the engine's own limit is the same. */
const MAX_PIXELS = 100e6;

export interface Thumbnail {
  blob: Blob;
  /** Of the image as it is shown, after orientation. */
  width: number;
  height: number;
}

async function make(file: Blob): Promise<Thumbnail | null> {
  let full: ImageBitmap;
  try {
    const announced = await readDimensions(file);
    if (announced && announced.width * announced.height > MAX_PIXELS) return null;
    full = await createImageBitmap(file);
  } catch {
    // Not an image the browser knows. The engine says what is wrong with it; here it only has no picture.
    return null;
  }
  try {
    const { width, height } = full;
    const scale = Math.min(1, EDGE / Math.min(width, height));
    // The middle square: what the list shows.
    const side = Math.max(1, Math.round(Math.min(width, height) * scale));
    const canvas = new OffscreenCanvas(side, side);
    const context = canvas.getContext("2d");
    if (!context) return null;
    const crop = Math.min(width, height);
    context.imageSmoothingQuality = "medium";
    context.drawImage(full, (width - crop) / 2, (height - crop) / 2, crop, crop, 0, 0, side, side);
    return { blob: await canvas.convertToBlob({ type: "image/webp", quality: 0.8 }), width, height };
  } finally {
    full.close();
  }
}

let last: Promise<unknown> = Promise.resolve();

const api = {
  thumbnail(file: Blob): Promise<Thumbnail | null> {
    const mine = last.then(() => make(file));
    // One failure must not stop the line.
    last = mine.catch(() => null);
    return mine;
  },
};

export type ThumbnailWorkerApi = typeof api;

comlink.expose(api);
