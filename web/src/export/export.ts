import * as comlink from "comlink";
import type { DownloadWord } from "../offline/messages";
import { listen, within } from "../offline/offline";
import type { QueueItem } from "../queue/item";
import { uniquePaths } from "./names";
import type { ZipEntry, ZipWorkerApi } from "./zip.worker";

/** Time for the browser to take hold of a download before its URL is revoked. */
const REVOKE_AFTER_MS = 60_000;

/** A service worker that hears nothing for half a minute may be ended. */
const ALIVE_EVERY_MS = 10_000;

/** A browser that has not asked for a download by then will not: some policies forbid downloads by frames. */
const TAKEN_WITHIN_MS = 20_000;

const ARCHIVE = "planish.zip";

export function entriesOf(items: Iterable<QueueItem>): ZipEntry[] {
  const done = [...items].filter((item) => item.state === "done");
  const paths = uniquePaths(done.map((item) => item.output.path));
  return done.map((item, index) => ({
    path: paths[index] ?? item.output.path,
    blob: item.output.blob,
    lastModified: item.file.lastModified,
  }));
}

/**
 * Downloads every finished image as one archive, which is never in memory as a whole: through the service worker
 * straight into the download, else by way of a file in the browser's storage.
 */
export async function downloadAll(items: Iterable<QueueItem>): Promise<void> {
  const entries = entriesOf(items);
  const controller = navigator.serviceWorker?.controller;
  const streamed =
    controller && streamsTravel() && (await withZipWorker((zip) => stream(zip, entries, controller)));
  if (!streamed) await withZipWorker(async (zip) => save(await stored(zip, entries), ARCHIVE));
}

/** Packs every finished image into a file that the user chose. */
export async function saveArchive(items: Iterable<QueueItem>, file: FileSystemFileHandle): Promise<void> {
  const entries = entriesOf(items);
  await withZipWorker((zip) => zip.toFile(entries, file));
}

/** A worker for each archive: it is rare, and its memory goes with it. */
async function withZipWorker<T>(use: (zip: comlink.Remote<ZipWorkerApi>) => Promise<T>): Promise<T> {
  const worker = new Worker(new URL("./zip.worker.ts", import.meta.url), { type: "module", name: "zip" });
  try {
    return await use(comlink.wrap<ZipWorkerApi>(worker));
  } finally {
    worker.terminate();
  }
}

/** Whether the browser took the stream. */
async function stream(
  zip: comlink.Remote<ZipWorkerApi>,
  entries: readonly ZipEntry[],
  controller: ServiceWorker,
): Promise<boolean> {
  const alive = setInterval(() => controller.postMessage({ type: "alive" }), ALIVE_EVERY_MS);
  let frame: HTMLIFrameElement | undefined;
  try {
    let written: Promise<void> | undefined;
    const taken = new Promise<true>((resolve) => {
      const hear = (word: DownloadWord) => {
        if (word === "taken") resolve(true);
        else frame = visit(word.url);
      };
      const offer = (archive: ReadableStream<Uint8Array>) =>
        listen(controller, { type: "download", name: ARCHIVE, stream: archive }, hear, [
          archive as unknown as Transferable,
        ]);
      written = zip.toStream(entries, comlink.proxy(offer));
    });
    if (!(await within(TAKEN_WITHIN_MS, taken))) {
      frame?.remove();
      return false;
    }
    await written;
    return true;
  } finally {
    clearInterval(alive);
  }
}

async function stored(zip: comlink.Remote<ZipWorkerApi>, entries: readonly ZipEntry[]): Promise<Blob> {
  try {
    return await zip.toTemporaryFile(entries, ARCHIVE);
  } catch {
    // No storage, or no room in it: the browser may still find some.
    return zip.toBlob(entries);
  }
}

/** Whether streams can be handed from thread to thread; Safari's cannot. */
function streamsTravel(): boolean {
  try {
    const { port1 } = new MessageChannel();
    const probe = new ReadableStream();
    port1.postMessage(probe, [probe as unknown as Transferable]);
    port1.close();
    return true;
  } catch {
    return false;
  }
}

/** Asks for an address whose answer is a file to be saved. A frame, so that the page itself goes nowhere. */
function visit(url: string): HTMLIFrameElement {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.src = url;
  document.body.append(frame);
  setTimeout(() => frame.remove(), REVOKE_AFTER_MS);
  return frame;
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_AFTER_MS);
}
