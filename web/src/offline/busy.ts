import type { QueueStore } from "../queue/store";
import { BUSY_LOCK } from "./offline";

/** Lets other tabs know that this one has work: a new version must not pull the engine from under it. */
export function holdWhileBusy(queue: QueueStore): void {
  const { locks } = navigator as Partial<Navigator>;
  if (!locks) return;
  let release: (() => void) | undefined;
  queue.subscribe(({ totals }) => {
    const busy = totals.active > 0;
    if (busy === (release !== undefined)) return;
    if (release) {
      release();
      release = undefined;
      return;
    }
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    void locks.request(BUSY_LOCK, { mode: "shared" }, () => held);
  });
}
