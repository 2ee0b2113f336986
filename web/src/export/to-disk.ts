/** Writing to folders that the user gave, without ever leaving half a file or losing an original. */
import type { Origin, QueueItem } from "../queue/item";
import { entriesOf } from "./export";

type Done = Extract<QueueItem, { state: "done" }>;

export interface DiskReport {
  written: number;
  /** What was not written, and why; in words. */
  skipped: { path: string; reason: string }[];
}

/** Puts every finished image into a folder, with the folders it came in. Nothing that is there is overwritten. */
export async function saveToFolder(
  items: Iterable<QueueItem>,
  folder: FileSystemDirectoryHandle,
): Promise<DiskReport> {
  const report: DiskReport = { written: 0, skipped: [] };
  for (const { path, blob } of entriesOf(items)) {
    await step(report, path, async () => {
      const parts = path.split("/");
      const name = parts.pop() ?? path;
      const parent = await descend(folder, parts, true);
      await writeWhole(await parent.getFileHandle(await freeName(parent, name), { create: true }), blob);
    });
  }
  return report;
}

/**
 * Writes every finished image over the file it came from. One whose format changed is put beside its original,
 * which stays.
 */
export async function replaceOriginals(items: Iterable<QueueItem>): Promise<DiskReport> {
  const report: DiskReport = { written: 0, skipped: [] };
  const done = [...items].filter((item): item is Done => item.state === "done");
  const allowed = new Map<FileSystemHandle, boolean>();
  for (const item of done) {
    // As it was: there is nothing to write.
    if (item.output.result.keptOriginal !== null) continue;
    await step(report, item.path, async () => {
      const { origin } = item;
      if (!origin)
        throw new Error("the browser does not know where it lies: drop it, or its folder, to say so");
      if (!allowed.has(origin.root)) allowed.set(origin.root, await mayWrite(origin.root));
      if (!allowed.get(origin.root)) throw new Error("writing there was not allowed");
      await replace(item, origin);
    });
  }
  return report;
}

async function replace({ file, path, output }: Done, origin: Origin): Promise<void> {
  const name = output.path.slice(output.path.lastIndexOf("/") + 1);
  const sameName = output.path === path;
  const { root } = origin;
  if (root.kind === "file") {
    if (!sameName) throw new Error(`its name would become ${name}: drop its folder to allow that`);
    await overwrite(root as FileSystemFileHandle, file, output.blob);
    return;
  }
  const parts = origin.path.split("/");
  const original = parts.pop() ?? "";
  const parent = await descend(root as FileSystemDirectoryHandle, parts, false);
  if (sameName) await overwrite(await parent.getFileHandle(original), file, output.blob);
  else
    await writeWhole(await parent.getFileHandle(await freeName(parent, name), { create: true }), output.blob);
}

/** Only what was read may be replaced: who changed the file since then has the better right. */
async function overwrite(handle: FileSystemFileHandle, read: File, blob: Blob): Promise<void> {
  const now = await handle.getFile();
  if (now.size !== read.size || now.lastModified !== read.lastModified) {
    throw new Error("it was changed on the disk since it was read");
  }
  await writeWhole(handle, blob);
}

/** The browser writes to a file of its own, which takes the place of the other when it is closed. */
async function writeWhole(handle: FileSystemFileHandle, blob: Blob): Promise<void> {
  const writable = await handle.createWritable();
  // Aborts by itself when anything fails, which leaves the old file as it was.
  await blob.stream().pipeTo(writable);
  const written = await handle.getFile();
  if (!(await equal(written, blob))) throw new Error("what was written is not what was to be written");
}

async function equal(a: Blob, b: Blob): Promise<boolean> {
  if (a.size !== b.size) return false;
  const [one, other] = await Promise.all([a, b].map(digest));
  return one === other;
}

async function digest(blob: Blob): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer())).join();
}

async function descend(
  from: FileSystemDirectoryHandle,
  parts: readonly string[],
  create: boolean,
): Promise<FileSystemDirectoryHandle> {
  let folder = from;
  for (const part of parts) folder = await folder.getDirectoryHandle(part, { create });
  return folder;
}

/** `a.jpg`, or `a (2).jpg` where that is taken. */
async function freeName(folder: FileSystemDirectoryHandle, name: string): Promise<string> {
  const dot = name.lastIndexOf(".");
  const [stem, end] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
  let candidate = name;
  for (let copy = 2; await exists(folder, candidate); copy++) candidate = `${stem} (${copy})${end}`;
  return candidate;
}

async function exists(folder: FileSystemDirectoryHandle, name: string): Promise<boolean> {
  try {
    await folder.getFileHandle(name);
    return true;
  } catch (thrown) {
    // A folder of that name takes it as well.
    return !(thrown instanceof DOMException && thrown.name === "NotFoundError");
  }
}

/** Not in every browser's types yet: only those that show pickers have it. */
interface Permissions {
  queryPermission?(options: { mode: "readwrite" }): Promise<PermissionState>;
  requestPermission?(options: { mode: "readwrite" }): Promise<PermissionState>;
}

async function mayWrite(handle: FileSystemHandle & Permissions): Promise<boolean> {
  const mode = { mode: "readwrite" } as const;
  if ((await handle.queryPermission?.(mode)) === "granted") return true;
  return (await handle.requestPermission?.(mode)) === "granted";
}

async function step(report: DiskReport, path: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
    report.written += 1;
  } catch (thrown) {
    report.skipped.push({ path, reason: thrown instanceof Error ? thrown.message : String(thrown) });
  }
}
