import { useId } from "react";
import styles from "./controls.module.css";

interface Option<T extends string> {
  value: T;
  label: string;
}

/** One of a few: radio buttons that look like one control, with the keyboard of radio buttons. */
export function Segmented<T extends string>({
  legend,
  options,
  value,
  onChange,
  columns = options.length,
  hideLegend = false,
}: {
  legend: string;
  /** Shown to assistive technology alone. */
  hideLegend?: boolean;
  options: readonly Option<T>[];
  value: T;
  onChange: (value: T) => void;
  columns?: 2 | 4 | number;
}) {
  const name = useId();
  return (
    <fieldset>
      <legend className={hideLegend ? "visually-hidden" : styles.legend}>{legend}</legend>
      <div className={styles.segmented} data-columns={columns}>
        {options.map((option) => (
          <label key={option.value} className={styles.segment}>
            <input
              type="radio"
              className="visually-hidden"
              name={name}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
