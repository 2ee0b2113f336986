import { useId } from "react";
import styles from "./controls.module.css";

/** A range with its value in large figures and a word at each end. */
export function Slider({
  label,
  value,
  range,
  ends,
  defaultValue,
  onChange,
}: {
  label: string;
  value: number;
  range: { min: number; max: number };
  ends: [low: string, high: string];
  defaultValue: number;
  onChange: (value: number) => void;
}) {
  const id = useId();
  const part = (at: number) => (at - range.min) / (range.max - range.min);
  return (
    <div className={styles.slider}>
      <div className={styles.sliderHead}>
        <label htmlFor={id}>{label}</label>
        <output htmlFor={id}>{value}</output>
      </div>
      <input
        id={id}
        type="range"
        min={range.min}
        max={range.max}
        step={Number.isInteger(value) ? 1 : "any"}
        value={value}
        style={{ "--part": part(value), "--default": part(defaultValue) } as React.CSSProperties}
        onChange={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
      <div className={styles.sliderEnds} aria-hidden="true">
        <span>{ends[0]}</span>
        <span>{ends[1]}</span>
      </div>
    </div>
  );
}
