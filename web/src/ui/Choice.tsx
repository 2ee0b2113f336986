import { useId } from "react";
import styles from "./Choice.module.css";

/** One of many: the system's own list, with its keyboard, its screen reader and its wheel on a phone. */
export function Choice<T extends string>({
  label,
  hideLabel = false,
  value,
  options,
  onChange,
  className = "",
}: {
  label: string;
  /** Shown to assistive technology alone. */
  hideLabel?: boolean;
  value: T;
  options: readonly { value: T; label: string; disabled?: boolean }[];
  onChange: (value: T) => void;
  className?: string | undefined;
}) {
  const id = useId();
  return (
    <span className={`${styles.choice} ${className}`}>
      <label htmlFor={id} className={hideLabel ? "visually-hidden" : undefined}>
        {label}
      </label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled}>
            {option.label}
          </option>
        ))}
      </select>
    </span>
  );
}
