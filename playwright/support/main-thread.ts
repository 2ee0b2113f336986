import type { Page } from "@playwright/test";

/** The most a task on the main thread may take, in milliseconds: beyond it, a page feels stuck. */
export const LONGEST_TASK_MS = 100;

/** What a page's main thread did, in milliseconds. */
export interface MainThreadWork {
  /**
   * The longest task's processor time. It is what the page answers for: the clock also counts every moment in which the
   * machine ran something else, the page's own encoders among them, which share two cores with it in CI.
   */
  longest: number;
  /** The longest task by the clock. */
  longestByClock: number;
  /** The processor time of all tasks together. */
  total: number;
}

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** Microseconds: by the clock, and of the processor. */
  dur?: number;
  tdur?: number;
  args: { name?: string };
}

/** What the main threads of all pages in a Chromium trace did. */
function workIn(trace: Buffer): MainThreadWork {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const thread = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const main = new Set(
    traceEvents
      .filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
      .map(thread),
  );
  const tasks = traceEvents.filter((event) => event.name.endsWith("RunTask") && main.has(thread(event)));
  if (!tasks.some(({ tdur }) => tdur)) throw new Error("the trace has no tasks with their processor time");
  const work = { longest: 0, longestByClock: 0, total: 0 };
  for (const { dur = 0, tdur = 0 } of tasks) {
    work.longest = Math.max(work.longest, tdur / 1_000);
    work.longestByClock = Math.max(work.longestByClock, dur / 1_000);
    work.total += tdur / 1_000;
  }
  return work;
}

/** Does `action` and tells what the page's main thread did meanwhile, with what the action gave. */
export async function watchMainThread<T>(
  page: Page,
  action: () => Promise<T>,
): Promise<{ result: T; work: MainThreadWork }> {
  const browser = page.context().browser();
  if (!browser) throw new Error("no browser");
  await browser.startTracing(page, { categories: ["toplevel"] });
  try {
    const result = await action();
    return { result, work: workIn(await browser.stopTracing()) };
  } catch (error) {
    await browser.stopTracing().catch(() => undefined);
    throw error;
  }
}
