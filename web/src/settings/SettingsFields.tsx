import { Choice } from "../ui/Choice";
import { SETTINGS } from "../ui/text";
import { FORMAT_NAMES } from "../ui/words";
import styles from "./controls.module.css";
import { FormatsControl } from "./FormatsControl";
import { GoalControl } from "./GoalControl";
import { PRESET_NAMES } from "./layer";
import {
  DEFAULT_SETTINGS,
  FORMATS,
  type PanelSettings,
  RANGES,
  SQUOOSH_CODECS,
  withFormatLayer,
  withSquooshToggled,
} from "./model";
import { NumberField } from "./NumberField";
import { PictureControls, ResizeControl } from "./PictureControls";
import { presetOf, presetSettings } from "./presets";
import { Segmented } from "./Segmented";
import { Slider } from "./Slider";
import { Switch } from "./Switch";

export interface FieldsProps {
  settings: PanelSettings;
  change: (patch: Partial<PanelSettings>) => void;
}

const METADATA = (["safe", "strip", "keep"] as const).map((value) => ({
  value,
  label: SETTINGS.metadataNames[value],
}));

const COLORS = (["keep", "srgb"] as const).map((value) => ({ value, label: SETTINGS.colors[value] }));

/** Every setting there is, for the batch or for one image. */
export function SettingsFields({ settings, change }: FieldsProps) {
  return (
    <>
      <PresetControl settings={settings} change={change} />
      <GoalControl settings={settings} change={change} />
      <FormatsControl formats={settings.formats} onChange={(formats) => change({ formats })} />
      <ResizeControl settings={settings} change={change} />
      <div className={styles.group}>
        <Segmented
          legend={SETTINGS.metadata}
          options={METADATA}
          value={settings.metadata}
          onChange={(metadata) => change({ metadata })}
        />
        <p className={styles.hint}>{SETTINGS.metadataHints[settings.metadata]}</p>
      </div>
      <details className={styles.more}>
        <summary>{SETTINGS.picture}</summary>
        <PictureControls settings={settings} change={change} />
      </details>
      <details className={styles.more}>
        <summary>{SETTINGS.advanced}</summary>
        <Advanced settings={settings} change={change} />
      </details>
    </>
  );
}

function PresetControl({ settings, change }: FieldsProps) {
  const current = presetOf(settings) ?? "custom";
  const options = [
    { value: "default" as const, label: SETTINGS.presets.default },
    ...PRESET_NAMES.map((value) => ({ value, label: SETTINGS.presets[value] })),
    { value: "custom" as const, label: SETTINGS.custom, disabled: true },
  ];
  return (
    <div className={styles.group}>
      <Choice
        className={styles.preset}
        label={SETTINGS.preset}
        value={current}
        options={options}
        onChange={(name) => {
          if (name !== "custom") change(name === "default" ? DEFAULT_SETTINGS : presetSettings(name));
        }}
      />
      <p className={styles.hint}>{SETTINGS.presetHints[current]}</p>
    </div>
  );
}

function Advanced({ settings, change }: FieldsProps) {
  return (
    <div className={styles.moreBody}>
      <div className={styles.group}>
        <Slider
          label={SETTINGS.effort}
          value={settings.effort}
          range={RANGES.effort}
          ends={SETTINGS.effortEnds}
          defaultValue={DEFAULT_SETTINGS.effort}
          onChange={(effort) => change({ effort })}
        />
        <p className={styles.hint}>
          {SETTINGS.effortHint} {SETTINGS.defaultIs(String(DEFAULT_SETTINGS.effort))}
        </p>
      </div>
      <div className={styles.group}>
        <Segmented
          legend={SETTINGS.color}
          options={COLORS}
          value={settings.color}
          onChange={(color) => change({ color })}
        />
        <p className={styles.hint}>{SETTINGS.colorHints[settings.color]}</p>
      </div>
      <fieldset className={styles.group}>
        <legend className={styles.legend}>{SETTINGS.background}</legend>
        <div className={styles.background}>
          <Switch
            label={SETTINGS.backgroundOn}
            checked={settings.background !== null}
            onChange={(on) => change({ background: on ? "#ffffff" : null })}
          />
          {settings.background !== null && (
            <input
              type="color"
              aria-label={SETTINGS.background}
              value={settings.background}
              onChange={(event) => change({ background: event.currentTarget.value })}
            />
          )}
        </div>
        <p className={styles.hint}>{SETTINGS.backgroundHint}</p>
      </fieldset>
      <fieldset className={styles.group}>
        <legend className={styles.legend}>{SETTINGS.squoosh}</legend>
        {SQUOOSH_CODECS.map((codec) => (
          <Switch
            key={codec}
            label={SETTINGS.squooshCodecs[codec]}
            checked={settings.squoosh.includes(codec)}
            onChange={() => change({ squoosh: withSquooshToggled(settings.squoosh, codec) })}
          />
        ))}
        <p className={styles.hint}>{SETTINGS.squooshHint}</p>
      </fieldset>
      <fieldset className={styles.group}>
        <legend className={styles.legend}>{SETTINGS.perFormat}</legend>
        <div className={styles.formatRows}>
          {FORMATS.map((format) => {
            const own = settings.perFormat[format] ?? {};
            const set = (field: "quality" | "effort") => (value: number | null) =>
              change({ perFormat: withFormatLayer(settings.perFormat, format, field, value) });
            return (
              <div key={format} className={styles.formatRow}>
                <span aria-hidden="true">{FORMAT_NAMES[format]}</span>
                <NumberField
                  label={SETTINGS.perFormatQuality(FORMAT_NAMES[format])}
                  hideLabel
                  value={own.quality ?? null}
                  range={RANGES.quality}
                  step={0.25}
                  placeholder={SETTINGS.quality}
                  allowEmpty={true}
                  onChange={set("quality")}
                />
                <NumberField
                  label={SETTINGS.perFormatEffort(FORMAT_NAMES[format])}
                  hideLabel
                  value={own.effort ?? null}
                  range={RANGES.effort}
                  placeholder={SETTINGS.effort}
                  allowEmpty={true}
                  onChange={set("effort")}
                />
              </div>
            );
          })}
        </div>
        <p className={styles.hint}>{SETTINGS.perFormatHint}</p>
      </fieldset>
    </div>
  );
}
