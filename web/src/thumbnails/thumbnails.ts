import * as comlink from "comlink";
import type { Engine } from "../engine/port";
import { type ThumbnailSource, Thumbnails } from "./loader";
import type { ThumbnailWorkerApi } from "./thumbnail.worker";

/** Of what the engine decodes because the browser cannot: enough for the list on a dense screen. */
const EDGE = 256;

/** The worker makes one after the other; the others are for the engine, which may have to finish something first. */
const PARALLEL = 3;

/** Starts the worker with the first image; an empty page needs none. */
export function createThumbnails(engine: () => Promise<Engine>): Thumbnails {
  let remote: comlink.Remote<ThumbnailWorkerApi> | undefined;
  return new Thumbnails(
    async (file) => {
      remote ??= comlink.wrap<ThumbnailWorkerApi>(
        new Worker(new URL("./thumbnail.worker.ts", import.meta.url), { type: "module", name: "thumbnails" }),
      );
      return (await remote.thumbnail(file)) ?? fromEngine(await engine(), file);
    },
    { parallel: PARALLEL },
  );
}

async function fromEngine(engine: Engine, file: Blob): Promise<ThumbnailSource | null> {
  if (!engine.info.looks) return null;
  const { rgba, width, height, fullWidth, fullHeight } = await engine.preview(file, EDGE);
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")?.putImageData(new ImageData(rgba, width, height), 0, 0);
  return {
    blob: await canvas.convertToBlob({ type: "image/webp", quality: 0.8 }),
    width: fullWidth,
    height: fullHeight,
  };
}
