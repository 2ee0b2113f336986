import { memo } from "react";
import styles from "./drop.module.css";

/** Distance of two blows of the hammer, in units of the drawing. */
const PITCH = 34;
const COLUMNS = 36;
const ROWS = 22;

/** A fixed pseudo-random number in 0..1: the same plate on every visit. */
function jitter(n: number): number {
  const x = Math.sin(n * 127.1 + 11.7) * 43758.5453;
  return x - Math.floor(x);
}

function dents() {
  const all: { key: number; x: number; y: number; r: number }[] = [];
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      const key = row * COLUMNS + column;
      all.push({
        key,
        x: Math.round((column + (row % 2) / 2 + (jitter(key) - 0.5) * 0.5) * PITCH),
        y: Math.round((row * 0.87 + (jitter(key + 7_000) - 0.5) * 0.5) * PITCH),
        r: Math.round(PITCH * (0.52 + jitter(key + 13_000) * 0.22)),
      });
    }
  }
  return all;
}

/**
 * Hammered metal. The middle, where one drops things, has already been planished; more of it has when files
 * hover over the page.
 */
export const Plate = memo(function Plate() {
  return (
    <svg
      className={styles.plate}
      viewBox={`${PITCH} ${PITCH} ${(COLUMNS - 2) * PITCH} ${(ROWS * 0.87 - 2) * PITCH}`}
      preserveAspectRatio="xMidYMid slice"
      aria-hidden="true"
      focusable="false"
    >
      <defs>
        <linearGradient id="dent" x1="0" y1="0" x2="1" y2="1">
          <stop className={styles.shade} offset="0.05" />
          <stop className={styles.between} offset="0.5" />
          <stop className={styles.light} offset="0.95" />
        </linearGradient>
      </defs>
      <g fill="url(#dent)">
        {dents().map(({ key, x, y, r }) => (
          <circle key={key} cx={x} cy={y} r={r} />
        ))}
      </g>
    </svg>
  );
});
