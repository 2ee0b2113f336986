/** How smooth the page is: frame times while one looks, and tasks that held the main thread. */
export interface FrameFigures {
  /** Null before there are enough frames to say. */
  perSecond: number | null;
  p95: number | null;
  slowest: number | null;
  longTasks: number;
  longestTask: number;
}

/** About five seconds at sixty frames a second. */
const KEPT = 300;

/** Of frame times in milliseconds, in the order they came. */
export function figuresOf(times: readonly number[], tasks: readonly number[]): FrameFigures {
  const sorted = [...times].sort((a, b) => a - b);
  const sum = times.reduce((total, time) => total + time, 0);
  const enough = times.length > 1;
  return {
    perSecond: enough ? (times.length / sum) * 1_000 : null,
    p95: enough ? (sorted[Math.floor((sorted.length - 1) * 0.95)] ?? null) : null,
    slowest: enough ? (sorted.at(-1) ?? null) : null,
    longTasks: tasks.length,
    longestTask: Math.max(0, ...tasks),
  };
}

/** Watches from now on, until it is stopped. */
export class FrameMonitor {
  private readonly times: number[] = [];
  private readonly tasks: number[] = [];
  private last: number | null = null;
  private request = 0;
  private readonly observer: PerformanceObserver | null;

  constructor() {
    const supported = PerformanceObserver.supportedEntryTypes.includes("longtask");
    this.observer = supported
      ? new PerformanceObserver((list) => {
          for (const { duration } of list.getEntries()) this.tasks.push(duration);
        })
      : null;
    this.observer?.observe({ type: "longtask" });
    this.request = requestAnimationFrame(this.step);
  }

  get figures(): FrameFigures {
    return figuresOf(this.times, this.tasks);
  }

  stop(): void {
    cancelAnimationFrame(this.request);
    this.observer?.disconnect();
  }

  private readonly step = (now: number): void => {
    if (this.last !== null) this.times.push(now - this.last);
    if (this.times.length > KEPT) this.times.shift();
    this.last = now;
    this.request = requestAnimationFrame(this.step);
  };
}
