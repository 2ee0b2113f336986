import * as comlink from "comlink";
import type { ThumbnailWorkerApi } from "./thumbnail.worker";

/** Starts the worker with the first image; an empty page needs none. */
export function createThumbnails() {
  let remote: comlink.Remote<ThumbnailWorkerApi> | undefined;
  return async (file: File) => {
    remote ??= comlink.wrap<ThumbnailWorkerApi>(
      new Worker(new URL("./thumbnail.worker.ts", import.meta.url), { type: "module", name: "thumbnails" }),
    );
    const made = await remote.thumbnail(file);
    return made && { url: URL.createObjectURL(made.blob), width: made.width, height: made.height };
  };
}
