import { memo } from "react";
import styles from "./drop.module.css";
import { facets } from "./facets";

/** Width of a facet in units of the drawing. */
const FACET = 46;
const COLUMNS = 28;
const ROWS = 22;

const paths = facets(COLUMNS, ROWS, FACET);

/** Hammered metal. The middle, where one drops things, has already been planished. */
export const Plate = memo(function Plate() {
  return (
    <svg
      className={styles.plate}
      viewBox={`${FACET} ${FACET} ${(COLUMNS - 2) * FACET} ${(ROWS * 0.87 - 2) * FACET}`}
      preserveAspectRatio="xMidYMid slice"
      aria-hidden="true"
      focusable="false"
    >
      <defs>
        <linearGradient id="facet" x1="0.1" y1="0" x2="0.9" y2="1">
          <stop className={styles.shade} offset="0" />
          <stop className={styles.between} offset="0.55" />
          <stop className={styles.light} offset="1" />
        </linearGradient>
      </defs>
      <g fill="url(#facet)">
        {paths.map((path) => (
          <path key={path} d={path} />
        ))}
      </g>
    </svg>
  );
});
