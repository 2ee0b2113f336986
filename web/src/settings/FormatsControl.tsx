import { OUTPUT } from "../ui/page-text";
import { FORMAT_NAMES } from "../ui/words";
import styles from "./controls.module.css";
import { FORMATS, type OutputFormats, withFormatToggled } from "./model";

function explanation(formats: OutputFormats): string {
  if (formats === "keep") return OUTPUT.keepHint;
  if (formats === "auto") return OUTPUT.autoHint;
  if (formats.length === 1) return OUTPUT.oneHint(formats.map((format) => FORMAT_NAMES[format]).join());
  return OUTPUT.someHint;
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
      <legend className={styles.legend}>{OUTPUT.legend}</legend>
      <div className={styles.chips}>
        <Chip label={OUTPUT.keep} pressed={formats === "keep"} onPress={() => onChange("keep")} />
        <Chip label={OUTPUT.auto} pressed={formats === "auto"} onPress={() => onChange("auto")} />
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
