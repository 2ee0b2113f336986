// Draws size against score as SVG.

const [WIDTH, HEIGHT] = [640, 360];
const PLOT = { left: 56, right: 616, top: 24, bottom: 312 };
const SCORES = [30, 95];
const NAMES = { jpeg: "JPEG", webp: "WebP", avif: "AVIF" };

/** Readable on white and on black. */
const STYLE =
  "text { font: 12px system-ui, sans-serif; fill: #222 } .grid { stroke: #ddd } .mark { stroke: #888; stroke-dasharray: 4 3 } " +
  "path { fill: none } .curve { stroke-width: 2 } .jpeg { stroke: #c2410c } .webp { stroke: #1d4ed8 } .avif { stroke: #15803d } " +
  "@media (prefers-color-scheme: dark) { text { fill: #e6e6e6 } .grid { stroke: #3a3a3a } .jpeg { stroke: #ff9d66 } " +
  ".webp { stroke: #8fb3ff } .avif { stroke: #6fd08c } }";

const within = (value, [from, to]) => value >= from && value <= to;

/** Series of `{ format, points: [{ score, kilobytes }] }`, as a picture with scores from 30 to 95. */
export function curves(series) {
  const shown = series.map(({ format, points }) => ({
    format,
    points: points.filter(({ score }) => within(score, SCORES)),
  }));
  const most = Math.max(...shown.flatMap(({ points }) => points.map(({ kilobytes }) => kilobytes)));
  const step = [5, 10, 20, 50, 100, 200].find((candidate) => most / candidate <= 6) ?? 500;
  const top = Math.ceil(most / step) * step;
  const x = (score) => PLOT.left + ((score - SCORES[0]) / (SCORES[1] - SCORES[0])) * (PLOT.right - PLOT.left);
  const y = (kilobytes) => PLOT.bottom - (kilobytes / top) * (PLOT.bottom - PLOT.top);
  const at = (value) => value.toFixed(1);

  const parts = [];
  for (let kilobytes = 0; kilobytes <= top; kilobytes += step) {
    parts.push(
      `<path class="grid" d="M${PLOT.left} ${at(y(kilobytes))}H${PLOT.right}"/>`,
      `<text x="${PLOT.left - 6}" y="${at(y(kilobytes) + 4)}" text-anchor="end">${kilobytes}</text>`,
    );
  }
  for (const score of [30, 40, 50, 60, 70, 80, 90]) {
    parts.push(
      `<path class="${score === 80 ? "mark" : "grid"}" d="M${at(x(score))} ${PLOT.top}V${PLOT.bottom}"/>`,
      `<text x="${at(x(score))}" y="${PLOT.bottom + 18}" text-anchor="middle">${score}</text>`,
    );
  }
  parts.push(
    `<text x="${PLOT.left - 40}" y="14">kB</text>`,
    `<text x="${(PLOT.left + PLOT.right) / 2}" y="${PLOT.bottom + 38}" text-anchor="middle">SSIMULACRA2 score</text>`,
  );
  for (const [index, { format, points }] of shown.entries()) {
    const line = points.map(({ score, kilobytes }) => `${at(x(score))} ${at(y(kilobytes))}`).join("L");
    const row = PLOT.top + 20 + index * 20;
    parts.push(
      `<path class="curve ${format}" d="M${line}"/>`,
      `<path class="curve ${format}" d="M${PLOT.left + 16} ${row}h24"/>`,
      `<text x="${PLOT.left + 48}" y="${row + 4}">${NAMES[format]}</text>`,
    );
  }
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">` +
    `<title>File size against score, by format</title><style>${STYLE}</style>${parts.join("")}</svg>\n`
  );
}
