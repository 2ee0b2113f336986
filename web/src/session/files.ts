/** Inputs and outputs in the origin's private file system. Runs in a worker: only there a file can be written in place. */

const FOLDER = "session";

type Part = "in" | "out";

async function folder(): Promise<FileSystemDirectoryHandle> {
  return (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
}

const nameOf = (key: string, part: Part) => `${key}.${part}`;

/** Streams the bytes to the disk: an input may be larger than what is left of the memory. */
export async function write(key: string, part: Part, bytes: Blob): Promise<void> {
  const handle = await (await folder()).getFileHandle(nameOf(key, part), { create: true });
  const access = await handle.createSyncAccessHandle();
  try {
    access.truncate(0);
    let at = 0;
    const reader = bytes.stream().getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      at += access.write(value, { at });
    }
    if (at !== bytes.size) throw new Error(`${at} of ${bytes.size} bytes were written`);
    access.flush();
  } finally {
    access.close();
  }
}

/** Null when there is no such file. */
export async function read(key: string, part: Part): Promise<File | null> {
  try {
    return await (await (await folder()).getFileHandle(nameOf(key, part))).getFile();
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === "NotFoundError") return null;
    throw thrown;
  }
}

export async function erase(key: string): Promise<void> {
  const parent = await folder();
  for (const part of ["in", "out"] as const) {
    // Not there, or in use by a copy that is under way and sees for itself that it is not wanted any more.
    await parent.removeEntry(nameOf(key, part)).catch(() => undefined);
  }
}

/**
 * Removes files that no record tells of: what a tab left that died between two steps.
 *
 * @param keys Asked after the files: a record is written before its files, so what is listed and has none is dead.
 */
export async function sweep(keys: () => Promise<readonly string[]>): Promise<void> {
  const parent = await folder();
  const names = await Array.fromAsync(parent.keys());
  const known = new Set(await keys());
  for (const name of names) {
    if (!known.has(name.slice(0, name.lastIndexOf("."))))
      await parent.removeEntry(name).catch(() => undefined);
  }
}
