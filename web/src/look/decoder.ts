import * as comlink from "comlink";
import type { Picture } from "./draw";
import type { LookWorkerApi } from "./look.worker";

let remote: comlink.Remote<LookWorkerApi> | undefined;
let last: Promise<unknown> = Promise.resolve();

/** Started with the first look. */
export function lookWorker(): comlink.Remote<LookWorkerApi> {
  remote ??= comlink.wrap<LookWorkerApi>(
    new Worker(new URL("./look.worker.ts", import.meta.url), { type: "module", name: "look" }),
  );
  return remote;
}

/** One at a time; what is no longer wanted when its turn comes is not decoded. Null: it cannot be shown. */
export function decodePicture(file: Blob, signal: AbortSignal): Promise<Picture | null> {
  const mine = last.then(async () => {
    if (signal.aborted) return null;
    const decoded = await lookWorker().decode(file);
    if (!decoded) return null;
    const picture = { ...decoded, width: decoded.full.width, height: decoded.full.height };
    if (!signal.aborted) return picture;
    closePicture(picture);
    return null;
  });
  last = mine.catch(() => null);
  return mine;
}

/** Bitmaps are large, and the collector does not see how large. */
export function closePicture(picture: Picture | null): void {
  picture?.full.close();
  picture?.preview?.close();
}
