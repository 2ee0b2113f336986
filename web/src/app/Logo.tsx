import styles from "./app.module.css";

/** Rough on the left, smooth on the right: what planishing does to metal. */
export function Logo() {
  return (
    <span className={styles.logo}>
      <svg width="34" height="22" viewBox="0 0 34 22" aria-hidden="true" focusable="false">
        <g fill="currentColor">
          <circle cx="5" cy="6" r="4" />
          <circle cx="5" cy="16" r="4" />
          <circle cx="13" cy="11" r="3.4" opacity="0.8" />
          <circle cx="20" cy="6" r="2.4" opacity="0.6" />
          <circle cx="20" cy="16" r="2.4" opacity="0.6" />
          <circle cx="26" cy="11" r="1.5" opacity="0.45" />
          <circle cx="31" cy="6" r="0.8" opacity="0.35" />
          <circle cx="31" cy="16" r="0.8" opacity="0.35" />
        </g>
      </svg>
      planish
    </span>
  );
}
