/** Packs files into an archive, away from the main thread: the checksums alone read every byte. */
import { downloadZip } from "client-zip";
import * as comlink from "comlink";

export interface ZipEntry {
  path: string;
  blob: Blob;
  lastModified: number;
}

const FOLDER = "export";

/** Files are stored as they are: images do not deflate. Read one after the other, as the archive is taken. */
function archive(entries: readonly ZipEntry[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  const response = downloadZip(
    entries.map(({ path, blob, lastModified }) => ({
      name: path,
      input: blob,
      size: blob.size,
      lastModified: new Date(lastModified),
    })),
  );
  if (!response.body) throw new Error("the archive has no content");
  return response.body;
}

const api = {
  /** Into a file that the user chose; it appears there when it is complete. */
  async toFile(entries: readonly ZipEntry[], file: FileSystemFileHandle): Promise<void> {
    await archive(entries).pipeTo(await file.createWritable());
  },

  /** Into a message port as a stream, for the service worker. Resolves when all of it was taken, or refused. */
  async toStream(
    entries: readonly ZipEntry[],
    take: (stream: ReadableStream<Uint8Array>) => void,
  ): Promise<void> {
    const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
    take(comlink.transfer(readable, [readable as unknown as Transferable]));
    // Refused: the user stopped the download, and knows.
    await archive(entries)
      .pipeTo(writable)
      .catch(() => undefined);
  },

  /** Into a file of the browser's own, never as a whole in memory. */
  async toTemporaryFile(entries: readonly ZipEntry[], name: string): Promise<File> {
    const root = await navigator.storage.getDirectory();
    // What an earlier one has left is not needed any more.
    await root.removeEntry(FOLDER, { recursive: true }).catch(() => undefined);
    const folder = await root.getDirectoryHandle(FOLDER, { create: true });
    const handle = await folder.getFileHandle(name, { create: true });
    const access = await handle.createSyncAccessHandle();
    try {
      let at = 0;
      const reader = archive(entries).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        at += access.write(value, { at });
      }
      access.flush();
    } finally {
      access.close();
    }
    return handle.getFile();
  },

  /** Where there is no storage at all. */
  toBlob: (entries: readonly ZipEntry[]): Promise<Blob> => new Response(archive(entries)).blob(),
};

export type ZipWorkerApi = typeof api;

comlink.expose(api);
