import { useState } from "react";
import { useStore } from "zustand";
import { SlidersIcon } from "../ui/icons";
import { CommandLine } from "./CommandLine";
import { toCommand } from "./command";
import styles from "./controls.module.css";
import { FormatsControl } from "./FormatsControl";
import { GoalControl } from "./GoalControl";
import { DEFAULT_SETTINGS, type PanelSettings, RANGES, settingsKey } from "./model";
import { NumberField } from "./NumberField";
import { Segmented } from "./Segmented";
import type { SettingsStore } from "./store";
import { summary } from "./summary";

const METADATA: readonly { value: PanelSettings["metadata"]; label: string }[] = [
  { value: "safe", label: "Safe" },
  { value: "strip", label: "Remove" },
  { value: "keep", label: "Keep" },
];

const METADATA_HINTS: Record<PanelSettings["metadata"], string> = {
  safe: "Copyright and author stay. Place, camera, times and comments go.",
  strip: "All of it goes, copyright too. Colours and rotation stay right.",
  keep: "Camera data, place and comments stay in the file.",
};

export function SettingsPanel({ store }: { store: SettingsStore }) {
  const { settings, change, reset } = useStore(store);
  // On a narrow screen the panel is folded behind a line that says what is set.
  const [open, setOpen] = useState(false);
  const changed = settingsKey(settings) !== settingsKey(DEFAULT_SETTINGS);

  return (
    <aside className={styles.panel} aria-label="Settings" data-open={open}>
      <button
        type="button"
        className={styles.fold}
        aria-expanded={open}
        aria-controls="settings-body"
        onClick={() => setOpen(!open)}
      >
        <SlidersIcon />
        <span>{summary(settings)}</span>
        <span className={styles.foldWord}>{open ? "Close" : "Change"}</span>
      </button>
      <div className={styles.body} id="settings-body">
        <GoalControl settings={settings} change={change} />
        <FormatsControl formats={settings.formats} onChange={(formats) => change({ formats })} />
        <fieldset className={styles.group}>
          <legend className={styles.legend}>Largest size</legend>
          <div className={styles.fields}>
            <NumberField
              label="Width"
              value={settings.width}
              range={RANGES.edge}
              placeholder="any"
              allowEmpty={true}
              onChange={(width) => change({ width })}
            />
            <span className={styles.times} aria-hidden="true">
              ×
            </span>
            <NumberField
              label="Height"
              value={settings.height}
              range={RANGES.edge}
              placeholder="any"
              allowEmpty={true}
              onChange={(height) => change({ height })}
            />
          </div>
          <p className={styles.hint}>In pixels. Proportions stay, and nothing is enlarged.</p>
        </fieldset>
        <div className={styles.group}>
          <Segmented
            legend="Metadata"
            options={METADATA}
            value={settings.metadata}
            onChange={(metadata) => change({ metadata })}
          />
          <p className={styles.hint}>{METADATA_HINTS[settings.metadata]}</p>
        </div>
        <CommandLine command={toCommand(settings)} />
        <button type="button" className={styles.reset} disabled={!changed} onClick={reset}>
          {changed ? "Back to the defaults" : "These are the defaults"}
        </button>
      </div>
    </aside>
  );
}
