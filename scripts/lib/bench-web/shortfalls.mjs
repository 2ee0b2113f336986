// Where what was measured falls short of what is expected, and by how much.

const SPEED_UP = 1.7;
const LONGEST_TASK_MS = 100;
/** Ratios are told to this: less is noise. */
const TOLERANCE = 0.005;

export function shortfalls({ encoders = {}, threads = {}, page = {} }) {
  const lines = [];
  for (const [format, { summary }] of Object.entries(encoders)) {
    for (const [at, { bytes, ms }] of Object.entries(summary)) {
      const where = at === "lossless" ? "without loss" : `at a score of ${at}`;
      for (const [what, ratio] of [["time", ms], ["bytes", bytes]]) {
        if (ratio !== null && ratio > 1 + TOLERANCE) {
          lines.push(`${format} ${where}: ${percent(ratio - 1)} more ${what} than jSquash`);
        }
      }
    }
  }
  for (const [batch, { speedUp }] of Object.entries(threads)) {
    if (speedUp < SPEED_UP) lines.push(`two threads on "${batch}": ${speedUp} times as fast as one, expected ${SPEED_UP}`);
  }
  const task = page.memory?.longestTaskMs ?? 0;
  if (task > LONGEST_TASK_MS) lines.push(`the page's longest task: ${task} ms, expected at most ${LONGEST_TASK_MS}`);
  return lines;
}

function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}
