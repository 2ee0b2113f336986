import { useEffect, useState } from "react";
import { useStore } from "zustand";
import type { PageParts } from "../app/page";
import { Button } from "../ui/Button";
import { HEAVY } from "../ui/text";
import { CommandText } from "./CommandLine";
import { toCommand } from "./command";
import styles from "./controls.module.css";
import { reasonsForCommand } from "./heavy";

/** Offers the command by itself when a batch is too much for a tab, and says why. */
export function HeavyNotice({ page }: { page: PageParts }) {
  const settings = useStore(page.settings, (state) => state.settings);
  const reasons = useReasons(page);
  // New reasons are worth another word, the same ones are not.
  const [dismissed, setDismissed] = useState("");
  const key = reasons.join("\n");
  if (key === "" || key === dismissed) return null;
  return (
    <section className={styles.heavy} aria-label={HEAVY.title} data-testid="heavy">
      <div className={styles.heavyHead}>
        <h2>{HEAVY.title}</h2>
        <Button onClick={() => setDismissed(key)}>{HEAVY.dismiss}</Button>
      </div>
      <ul>
        {reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
      <p>{HEAVY.advice}</p>
      <CommandText command={toCommand(settings)} testid="heavy-command" />
    </section>
  );
}

/** Looked at when a count changes, not with every step of every image. */
function useReasons({ queue, engineWhenIdle }: PageParts): readonly string[] {
  const [maxMemory, setMaxMemory] = useState<number | null>(null);
  const [reasons, setReasons] = useState<readonly string[]>([]);
  const count = useStore(queue.store, ({ totals }) => totals.count);
  const settled = useStore(queue.store, ({ totals }) => totals.done + totals.failed);
  useEffect(() => {
    let current = true;
    engineWhenIdle().then(
      ({ info }) => current && setMaxMemory(info.maxMemory),
      // Without an engine there is no tab to be too small; the status line says what is wrong.
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [engineWhenIdle]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the counts say when to look again
  useEffect(() => {
    const { items, totals } = queue.store.getState();
    const next = reasonsForCommand({ items: items.values(), totals, maxMemory });
    setReasons((now) => (now.join() === next.join() ? now : next));
  }, [queue, maxMemory, count, settled]);
  return reasons;
}
