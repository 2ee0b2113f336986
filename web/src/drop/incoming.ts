import type { IncomingFile } from "../queue/item";

/**
 * Files the page was given, and how many were left out: a folder is full of things that are no images, and
 * nobody wants an error for each. A file that was picked or dropped by itself is never left out: if it is no
 * image, it is told so.
 */
export interface Incoming {
  files: IncomingFile[];
  leftOut: number;
  /** Paths the system would not open (permissions, a disk that went away). */
  unreadable: string[];
}

const IMAGE_NAME = /\.(jpe?g|jpe|jfif|png|webp|avif|gif|tiff?|bmp|dib|ico|heic|heif|jxl)$/i;

export function looksLikeImage(file: Pick<File, "name" | "type">): boolean {
  if (file.name.startsWith(".")) return false;
  return file.type.startsWith("image/") || IMAGE_NAME.test(file.name);
}

/** From a file or folder picker. */
export function fromFileList(list: Iterable<File>): Incoming {
  const incoming: Incoming = { files: [], leftOut: 0, unreadable: [] };
  for (const file of list) take(incoming, file, file.webkitRelativePath);
  return incoming;
}

/**
 * From a drop or a paste. Everything has to be asked for before the first wait: the browser empties the data
 * when the event is over.
 */
export async function fromDataTransfer(data: DataTransfer): Promise<Incoming> {
  const entries: { entry: FileSystemEntry; root: Promise<FileSystemHandle | null> }[] = [];
  const loose: File[] = [];
  for (const item of data.items) {
    if (item.kind !== "file") continue;
    const entry = item.webkitGetAsEntry();
    if (entry) entries.push({ entry, root: handleOf(item) });
    else {
      const file = item.getAsFile();
      if (file) loose.push(file);
    }
  }
  const incoming = fromFileList(loose);
  for (const { entry, root } of entries) {
    const first = incoming.files.length;
    await visit(entry, "", incoming);
    const handle = await root;
    if (!handle) continue;
    for (const found of incoming.files.slice(first)) {
      const path = handle.kind === "file" ? "" : found.path.slice(found.path.indexOf("/") + 1);
      found.origin = { root: handle, path };
    }
  }
  return incoming;
}

/** What can be written back to, where the browser gives that; null elsewhere. */
async function handleOf(item: DataTransferItem): Promise<FileSystemHandle | null> {
  const giver = item as { getAsFileSystemHandle?(): Promise<FileSystemHandle | null> };
  try {
    return (await giver.getAsFileSystemHandle?.()) ?? null;
  } catch {
    // A place that may be read but not held on to.
    return null;
  }
}

/** One that cannot be opened is noted; the others come in. */
async function visit(entry: FileSystemEntry, folder: string, incoming: Incoming): Promise<void> {
  try {
    await walk(entry, folder, incoming);
  } catch {
    incoming.unreadable.push(folder ? `${folder}/${entry.name}` : entry.name);
  }
}

async function walk(entry: FileSystemEntry, folder: string, incoming: Incoming): Promise<void> {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    take(incoming, file, folder && `${folder}/${entry.name}`);
  } else if (isDirectory(entry)) {
    const inside = await readAll(entry.createReader());
    inside.sort((a, b) => (a.name < b.name ? -1 : 1));
    const path = folder ? `${folder}/${entry.name}` : entry.name;
    for (const child of inside) await visit(child, path, incoming);
  }
}

/** A reader gives a hundred entries at a time, and none when it is done. */
async function readAll(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/** @param path Inside the folder it came from; empty for a file that came by itself. */
function take(incoming: Incoming, file: File, path: string): void {
  if (path !== "" && !looksLikeImage(file)) incoming.leftOut += 1;
  else incoming.files.push({ file, path: path || file.name });
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isDirectory(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
