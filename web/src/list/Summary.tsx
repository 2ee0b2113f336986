import { useState } from "react";
import { useStore } from "zustand";
import type { PageParts } from "../app/page";
import { useCountedRenders } from "../diagnostics/renders";
import { ExportMenu } from "../export/ExportMenu";
import { downloadAll } from "../export/export";
import { PauseButton } from "../queue/PauseButton";
import { settingsKey } from "../settings/model";
import { withOverride } from "../settings/overrides";
import { Button } from "../ui/Button";
import { formatBytes, formatSaving } from "../ui/format";
import { DownloadIcon, RetryIcon } from "../ui/icons";
import { SUMMARY } from "../ui/page-text";
import { LIST } from "../ui/text";
import styles from "./Summary.module.css";
import { useRemaining } from "./use-remaining";

/** The whole batch: how far, how much was saved, and what can be done with all of it. */
export function Summary({ page }: { page: PageParts }) {
  useCountedRenders("summary");
  const { queue } = page;
  const totals = useStore(queue.store, (state) => state.totals);
  const remaining = useRemaining(queue, totals.active > 0);
  const stale = useStaleCount(page);
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
      setFailure(SUMMARY.packingFailed(thrown instanceof Error ? thrown.message : String(thrown)));
    } finally {
      setPacking(false);
    }
  };

  return (
    <section className={styles.summary} aria-label={SUMMARY.label}>
      <div className={styles.figures}>
        <p className={styles.saved} data-testid="saved">
          {totals.done === 0 ? (
            SUMMARY.nothingSaved
          ) : (
            <>
              <strong>{formatBytes(Math.abs(saved))}</strong> {saved < 0 ? SUMMARY.more : SUMMARY.saved}
              {saved !== 0 && (
                <span className={styles.percent}>{formatSaving(totals.bytesBefore, totals.bytesAfter)}</span>
              )}
            </>
          )}
        </p>
        <p className={styles.counts} data-testid="counts">
          {SUMMARY.done(totals.done, expected)}
          {totals.done > 0 && ` · ${formatBytes(totals.bytesBefore)} → ${formatBytes(totals.bytesAfter)}`}
          {totals.failed > 0 && (
            <span className={styles.failed}>{` · ${SUMMARY.failed(totals.failed)}`}</span>
          )}
          {totals.cancelled > 0 && ` · ${SUMMARY.cancelled(totals.cancelled)}`}
          {remaining !== null && ` · ${LIST.remaining(remaining)}`}
        </p>
      </div>
      <div className={styles.actions}>
        {totals.active > 0 ? (
          <>
            <PauseButton queue={queue} />
            <Button onClick={() => queue.cancelAll()}>{SUMMARY.cancelAll}</Button>
          </>
        ) : (
          <Button onClick={() => queue.clear()}>{SUMMARY.clear}</Button>
        )}
        {totals.done > 0 && <ExportMenu page={page} />}
        <Button kind="primary" disabled={totals.done === 0 || packing} onClick={() => void pack()}>
          <DownloadIcon />
          {packing ? SUMMARY.packing : SUMMARY.download}
        </Button>
      </div>
      <div
        className={styles.track}
        role="progressbar"
        aria-label={SUMMARY.progress}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(totals.progress * 100)}
      >
        <span className={styles.smooth} style={{ transform: `scaleX(${totals.progress})` }} />
      </div>
      {stale > 0 && (
        <div className={styles.stale}>
          <p>{SUMMARY.stale(stale)}</p>
          <Button onClick={() => queue.optimizeAgain()}>
            <RetryIcon />
            {SUMMARY.again}
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

/** How many finished images were made with other settings than they would be made with now. */
function useStaleCount({ queue, settings, overrides }: PageParts): number {
  const batch = useStore(settings, (state) => state.settings);
  const own = useStore(overrides, ({ byId }) => byId);
  return useStore(queue.store, ({ items }) => {
    const key = settingsKey(batch);
    let count = 0;
    for (const item of items.values()) {
      if (item.state !== "done") continue;
      const override = own.get(item.id);
      const wanted = override ? settingsKey(withOverride(batch, override)) : key;
      if (item.output.settingsKey !== wanted) count += 1;
    }
    return count;
  });
}
