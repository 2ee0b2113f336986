import { useEffect, useId, useState } from "react";
import styles from "./controls.module.css";

/**
 * A number in steps of `step` (default: 1), or nothing where `allowEmpty`. What is being typed is the field's own: it becomes a setting
 * once it is a number in range, and goes back to the setting when the field is left otherwise.
 */
export function NumberField<T extends number | null>({
  label,
  value,
  range,
  step = 1,
  hideLabel = false,
  placeholder,
  allowEmpty,
  onChange,
}: {
  label: string;
  value: T;
  range: { min: number; max: number };
  step?: number;
  /** Shown to assistive technology alone. */
  hideLabel?: boolean;
  placeholder?: string;
  allowEmpty: null extends T ? true : false;
  onChange: (value: T) => void;
}) {
  const id = useId();
  const shown = value === null ? "" : String(value);
  const [text, setText] = useState(shown);
  useEffect(() => setText(shown), [shown]);

  const parse = (typed: string): { ok: boolean; value?: number | null } => {
    if (typed.trim() === "") return allowEmpty ? { ok: true, value: null } : { ok: false };
    const number = Number(typed);
    const ok = Number.isInteger(number / step) && number >= range.min && number <= range.max;
    return ok ? { ok, value: number } : { ok };
  };

  return (
    <div className={styles.field}>
      <label htmlFor={id} className={hideLabel ? "visually-hidden" : undefined}>
        {label}
      </label>
      <input
        id={id}
        inputMode="numeric"
        autoComplete="off"
        placeholder={placeholder}
        value={text}
        aria-invalid={!parse(text).ok}
        onChange={(event) => {
          const typed = event.currentTarget.value;
          setText(typed);
          const parsed = parse(typed);
          if (parsed.ok) onChange(parsed.value as T);
        }}
        onBlur={() => setText(shown)}
      />
    </div>
  );
}
