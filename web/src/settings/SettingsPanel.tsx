import { useState } from "react";
import { useStore } from "zustand";
import { useCountedRenders } from "../diagnostics/renders";
import { SlidersIcon } from "../ui/icons";
import { SETTINGS } from "../ui/text";
import { CommandLine } from "./CommandLine";
import { needsRecipe, toCommand } from "./command";
import styles from "./controls.module.css";
import { DEFAULT_SETTINGS, settingsKey } from "./model";
import { RecipeControl } from "./RecipeControl";
import { SettingsFields } from "./SettingsFields";
import type { SettingsStore } from "./store";
import { summary } from "./summary";

export function SettingsPanel({ store }: { store: SettingsStore }) {
  useCountedRenders("settings");
  const { settings, change, reset } = useStore(store);
  // On a narrow screen the panel is folded behind a line that says what is set.
  const [open, setOpen] = useState(false);
  const changed = settingsKey(settings) !== settingsKey(DEFAULT_SETTINGS);

  return (
    <aside className={styles.panel} aria-label={SETTINGS.label} data-open={open}>
      <button
        type="button"
        className={styles.fold}
        aria-expanded={open}
        aria-controls="settings-body"
        onClick={() => setOpen(!open)}
      >
        <SlidersIcon />
        <span>{summary(settings)}</span>
        <span className={styles.foldWord}>{open ? SETTINGS.close : SETTINGS.change}</span>
      </button>
      <div className={styles.body} id="settings-body">
        <SettingsFields settings={settings} change={change} />
        <RecipeControl settings={settings} onLoad={change} />
        <CommandLine
          command={toCommand(settings)}
          hint={needsRecipe(settings) ? SETTINGS.perFormatCommand : SETTINGS.commandHint}
        />
        <button type="button" className={styles.reset} disabled={!changed} onClick={reset}>
          {changed ? SETTINGS.reset : SETTINGS.isDefault}
        </button>
      </div>
    </aside>
  );
}
