/** Calls back once, soon, in time with the screen. */
export type FrameClock = (callback: () => void) => void;

/** A hidden tab has no frames, but its queue must go on. */
const HIDDEN_INTERVAL_MS = 250;

export const nextFrame: FrameClock = (callback) => {
  if (document.visibilityState === "hidden") {
    setTimeout(callback, HIDDEN_INTERVAL_MS);
    return;
  }
  let called = false;
  const once = () => {
    if (called) return;
    called = true;
    callback();
  };
  requestAnimationFrame(once);
  // The tab may be hidden before the frame comes.
  setTimeout(once, HIDDEN_INTERVAL_MS);
};

/**
 * Collects changes and hands them over once per frame: however fast the engine reports, the page renders at
 * most as often as the screen shows.
 */
export class FrameBatch<T> {
  private pending: T[] = [];
  private scheduled = false;
  private readonly clock: FrameClock;
  private readonly apply: (changes: T[]) => void;
  private readonly perFrame: number;

  /** @param perFrame The most changes handed over in one frame; the rest waits for the next. */
  constructor(
    apply: (changes: T[]) => void,
    clock: FrameClock = nextFrame,
    perFrame = Number.POSITIVE_INFINITY,
  ) {
    this.apply = apply;
    this.clock = clock;
    this.perFrame = perFrame;
  }

  push(...changes: T[]): void {
    for (const change of changes) this.pending.push(change);
    this.schedule();
  }

  private schedule(): void {
    if (this.scheduled || this.pending.length === 0) return;
    this.scheduled = true;
    this.clock(() => {
      this.scheduled = false;
      const now = this.pending.slice(0, this.perFrame);
      this.pending = this.pending.slice(now.length);
      this.apply(now);
      this.schedule();
    });
  }
}
