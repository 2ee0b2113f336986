import * as comlink from "comlink";
import { Thumbnails } from "./loader";
import type { ThumbnailWorkerApi } from "./thumbnail.worker";

/** Starts the worker with the first image; an empty page needs none. */
export function createThumbnails(): Thumbnails {
  let remote: comlink.Remote<ThumbnailWorkerApi> | undefined;
  return new Thumbnails((file) => {
    remote ??= comlink.wrap<ThumbnailWorkerApi>(
      new Worker(new URL("./thumbnail.worker.ts", import.meta.url), { type: "module", name: "thumbnails" }),
    );
    return remote.thumbnail(file);
  });
}
