import { GOAL } from "../ui/page-text";
import { scoreWord } from "../ui/words";
import styles from "./controls.module.css";
import { DEFAULT_SETTINGS, type GoalKind, type PanelSettings, RANGES, type SizeUnit } from "./model";
import { NumberField } from "./NumberField";
import { Segmented } from "./Segmented";
import { Slider } from "./Slider";

const GOALS: readonly { value: GoalKind; label: string }[] = [
  { value: "score", label: GOAL.names.score },
  { value: "quality", label: GOAL.names.quality },
  { value: "size", label: GOAL.names.size },
  { value: "lossless", label: GOAL.names.lossless },
];

const UNITS: readonly { value: SizeUnit; label: string }[] = [
  { value: "kB", label: "kB" },
  { value: "MB", label: "MB" },
];

/** Only where a recipe says so: nobody types single bytes. */
const BYTES = { value: "B", label: "B" } as const;

/** A recipe may ask for more, or for less, than makes sense to drag to. */
function widened({ min, max }: { min: number; max: number }, value: number) {
  return { min: Math.min(min, Math.floor(value)), max: Math.max(max, Math.ceil(value)) };
}

interface Props {
  settings: PanelSettings;
  change: (patch: Partial<PanelSettings>) => void;
}

export function GoalControl({ settings, change }: Props) {
  return (
    <div className={styles.group}>
      <Segmented
        legend={GOAL.legend}
        options={GOALS}
        columns={2}
        value={settings.goal}
        onChange={(goal) => change({ goal })}
      />
      <GoalValue settings={settings} change={change} />
      <p className={styles.hint}>{GOAL.hints[settings.goal]}</p>
    </div>
  );
}

function GoalValue({ settings, change }: Props) {
  switch (settings.goal) {
    case "score":
      return (
        <Slider
          label={GOAL.score(scoreWord(settings.score).word)}
          value={settings.score}
          range={widened(RANGES.score, settings.score)}
          ends={GOAL.scoreEnds}
          defaultValue={DEFAULT_SETTINGS.score}
          onChange={(score) => change({ score })}
        />
      );
    case "quality":
      return (
        <Slider
          label={GOAL.quality}
          value={settings.quality}
          range={RANGES.quality}
          ends={GOAL.qualityEnds}
          defaultValue={DEFAULT_SETTINGS.quality}
          onChange={(quality) => change({ quality })}
        />
      );
    case "size":
      return (
        <div className={styles.fields}>
          <NumberField
            label={GOAL.atMost}
            value={settings.size}
            range={RANGES.size}
            allowEmpty={false}
            onChange={(size) => change({ size })}
          />
          <Segmented
            legend={GOAL.unit}
            options={settings.sizeUnit === "B" ? [BYTES, ...UNITS] : UNITS}
            value={settings.sizeUnit}
            onChange={(sizeUnit) => change({ sizeUnit })}
          />
        </div>
      );
    case "lossless":
      return null;
  }
}
