import { useStore } from "zustand";
import type { PageParts } from "../app/page";
import type { ItemId } from "../queue/item";
import { withOverride } from "../settings/overrides";
import { SettingsFields } from "../settings/SettingsFields";
import { Button } from "../ui/Button";
import { LOOK } from "../ui/text";
import styles from "./details.module.css";

/** The settings of this image alone; what is changed here shows in the picture beside, a moment later. */
export function OwnSettings({ page: { settings, overrides }, id }: { page: PageParts; id: ItemId }) {
  const batch = useStore(settings, (state) => state.settings);
  const own = useStore(overrides, ({ byId }) => byId.get(id));
  return (
    <div className={styles.own}>
      <p className={styles.hint}>{LOOK.scope}</p>
      <Button disabled={own === undefined} onClick={() => overrides.clear(id)}>
        {own === undefined ? LOOK.followsBatch : LOOK.followBatch}
      </Button>
      <SettingsFields settings={withOverride(batch, own)} change={(patch) => overrides.change(id, patch)} />
    </div>
  );
}
