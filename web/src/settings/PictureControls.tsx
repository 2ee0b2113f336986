import type { Fit } from "../engine/types";
import { SETTINGS } from "../ui/text";
import styles from "./controls.module.css";
import { fitMatters, RANGES, resizes } from "./model";
import { NumberField } from "./NumberField";
import { Segmented } from "./Segmented";
import type { FieldsProps } from "./SettingsFields";
import { Switch } from "./Switch";

const FITS = (["inside", "cover", "fill"] as const satisfies readonly Fit[]).map((value) => ({
  value,
  label: SETTINGS.fits[value],
}));

const ROTATIONS = (["0", "90", "180", "270"] as const).map((value) => ({ value, label: `${value}°` }));

const FLIPS = (["none", "horizontal", "vertical"] as const).map((value) => ({
  value,
  label: SETTINGS.flips[value],
}));

/** The box the image goes into. */
export function ResizeControl({ settings, change }: FieldsProps) {
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{SETTINGS.resize}</legend>
      <div className={styles.fields}>
        <NumberField
          label={SETTINGS.width}
          value={settings.width}
          range={RANGES.edge}
          placeholder={SETTINGS.any}
          allowEmpty={true}
          onChange={(width) => change({ width, ...(width !== null && { longEdge: null }) })}
        />
        <span className={styles.times} aria-hidden="true">
          ×
        </span>
        <NumberField
          label={SETTINGS.height}
          value={settings.height}
          range={RANGES.edge}
          placeholder={SETTINGS.any}
          allowEmpty={true}
          onChange={(height) => change({ height, ...(height !== null && { longEdge: null }) })}
        />
        <span className={styles.times} aria-hidden="true">
          {SETTINGS.or}
        </span>
        <NumberField
          label={SETTINGS.longEdge}
          value={settings.longEdge}
          range={RANGES.edge}
          placeholder={SETTINGS.any}
          allowEmpty={true}
          onChange={(longEdge) =>
            change({ longEdge, ...(longEdge !== null && { width: null, height: null }) })
          }
        />
      </div>
      {fitMatters(settings) && (
        <>
          <Segmented
            legend={SETTINGS.fit}
            options={FITS}
            value={settings.fit}
            onChange={(fit) => change({ fit })}
          />
          <p className={styles.hint}>{SETTINGS.fitHints[settings.fit]}</p>
        </>
      )}
      {resizes(settings) ? (
        <>
          <Switch
            label={SETTINGS.enlarge}
            checked={settings.enlarge}
            onChange={(enlarge) => change({ enlarge })}
          />
          <p className={styles.hint}>{SETTINGS.enlargeHint}</p>
        </>
      ) : (
        <p className={styles.hint}>{SETTINGS.resizeHint}</p>
      )}
    </fieldset>
  );
}

/** Crop, turn and mirror. */
export function PictureControls({ settings, change }: FieldsProps) {
  const { crop } = settings;
  const incomplete = (crop.width === null) !== (crop.height === null);
  const setCrop = (patch: Partial<typeof crop>) => change({ crop: { ...crop, ...patch } });
  return (
    <div className={styles.moreBody}>
      <fieldset className={styles.group}>
        <legend className={styles.legend}>{SETTINGS.crop}</legend>
        <div className={styles.quarters}>
          <NumberField
            label={SETTINGS.cropX}
            value={crop.x}
            range={RANGES.offset}
            allowEmpty={false}
            onChange={(x) => setCrop({ x })}
          />
          <NumberField
            label={SETTINGS.cropY}
            value={crop.y}
            range={RANGES.offset}
            allowEmpty={false}
            onChange={(y) => setCrop({ y })}
          />
          <NumberField
            label={SETTINGS.cropWidth}
            value={crop.width}
            range={RANGES.edge}
            placeholder={SETTINGS.all}
            allowEmpty={true}
            onChange={(width) => setCrop({ width })}
          />
          <NumberField
            label={SETTINGS.cropHeight}
            value={crop.height}
            range={RANGES.edge}
            placeholder={SETTINGS.all}
            allowEmpty={true}
            onChange={(height) => setCrop({ height })}
          />
        </div>
        <p className={styles.hint} role="status">
          {incomplete ? SETTINGS.cropIncomplete : SETTINGS.cropHint}
        </p>
      </fieldset>
      <Segmented
        legend={SETTINGS.rotate}
        options={ROTATIONS}
        value={String(settings.rotate) as "0" | "90" | "180" | "270"}
        onChange={(degrees) => change({ rotate: Number(degrees) as typeof settings.rotate })}
      />
      <Segmented
        legend={SETTINGS.flip}
        options={FLIPS}
        value={settings.flip ?? "none"}
        onChange={(flip) => change({ flip: flip === "none" ? null : flip })}
      />
    </div>
  );
}
