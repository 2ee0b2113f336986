/** Packs files into an archive, away from the main thread: the checksums alone read every byte. */
import { downloadZip } from "client-zip";
import * as comlink from "comlink";

export interface ZipEntry {
  path: string;
  blob: Blob;
  lastModified: number;
}

const api = {
  /** Files are stored as they are: images do not deflate. The answer is a blob, so the browser may keep it on disk. */
  async zip(entries: readonly ZipEntry[]): Promise<Blob> {
    return downloadZip(
      entries.map(({ path, blob, lastModified }) => ({
        name: path,
        input: blob,
        size: blob.size,
        lastModified: new Date(lastModified),
      })),
    ).blob();
  },
};

export type ZipWorkerApi = typeof api;

comlink.expose(api);
