/** Makes the image that is looked at anew when its settings change, once they have come to rest. */
import { useEffect } from "react";
import type { PageParts } from "../app/page";
import type { ItemId } from "../queue/item";
import { settingsKey } from "../settings/model";
import { withOverride } from "../settings/overrides";

/** A slider that is dragged changes many times a second; a pause of this length is a decision. */
export const REST_MS = 350;

export function useLiveRemake(page: PageParts, id: ItemId): void {
  useEffect(() => watchSettings(page, id, REST_MS), [page, id]);
}

/** @returns ends the watch. */
export function watchSettings(
  { settings, overrides, queue }: Pick<PageParts, "settings" | "overrides" | "queue">,
  id: ItemId,
  restMs: number,
): () => void {
  const wanted = () =>
    settingsKey(withOverride(settings.getState().settings, overrides.getState().byId.get(id)));
  let asked = wanted();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    const now = wanted();
    if (now === asked) return;
    asked = now;
    clearTimeout(timer);
    timer = setTimeout(() => {
      const item = queue.store.getState().items.get(id);
      // Back to what it was made with: there is nothing to do.
      if (item?.state === "done" && item.output.settingsKey === now) return;
      queue.rerun(id);
    }, restMs);
  };
  const stop = [settings.subscribe(look), overrides.subscribe(look)];
  return () => {
    clearTimeout(timer);
    for (const unsubscribe of stop) unsubscribe();
  };
}
