import { useState } from "react";
import { useStore } from "zustand";
import type { PageParts } from "../app/page";
import { downloadAll } from "../export/export";
import { isActive } from "../queue/item";
import { Button } from "../ui/Button";
import { CloseIcon, DownloadIcon, EyeIcon, RetryIcon, TrashIcon } from "../ui/icons";
import { LIST } from "../ui/text";
import styles from "./ListTools.module.css";

/** What can be done with the selected images together. */
export function SelectionBar({ page: { queue, view, look } }: { page: PageParts }) {
  const ids = useStore(view, ({ selection }) => selection.selected);
  const items = useStore(queue.store, (state) => state.items);
  const [failure, setFailure] = useState<string | null>(null);
  const chosen = [...ids].flatMap((id) => items.get(id) ?? []);
  const done = chosen.filter(({ state }) => state === "done");
  const first = chosen[0];
  const save = () => {
    setFailure(null);
    downloadAll(done).catch((thrown: unknown) =>
      setFailure(thrown instanceof Error ? thrown.message : String(thrown)),
    );
  };
  return (
    <div className={styles.tools} role="toolbar" aria-label={LIST.selectionActions} data-selection="true">
      <Button
        kind="icon"
        aria-label={LIST.clearSelection}
        title={LIST.clearSelection}
        onClick={() => view.selectNone()}
      >
        <CloseIcon />
      </Button>
      <p className={styles.selected} role="status">
        {LIST.selected(ids.size)}
      </p>
      <div className={styles.actions}>
        {first && (
          <Button onClick={() => look.open(first.id)}>
            <EyeIcon />
            {LIST.lookAt}
          </Button>
        )}
        <Button
          disabled={!chosen.some((item) => !isActive(item))}
          onClick={() => {
            for (const { id } of chosen) queue.retry(id);
          }}
        >
          <RetryIcon />
          {LIST.retry}
        </Button>
        <Button disabled={done.length === 0} onClick={save}>
          <DownloadIcon />
          {LIST.save}
        </Button>
        <Button
          onClick={() => {
            for (const { id } of chosen) queue.remove(id);
          }}
        >
          <TrashIcon />
          {LIST.remove}
        </Button>
      </div>
      {failure && (
        <p role="alert" className={styles.failure}>
          {failure}
        </p>
      )}
    </div>
  );
}
