import { Dialog } from "@base-ui/react/dialog";
import { useEffect, useState } from "react";
import type { PageParts } from "../app/page";
import { OptimizationError } from "../engine/errors";
import type { Engine } from "../engine/port";
import { Button } from "../ui/Button";
import { CloseIcon, CopyIcon, PulseIcon } from "../ui/icons";
import { DIAGNOSTICS } from "../ui/text";
import styles from "./diagnostics.module.css";
import { FrameMonitor } from "./frames";
import { renderCounts } from "./renders";
import { type Group, groupsOf, reportText, type Snapshot } from "./report";

/** Often enough to watch, seldom enough not to be what is measured. */
const REFRESH_MS = 1_000;

/** A button in the footer, and behind it everything a bug report needs. */
export function Diagnostics({ page }: { page: PageParts }) {
  return (
    <Dialog.Root>
      <Dialog.Trigger className={styles.open}>
        <PulseIcon />
        {DIAGNOSTICS.open}
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.backdrop} />
        <Dialog.Popup className={styles.popup} data-testid="diagnostics">
          <Content page={page} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Content({ page }: { page: PageParts }) {
  const groups = useGroups(page);
  const [said, setSaid] = useState("");
  const copy = () =>
    navigator.clipboard.writeText(reportText(groups)).then(
      () => setSaid(DIAGNOSTICS.copied),
      () => setSaid(DIAGNOSTICS.copyRefused),
    );
  return (
    <>
      <header className={styles.head}>
        <Dialog.Title className={styles.title}>{DIAGNOSTICS.title}</Dialog.Title>
        <Dialog.Close
          render={
            <Button kind="icon" aria-label={DIAGNOSTICS.close} title={DIAGNOSTICS.close}>
              <CloseIcon />
            </Button>
          }
        />
      </header>
      <Dialog.Description className={styles.intro}>{DIAGNOSTICS.intro}</Dialog.Description>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must be able to scroll it */}
      <section className={styles.groups} tabIndex={0} aria-label={DIAGNOSTICS.title}>
        <div className={styles.columns}>
          {groups
            .filter(({ rows }) => rows.length > 0)
            .map(({ name, rows }) => (
              <section key={name}>
                <h3>{name}</h3>
                <dl>
                  {rows.map(([label, value]) => (
                    <div key={label}>
                      <dt>{label}</dt>
                      <dd>{value}</dd>
                    </div>
                  ))}
                </dl>
              </section>
            ))}
        </div>
      </section>
      <footer className={styles.foot}>
        <p role="status">{said}</p>
        <Button kind="primary" onClick={() => void copy()}>
          <CopyIcon />
          {DIAGNOSTICS.copy}
        </Button>
      </footer>
    </>
  );
}

function useGroups({ queue, thumbnails, engineWhenIdle }: PageParts): readonly Group[] {
  const [groups, setGroups] = useState<readonly Group[]>([]);
  useEffect(() => {
    const monitor = new FrameMonitor();
    let engine: Engine | { failure: string } | null = null;
    let storage: Snapshot["storage"] = null;
    const refresh = () => {
      const { totals, items } = queue.store.getState();
      setGroups(
        groupsOf({
          engine: engine && "info" in engine ? engine.info : engine,
          engineMemory: engine && "info" in engine ? engine.memory : null,
          totals,
          items: items.values(),
          thumbnails: thumbnails.counts,
          frames: monitor.figures,
          renders: renderCounts(),
          browser: browserFacts(),
          heap: heapBytes(),
          storage,
        }),
      );
    };
    engineWhenIdle()
      .then(
        (started) => {
          engine = started;
        },
        (thrown: unknown) => {
          engine = { failure: OptimizationError.from(thrown).message };
        },
      )
      .then(refresh);
    navigator.storage?.estimate().then(
      ({ usage = 0, quota = 0 }) => {
        storage = { used: usage, granted: quota };
      },
      // Not every browser tells; then there is a dash.
      () => undefined,
    );
    refresh();
    const timer = setInterval(refresh, REFRESH_MS);
    return () => {
      clearInterval(timer);
      monitor.stop();
    };
  }, [queue, thumbnails, engineWhenIdle]);
  return groups;
}

function browserFacts(): Snapshot["browser"] {
  // Chromium alone says how much memory there is.
  const { deviceMemory = null } = navigator as { deviceMemory?: number };
  return {
    userAgent: navigator.userAgent,
    cores: navigator.hardwareConcurrency,
    deviceMemory,
    isolated: globalThis.crossOriginIsolated,
    pixelRatio: window.devicePixelRatio,
    language: navigator.language,
  };
}

function heapBytes(): number | null {
  const { memory } = performance as { memory?: { usedJSHeapSize: number } };
  return memory?.usedJSHeapSize ?? null;
}
