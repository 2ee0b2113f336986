/** Waiting jobs: highest priority first, equal ones in the order they came. */
export class PriorityQueue<T extends { readonly priority: number; readonly order: number }> {
  // A sorted array, kept sorted by binary insertion: ten thousand entries are few, and removal from the
  // middle (cancel) and a look at the head are what is needed most.
  private readonly entries: T[] = [];

  get size(): number {
    return this.entries.length;
  }

  push(entry: T): void {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.entries[middle];
      if (other && before(other, entry)) low = middle + 1;
      else high = middle;
    }
    this.entries.splice(low, 0, entry);
  }

  peek(): T | undefined {
    return this.entries[0];
  }

  find(wanted: (entry: T) => boolean): T | undefined {
    return this.entries.find(wanted);
  }

  /** Whether it was there. */
  remove(entry: T): boolean {
    const at = this.entries.indexOf(entry);
    if (at < 0) return false;
    this.entries.splice(at, 1);
    return true;
  }

  drain(): T[] {
    return this.entries.splice(0);
  }
}

function before<T extends { readonly priority: number; readonly order: number }>(a: T, b: T): boolean {
  return a.priority > b.priority || (a.priority === b.priority && a.order < b.order);
}
