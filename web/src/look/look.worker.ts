/** Decodes images to look at, and lists the metadata in files, away from the main thread. */
import * as comlink from "comlink";
import { readDimensions } from "../engine/dimensions";
import { type MetadataBlock, metadataBlocks } from "./metadata";

/** The engine's own limit; two of them at four bytes a pixel are what a tab can just hold. */
const MAX_PIXELS = 100e6;

/** Long edge of the smaller version of a large image: enough for the whole of it on most screens. */
const PREVIEW_EDGE = 2048;

/** Metadata stands at the front of most files; of larger ones no more than this is read. */
const METADATA_BYTES = 64 * 2 ** 20;

export interface Decoded {
  full: ImageBitmap;
  preview: ImageBitmap | null;
}

async function previewOf(full: ImageBitmap): Promise<ImageBitmap | null> {
  const scale = PREVIEW_EDGE / Math.max(full.width, full.height);
  if (scale >= 0.75) return null;
  return createImageBitmap(full, {
    resizeWidth: Math.max(1, Math.round(full.width * scale)),
    resizeHeight: Math.max(1, Math.round(full.height * scale)),
    resizeQuality: "high",
  });
}

const api = {
  /** Null where the browser cannot show it. */
  async decode(file: Blob): Promise<Decoded | null> {
    const announced = await readDimensions(file);
    if (announced && announced.width * announced.height > MAX_PIXELS) return null;
    let full: ImageBitmap;
    try {
      full = await createImageBitmap(file);
    } catch {
      return null;
    }
    const preview = await previewOf(full);
    return comlink.transfer({ full, preview }, preview ? [full, preview] : [full]);
  },

  async metadata(file: Blob): Promise<MetadataBlock[] | null> {
    return metadataBlocks(new Uint8Array(await file.slice(0, METADATA_BYTES).arrayBuffer()));
  },
};

export type LookWorkerApi = typeof api;

comlink.expose(api);
