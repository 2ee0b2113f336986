import { scoreWord } from "../ui/words";
import styles from "./controls.module.css";
import { DEFAULT_SETTINGS, type GoalKind, type PanelSettings, RANGES, type SizeUnit } from "./model";
import { NumberField } from "./NumberField";
import { Segmented } from "./Segmented";
import { Slider } from "./Slider";

const GOALS: readonly { value: GoalKind; label: string }[] = [
  { value: "score", label: "Looks the same" },
  { value: "quality", label: "Quality" },
  { value: "size", label: "File size" },
  { value: "lossless", label: "Lossless" },
];

const EXPLANATIONS: Record<GoalKind, string> = {
  score: "Each image becomes as small as it can while its measured likeness stays at or above this score.",
  quality: "The encoder’s own scale, the same for every image. It means something else in each format.",
  size: "The best-looking version of each image that is no larger than this.",
  lossless: "Every pixel stays exactly as it is; only the packing gets better.",
};

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
        legend="Goal"
        options={GOALS}
        columns={2}
        value={settings.goal}
        onChange={(goal) => change({ goal })}
      />
      <GoalValue settings={settings} change={change} />
      <p className={styles.hint}>{EXPLANATIONS[settings.goal]}</p>
    </div>
  );
}

function GoalValue({ settings, change }: Props) {
  switch (settings.goal) {
    case "score":
      return (
        <Slider
          label={`Score: ${scoreWord(settings.score).word}`}
          value={settings.score}
          range={widened(RANGES.score, settings.score)}
          ends={["70 smaller", "95 safer"]}
          defaultValue={DEFAULT_SETTINGS.score}
          onChange={(score) => change({ score })}
        />
      );
    case "quality":
      return (
        <Slider
          label="Quality"
          value={settings.quality}
          range={RANGES.quality}
          ends={["1 smallest", "100 best"]}
          defaultValue={DEFAULT_SETTINGS.quality}
          onChange={(quality) => change({ quality })}
        />
      );
    case "size":
      return (
        <div className={styles.fields}>
          <NumberField
            label="At most"
            value={settings.size}
            range={RANGES.size}
            allowEmpty={false}
            onChange={(size) => change({ size })}
          />
          <Segmented
            legend="Unit"
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
