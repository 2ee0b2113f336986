import { useState } from "react";
import { useStore } from "zustand";
import { downloadAll } from "../export/export";
import type { Queue } from "../queue/queue";
import { settingsKey } from "../settings/model";
import type { SettingsStore } from "../settings/store";
import { Button } from "../ui/Button";
import { formatBytes, formatSaving, plural } from "../ui/format";
import { DownloadIcon, RetryIcon } from "../ui/icons";
import styles from "./Summary.module.css";

/** The whole batch: how far, how much was saved, and what can be done with all of it. */
export function Summary({ queue, settings }: { queue: Queue; settings: SettingsStore }) {
  const totals = useStore(queue.store, (state) => state.totals);
  const stale = useStaleCount(queue, settings);
  const [packing, setPacking] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const saved = totals.bytesBefore - totals.bytesAfter;
  const expected = totals.count - totals.cancelled;

  const pack = async () => {
    setPacking(true);
    setFailure(null);
    try {
      await downloadAll(queue.store.getState().items.values());
    } catch (thrown) {
      setFailure(
        `The archive could not be made: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      );
    } finally {
      setPacking(false);
    }
  };

  return (
    <section className={styles.summary} aria-label="All images">
      <div className={styles.figures}>
        <p className={styles.saved} data-testid="saved">
          {totals.done === 0 ? (
            "Nothing saved yet"
          ) : (
            <>
              <strong>{formatBytes(Math.abs(saved))}</strong> {saved < 0 ? "more" : "saved"}
              {saved !== 0 && (
                <span className={styles.percent}>{formatSaving(totals.bytesBefore, totals.bytesAfter)}</span>
              )}
            </>
          )}
        </p>
        <p className={styles.counts} data-testid="counts">
          {totals.done} of {expected} done
          {totals.done > 0 && ` · ${formatBytes(totals.bytesBefore)} → ${formatBytes(totals.bytesAfter)}`}
          {totals.failed > 0 && <span className={styles.failed}> · {totals.failed} failed</span>}
          {totals.cancelled > 0 && ` · ${totals.cancelled} cancelled`}
        </p>
      </div>
      <div className={styles.actions}>
        {totals.active > 0 ? (
          <Button onClick={() => queue.cancelAll()}>Cancel all</Button>
        ) : (
          <Button onClick={() => queue.clear()}>Clear list</Button>
        )}
        <Button kind="primary" disabled={totals.done === 0 || packing} onClick={() => void pack()}>
          <DownloadIcon />
          {packing ? "Packing…" : "Download all"}
        </Button>
      </div>
      <div
        className={styles.track}
        role="progressbar"
        aria-label="Progress of all images"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(totals.progress * 100)}
      >
        <span className={styles.smooth} style={{ transform: `scaleX(${totals.progress})` }} />
      </div>
      {stale > 0 && (
        <div className={styles.stale}>
          <p>{plural(stale, "image was", "images were")} made with other settings.</p>
          <Button onClick={() => queue.optimizeAgain()}>
            <RetryIcon />
            Optimize again
          </Button>
        </div>
      )}
      {failure && (
        <p role="alert" className={styles.failed}>
          {failure}
        </p>
      )}
    </section>
  );
}

/** How many finished images were made with other settings than the panel shows now. */
function useStaleCount(queue: Queue, settings: SettingsStore): number {
  const key = useStore(settings, (state) => settingsKey(state.settings));
  return useStore(queue.store, ({ items }) => {
    let count = 0;
    for (const item of items.values()) {
      if (item.state === "done" && item.output.settingsKey !== key) count += 1;
    }
    return count;
  });
}
