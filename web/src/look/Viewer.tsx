import { Dialog } from "@base-ui/react/dialog";
import { Tabs } from "@base-ui/react/tabs";
import { useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import type { PageParts } from "../app/page";
import { useCountedRenders } from "../diagnostics/renders";
import { type ItemId, isActive, type QueueItem } from "../queue/item";
import { formatOfName } from "../queue/output-path";
import { Segmented } from "../settings/Segmented";
import { Button } from "../ui/Button";
import { formatBytes } from "../ui/format";
import { CloseIcon, NextIcon, PreviousIcon, RetryIcon } from "../ui/icons";
import { LOOK } from "../ui/text";
import { errorWords, FORMAT_NAMES, STAGE_WORDS } from "../ui/words";
import { Details } from "./Details";
import { useLiveRemake } from "./live";
import styles from "./look.module.css";
import { OwnSettings } from "./OwnSettings";
import { Stage, type StageHandle } from "./Stage";
import { useHeat } from "./use-heat";
import { type Shown, usePicture } from "./use-pictures";

type Mode = "divide" | "flip" | "heat";

/** The chosen image, large: what was made of it, and what may be done otherwise. */
export function Viewer({ page }: { page: PageParts }) {
  const id = useStore(page.look, (state) => state.id);
  const item = useStore(page.queue.store, ({ items }) => (id === null ? undefined : items.get(id)));
  const body = useRef<HTMLDivElement>(null);
  return (
    <Dialog.Root open={item !== undefined} onOpenChange={(open) => !open && page.look.close()}>
      <Dialog.Portal>
        <Dialog.Popup
          ref={body}
          className={styles.viewer}
          data-testid="viewer"
          data-covers-window=""
          initialFocus={() => body.current?.querySelector("canvas") ?? true}
          finalFocus={() => rowOf(page.view.getState().selection.focused)}
        >
          {item && <Open key="open" item={item} page={page} />}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Back to where the image is in the list, which may be another than the one that was opened. */
function rowOf(id: ItemId | null): HTMLElement | true {
  return document.querySelector<HTMLElement>(`[role=row][data-id="${id}"]`) ?? true;
}

function Open({ item, page }: { item: QueueItem; page: PageParts }) {
  useCountedRenders("viewer");
  const { id } = item;
  const ids = useStore(page.view, (state) => state.ids);
  const at = ids.indexOf(id);
  const go = (to: ItemId | undefined) => {
    if (to === undefined) return;
    page.look.open(to);
    page.view.focus(to);
  };
  useLiveRemake(page, id);
  const { queue } = page;
  useEffect(() => {
    queue.lookAt([id]);
    return () => queue.lookAt([]);
  }, [queue, id]);

  const original = usePicture(item.file, id, page.engineWhenIdle);
  const output = item.state === "done" ? item.output : null;
  const optimized = usePicture(output?.blob ?? null, id, page.engineWhenIdle);
  const [mode, setMode] = useState<Mode>("divide");
  const [held, setHeld] = useState(false);
  const heat = useHeat(page.engineWhenIdle, mode === "heat", item.file, output);
  const shownMode = mode === "heat" && !heat.available ? "divide" : mode;

  const before = pictureOf(original);
  const after = pictureOf(optimized);
  const world = after ?? before ?? { width: 0, height: 0 };
  const comparable = before !== null && after !== null;
  const reshaped = comparable && Math.abs(before.width / before.height - after.width / after.height) > 0.01;
  const alone = held || after === null ? "original" : "optimized";

  const stage = useRef<StageHandle>(null);
  const onKeyDown = (event: React.KeyboardEvent) => {
    const target = event.target as HTMLElement;
    if (target.closest("input, select, textarea, [role=tab], [role=slider]")) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && !target.closest("button, a")) setHeld(true);
    else if (stage.current?.key(event.key)) {
      /* It was the stage's. */
    } else if (event.key === "ArrowLeft" || event.key === "PageUp") go(ids[at - 1]);
    else if (event.key === "ArrowRight" || event.key === "PageDown") go(ids[at + 1]);
    else return;
    event.preventDefault();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys that bubble up from what does have a role
    <div
      className={styles.frame}
      onKeyDown={onKeyDown}
      onKeyUp={(event) => event.key === " " && setHeld(false)}
      onBlur={() => setHeld(false)}
    >
      <header className={styles.bar}>
        <Dialog.Close
          render={
            <Button kind="icon" aria-label={LOOK.close} title={LOOK.close}>
              <CloseIcon />
            </Button>
          }
        />
        <Dialog.Title className={styles.title} aria-label={LOOK.title(item.name)} title={item.path}>
          {item.name}
        </Dialog.Title>
        {comparable && (
          <Segmented
            legend={LOOK.mode}
            hideLegend
            options={(["divide", "flip", ...(heat.available ? (["heat"] as const) : [])] as Mode[]).map(
              (value) => ({ value, label: LOOK.modes[value] }),
            )}
            value={shownMode}
            onChange={setMode}
          />
        )}
        <div className={styles.steps}>
          <Button
            kind="icon"
            aria-label={LOOK.previous}
            title={LOOK.previous}
            disabled={at <= 0}
            onClick={() => go(ids[at - 1])}
          >
            <PreviousIcon />
          </Button>
          <span className={styles.position} data-testid="position">
            {at >= 0 ? LOOK.position(at + 1, ids.length) : ""}
          </span>
          <Button
            kind="icon"
            aria-label={LOOK.next}
            title={LOOK.next}
            disabled={at < 0 || at >= ids.length - 1}
            onClick={() => go(ids[at + 1])}
          >
            <NextIcon />
          </Button>
        </div>
      </header>
      <div className={styles.main}>
        {before || after ? (
          <Stage
            name={item.name}
            subject={id}
            handle={stage}
            divided={shownMode === "divide" && comparable && !held}
            scene={{
              world,
              original: before,
              optimized: after,
              heat: shownMode === "heat" ? heat.bitmap : null,
              alone,
            }}
          >
            <Labels
              item={item}
              both={shownMode === "divide" && comparable && !held}
              alone={before === null ? "optimized" : alone}
            />
            {shownMode === "flip" && comparable && (
              <button
                type="button"
                className={styles.hold}
                aria-pressed={held}
                onPointerDown={() => setHeld(true)}
                onPointerUp={() => setHeld(false)}
                onPointerLeave={() => setHeld(false)}
                onKeyDown={(event) => {
                  if (event.key === " " || event.key === "Enter") setHeld(true);
                }}
                onKeyUp={() => setHeld(false)}
              >
                {LOOK.hold}
              </button>
            )}
            <Status
              item={item}
              shown={optimized}
              heat={shownMode === "heat" ? heat.message : ""}
              reshaped={reshaped}
            />
          </Stage>
        ) : (
          <Placeholder item={item} original={original} page={page} />
        )}
        <Tabs.Root className={styles.side} defaultValue="result">
          <Tabs.List className={styles.tabs} aria-label={LOOK.details}>
            <Tabs.Tab value="result">{LOOK.tabs.result}</Tabs.Tab>
            <Tabs.Tab value="settings">{LOOK.tabs.settings}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="result" className={styles.panel}>
            <Details item={item} />
          </Tabs.Panel>
          <Tabs.Panel value="settings" className={styles.panel}>
            <OwnSettings page={page} id={id} />
          </Tabs.Panel>
        </Tabs.Root>
      </div>
    </div>
  );
}

function pictureOf(shown: Shown) {
  return shown.state === "ready" ? shown.picture : null;
}

/** Which side is which, and how large its file is. */
function Labels({ item, both, alone }: { item: QueueItem; both: boolean; alone: "original" | "optimized" }) {
  const sizes = {
    original: formatBytes(item.file.size),
    optimized: item.state === "done" ? formatBytes(item.output.blob.size) : "",
  };
  const label = (which: "original" | "optimized") => (
    <p className={styles.label} data-which={which} data-testid="side">
      <strong>{LOOK[which]}</strong> {sizes[which]}
    </p>
  );
  return (
    <>
      {(both || alone === "original") && label("original")}
      {(both || alone === "optimized") && label("optimized")}
    </>
  );
}

function Status({
  item,
  shown,
  heat,
  reshaped,
}: {
  item: QueueItem;
  shown: Shown;
  heat: string;
  reshaped: boolean;
}) {
  const text = () => {
    if (item.state === "working") {
      const { stage, fraction } = item.progress;
      const percent = fraction === null ? "" : ` ${Math.round(fraction * 100)} %`;
      return `${shown.state === "ready" ? `${LOOK.remaking} ` : ""}${STAGE_WORDS[stage]}…${percent}`;
    }
    if (item.state === "waiting") return LOOK.waiting;
    if (item.state === "failed") return errorWords(item.error).head;
    if (item.state === "cancelled") return LOOK.cancelledTitle;
    if (shown.state === "loading") return LOOK.loading;
    if (shown.state === "impossible") return LOOK.cannotShow(FORMAT_NAMES[item.output.result.format]);
    return heat || (reshaped ? LOOK.reshaped : "");
  };
  return (
    <p className={styles.status} role="status" data-testid="look-status">
      {text()}
    </p>
  );
}

/** Where there is nothing to draw: why, and what can be done. */
function Placeholder({ item, original, page }: { item: QueueItem; original: Shown; page: PageParts }) {
  const format = formatOfName(item.path);
  const [waited, setWaited] = useState(false);
  // A picture that comes within a moment needs no word before it.
  useEffect(() => {
    const timer = setTimeout(() => setWaited(true), 250);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={styles.placeholder} data-testid="placeholder">
      {original.state === "impossible" ? (
        <>
          <p>
            {item.state === "failed"
              ? errorWords(item.error).head
              : format
                ? LOOK.cannotShow(FORMAT_NAMES[format])
                : LOOK.cannotShowBroken}
          </p>
          {item.state === "failed" && <p className={styles.soft}>{errorWords(item.error).rest}</p>}
          {!isActive(item) && item.state !== "done" && (
            <Button onClick={() => page.queue.retry(item.id)}>
              <RetryIcon />
              {LOOK.tryAgain}
            </Button>
          )}
        </>
      ) : (
        <p className={styles.soft}>{waited ? LOOK.loading : ""}</p>
      )}
    </div>
  );
}
