import { Menu } from "@base-ui/react/menu";
import { useState } from "react";
import type { PageParts } from "../app/page";
import type { QueueItem } from "../queue/item";
import { Button } from "../ui/Button";
import { EXPORT } from "../ui/page-text";
import { saveArchive } from "./export";
import styles from "./export.module.css";
import { type DiskReport, replaceOriginals, saveToFolder } from "./to-disk";

/** Only Chromium has them; elsewhere the archive is the way. */
interface Pickers {
  showDirectoryPicker?(options: { mode: "readwrite"; id: string }): Promise<FileSystemDirectoryHandle>;
  showSaveFilePicker?(options: { suggestedName: string; id: string }): Promise<FileSystemFileHandle>;
}

/** Named reasons beyond this are only counted. */
const NAMED = 3;

/** The other ways out: to a folder, over the originals, into an archive at a chosen place. */
export function ExportMenu({ page: { queue, session } }: { page: PageParts }) {
  const [state, setState] = useState<{ working: boolean; words: string }>({ working: false, words: "" });
  const { showDirectoryPicker, showSaveFilePicker } = globalThis as Pickers;
  if (!showDirectoryPicker || !showSaveFilePicker) return null;
  const items = () => [...queue.store.getState().items.values()];

  const run = async (act: () => Promise<DiskReport | null>) => {
    setState({ working: true, words: EXPORT.working });
    try {
      const report = await act();
      if (!report || report.skipped.length === 0) session.exported(doneIds(items()));
      setState({ working: false, words: report ? wordsOf(report) : EXPORT.saved });
    } catch (thrown) {
      // Closed without choosing: nothing was wanted.
      const closed = thrown instanceof DOMException && thrown.name === "AbortError";
      const words = thrown instanceof Error ? thrown.message : String(thrown);
      setState({ working: false, words: closed ? "" : words });
    }
  };
  const toFolder = async () =>
    saveToFolder(items(), await showDirectoryPicker({ mode: "readwrite", id: "planish" }));
  const toArchive = async () => {
    const file = await showSaveFilePicker({ suggestedName: "planish.zip", id: "planish" });
    await saveArchive(items(), file);
    return null;
  };

  return (
    <>
      <Menu.Root>
        <Menu.Trigger render={<Button disabled={state.working} />}>{EXPORT.open}</Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner sideOffset={4} align="end" className={styles.layer}>
            <Menu.Popup className={styles.menu}>
              <Menu.Item className={styles.item} onClick={() => void run(toFolder)}>
                {EXPORT.folder}
              </Menu.Item>
              <Menu.Item className={styles.item} onClick={() => void run(() => replaceOriginals(items()))}>
                {EXPORT.originals}
              </Menu.Item>
              <Menu.Item className={styles.item} onClick={() => void run(toArchive)}>
                {EXPORT.archive}
              </Menu.Item>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      {state.words && (
        <span className={styles.words} role="status" data-testid="export">
          {state.words}
        </span>
      )}
    </>
  );
}

function doneIds(items: readonly QueueItem[]): number[] {
  return items.filter(({ state }) => state === "done").map(({ id }) => id);
}

function wordsOf({ written, skipped }: DiskReport): string {
  const head = EXPORT.written(written);
  if (skipped.length === 0) return head;
  const named = skipped.slice(0, NAMED).map(({ path, reason }) => `${path}: ${reason}`);
  return head + EXPORT.leftOut(named, skipped.length - named.length);
}
