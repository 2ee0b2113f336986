import { FORMAT_NAMES } from "../ui/words";
import styles from "./controls.module.css";
import { FORMATS, type OutputFormats, withFormatToggled } from "./model";

function explanation(formats: OutputFormats): string {
  if (formats === "keep") return "Every image stays in the format it has.";
  if (formats === "auto")
    return "JPEG, PNG, WebP and AVIF are tried; the smallest that reaches the goal wins.";
  if (formats.length === 1)
    return `Every image becomes ${formats.map((format) => FORMAT_NAMES[format]).join()}.`;
  return "The smallest of these that reaches the goal wins.";
}

export function FormatsControl({
  formats,
  onChange,
}: {
  formats: OutputFormats;
  onChange: (formats: OutputFormats) => void;
}) {
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>Output format</legend>
      <div className={styles.chips}>
        <Chip label="Keep" pressed={formats === "keep"} onPress={() => onChange("keep")} />
        <Chip label="Auto" pressed={formats === "auto"} onPress={() => onChange("auto")} />
      </div>
      <div className={styles.chips}>
        {FORMATS.map((format) => (
          <Chip
            key={format}
            label={FORMAT_NAMES[format]}
            pressed={Array.isArray(formats) && formats.includes(format)}
            onPress={() => onChange(withFormatToggled(formats, format))}
          />
        ))}
      </div>
      <p className={styles.hint}>{explanation(formats)}</p>
    </fieldset>
  );
}

function Chip({ label, pressed, onPress }: { label: string; pressed: boolean; onPress: () => void }) {
  return (
    <button type="button" className={styles.chip} aria-pressed={pressed} onClick={onPress}>
      {label}
    </button>
  );
}
