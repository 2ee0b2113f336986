import { describe, expect, it } from "vitest";
import { fakeResult } from "../engine/fake-engine";
import type { QueueItem } from "../queue/item";
import { replaceOriginals, saveToFolder } from "./to-disk";

/** A folder in memory that keeps the promise of the real one: what is written appears when it is closed. */
class MemoryFile {
  readonly kind = "file";
  content: File;
  /** Breaks off in the middle. */
  broken = false;

  constructor(name: string, text = "", lastModified = 1) {
    this.content = new File([text], name, { lastModified });
  }

  get name(): string {
    return this.content.name;
  }

  getFile = async () => this.content;
  queryPermission = async () => "granted";

  createWritable = async () => {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    return new WritableStream<Uint8Array<ArrayBuffer>>({
      write: (chunk) => {
        if (this.broken) throw new Error("the disk is full");
        chunks.push(chunk);
      },
      close: () => {
        this.content = new File(chunks, this.name, { lastModified: 2 });
      },
    });
  };
}

class MemoryFolder {
  readonly kind = "directory";
  readonly name = "folder";
  readonly inside = new Map<string, MemoryFile | MemoryFolder>();
  allowed: PermissionState = "granted";
  queryPermission = async () => "prompt";
  requestPermission = async () => this.allowed;

  getFileHandle = async (name: string, { create = false } = {}) => {
    const found = this.inside.get(name);
    if (found instanceof MemoryFile) return found;
    if (!create) throw new DOMException("no such file", "NotFoundError");
    const made = new MemoryFile(name);
    this.inside.set(name, made);
    return made;
  };

  getDirectoryHandle = async (name: string) => {
    const found = this.inside.get(name);
    if (found instanceof MemoryFolder) return found;
    const made = new MemoryFolder();
    this.inside.set(name, made);
    return made;
  };

  async text(path: string): Promise<string | undefined> {
    const found = this.inside.get(path);
    return found instanceof MemoryFile ? found.content.text() : undefined;
  }
}

const asRoot = (handle: MemoryFile | MemoryFolder) => handle as unknown as FileSystemHandle;

function done(
  file: File,
  origin: { root: FileSystemHandle; path: string } | undefined,
  output: { text: string; path?: string; keptOriginal?: boolean },
): QueueItem {
  const { text, path = file.name, keptOriginal = false } = output;
  const result = fakeResult(file.size, text.length, {
    keptOriginal: keptOriginal ? "already_smallest" : null,
  });
  return {
    id: 1,
    file,
    path: file.name,
    name: file.name,
    origin,
    dimensions: null,
    state: "done",
    output: { blob: new Blob([text]), url: "", path, result, settingsKey: "" },
  };
}

describe("replaceOriginals", () => {
  it("writes over a file that is as it was read, by itself or in its folder", async () => {
    const single = new MemoryFile("a.jpg", "original");
    const folder = new MemoryFolder();
    const inside = new MemoryFile("b.jpg", "original");
    folder.inside.set("b.jpg", inside);
    const report = await replaceOriginals([
      done(single.content, { root: asRoot(single), path: "" }, { text: "small" }),
      done(inside.content, { root: asRoot(folder), path: "b.jpg" }, { text: "smaller" }),
    ]);
    expect(report).toEqual({ written: 2, skipped: [] });
    expect(await single.content.text()).toBe("small");
    expect(await folder.text("b.jpg")).toBe("smaller");
  });

  it("keeps the original when the new one breaks off, or somebody changed it", async () => {
    const full = new MemoryFile("a.jpg", "original");
    full.broken = true;
    const changed = new MemoryFile("b.jpg", "original");
    const read = changed.content;
    changed.content = new File(["edited since"], "b.jpg", { lastModified: 9 });
    const report = await replaceOriginals([
      done(full.content, { root: asRoot(full), path: "" }, { text: "small" }),
      done(read, { root: asRoot(changed), path: "" }, { text: "small" }),
    ]);
    expect(report.skipped.map(({ reason }) => reason)).toEqual([
      "the disk is full",
      "it was changed on the disk since it was read",
    ]);
    expect(await full.content.text()).toBe("original");
    expect(await changed.content.text()).toBe("edited since");
  });

  it("puts another format beside the original, which stays", async () => {
    const folder = new MemoryFolder();
    const original = new MemoryFile("a.png", "original");
    folder.inside.set("a.png", original);
    const origin = { root: asRoot(folder), path: "a.png" };
    await replaceOriginals([done(original.content, origin, { text: "new", path: "a.webp" })]);
    expect([await folder.text("a.png"), await folder.text("a.webp")]).toEqual(["original", "new"]);
    const alone = done(
      original.content,
      { root: asRoot(original), path: "" },
      { text: "new", path: "a.webp" },
    );
    expect((await replaceOriginals([alone])).skipped[0]?.reason).toContain("would become a.webp");
  });

  it("asks once for each folder, and writes nothing where that is refused or there is nothing to write", async () => {
    const folder = new MemoryFolder();
    folder.allowed = "denied";
    const original = new MemoryFile("a.jpg", "original");
    folder.inside.set("a.jpg", original);
    const origin = { root: asRoot(folder), path: "a.jpg" };
    const refused = await replaceOriginals([done(original.content, origin, { text: "small" })]);
    expect(refused.skipped[0]?.reason).toBe("writing there was not allowed");
    const kept = done(original.content, origin, { text: "original", keptOriginal: true });
    expect(await replaceOriginals([kept])).toEqual({ written: 0, skipped: [] });
    expect(await folder.text("a.jpg")).toBe("original");
  });
});

describe("saveToFolder", () => {
  it("takes another name where there is one already", async () => {
    const folder = new MemoryFolder();
    folder.inside.set("a.jpg", new MemoryFile("a.jpg", "somebody's"));
    const file = new File(["x"], "a.jpg");
    const report = await saveToFolder(
      [done(file, undefined, { text: "mine" })],
      folder as unknown as FileSystemDirectoryHandle,
    );
    expect(report.written).toBe(1);
    expect([await folder.text("a.jpg"), await folder.text("a (2).jpg")]).toEqual(["somebody's", "mine"]);
  });
});
