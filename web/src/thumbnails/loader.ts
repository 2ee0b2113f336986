/**
 * Small pictures for the rows in sight, and for no others: what scrolls away before its turn is never decoded,
 * and what was made is kept only as long as there is room.
 */
import type { ItemId } from "../queue/item";

export interface Thumbnail {
  url: string;
  /** Of the image as it is shown, after orientation. */
  width: number;
  height: number;
}

export interface ThumbnailSource {
  blob: Blob;
  width: number;
  height: number;
}

type Ready = (thumbnail: Thumbnail | null) => void;

interface Wanted {
  file: Blob;
  watchers: Set<Ready>;
}

/** A few kilobytes each: some screens full in both directions. */
const KEPT = 400;

export class Thumbnails {
  /** In the order of their last use; null is an image that has no picture. */
  private readonly kept = new Map<ItemId, Thumbnail | null>();
  private readonly wanted = new Map<ItemId, Wanted>();
  /** The newest last: it is the one that is looked at now. */
  private waiting: ItemId[] = [];
  private working = 0;
  private readonly make: (file: Blob) => Promise<ThumbnailSource | null>;
  private readonly capacity: number;
  private readonly parallel: number;

  constructor(
    make: (file: Blob) => Promise<ThumbnailSource | null>,
    { capacity = KEPT, parallel = 1 }: { capacity?: number; parallel?: number } = {},
  ) {
    this.make = make;
    this.capacity = capacity;
    this.parallel = parallel;
  }

  /** What is there already; undefined while nothing is known. */
  peek(id: ItemId): Thumbnail | null | undefined {
    return this.kept.get(id);
  }

  /** Asks for a picture as long as it is in sight; the function returned ends that. */
  watch(id: ItemId, file: Blob, ready: Ready): () => void {
    const known = this.kept.get(id);
    if (known !== undefined) {
      this.touch(id, known);
      ready(known);
    }
    const entry = this.wanted.get(id) ?? { file, watchers: new Set<Ready>() };
    entry.watchers.add(ready);
    this.wanted.set(id, entry);
    if (known === undefined && !this.waiting.includes(id)) this.waiting.push(id);
    this.next();
    return () => {
      entry.watchers.delete(ready);
      if (entry.watchers.size > 0) return;
      this.wanted.delete(id);
      this.waiting = this.waiting.filter((other) => other !== id);
    };
  }

  /** How many are kept, and how many wait: for the diagnostics. */
  get counts(): { kept: number; waiting: number } {
    return { kept: this.kept.size, waiting: this.waiting.length };
  }

  private next(): void {
    while (this.working < this.parallel) {
      const id = this.waiting.pop();
      if (id === undefined) return;
      const entry = this.wanted.get(id);
      if (!entry) continue;
      this.working += 1;
      void this.load(id, entry.file);
    }
  }

  private async load(id: ItemId, file: Blob): Promise<void> {
    let thumbnail: Thumbnail | null = null;
    try {
      const made = await this.make(file);
      thumbnail = made && { url: URL.createObjectURL(made.blob), width: made.width, height: made.height };
    } catch {
      // The engine says what is wrong with an image; here it only has no picture.
    }
    this.working -= 1;
    // Also when it went out of sight meanwhile: the work is done, and it may come back.
    this.touch(id, thumbnail);
    for (const ready of this.wanted.get(id)?.watchers ?? []) ready(thumbnail);
    this.evict();
    this.next();
  }

  private touch(id: ItemId, thumbnail: Thumbnail | null): void {
    this.kept.delete(id);
    this.kept.set(id, thumbnail);
  }

  private evict(): void {
    for (const [id, thumbnail] of this.kept) {
      if (this.kept.size <= this.capacity) return;
      // A picture that is on the screen keeps its address.
      if (this.wanted.has(id)) continue;
      this.kept.delete(id);
      if (thumbnail) URL.revokeObjectURL(thumbnail.url);
    }
  }
}
