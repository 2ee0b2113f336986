import * as comlink from "comlink";
import type { QueueItem } from "../queue/item";
import { uniquePaths } from "./names";
import type { ZipEntry, ZipWorkerApi } from "./zip.worker";

/** Time for the browser to take hold of a download before its URL is revoked. */
const REVOKE_AFTER_MS = 60_000;

export function entriesOf(items: Iterable<QueueItem>): ZipEntry[] {
  const done = [...items].filter((item) => item.state === "done");
  const paths = uniquePaths(done.map((item) => item.output.path));
  return done.map((item, index) => ({
    path: paths[index] ?? item.output.path,
    blob: item.output.blob,
    lastModified: item.file.lastModified,
  }));
}

/** Downloads every finished image as one archive. */
export async function downloadAll(items: Iterable<QueueItem>): Promise<void> {
  const entries = entriesOf(items);
  // A worker for each archive: it is rare, and its memory goes with it.
  const worker = new Worker(new URL("./zip.worker.ts", import.meta.url), { type: "module", name: "zip" });
  try {
    const archive = await comlink.wrap<ZipWorkerApi>(worker).zip(entries);
    save(archive, "planish.zip");
  } finally {
    worker.terminate();
  }
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_AFTER_MS);
}
