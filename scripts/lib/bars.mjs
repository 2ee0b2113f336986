// Draws a few groups of horizontal bars as SVG.

const WIDTH = 640;
const BARS = { left: 190, right: 480 };
const ROW = 20;
const HEAD = 26;

/** Readable on white and on black. */
const STYLE =
  "text { font: 12px system-ui, sans-serif; fill: #222 } .group { font-weight: 600 } rect { fill: #9aa3ad } .ours { fill: #c2410c } " +
  "@media (prefers-color-scheme: dark) { text { fill: #e6e6e6 } rect { fill: #5b646e } .ours { fill: #ff9d66 } }";

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/**
 * Groups of `{ name, bars: [{ name, value, label, ours }] }` as a picture. Bars of one group have one scale, which
 * begins at nothing.
 */
export function bars(title, groups) {
  const parts = [];
  let y = 8;
  for (const { name, bars: rows } of groups) {
    y += HEAD;
    parts.push(`<text class="group" x="12" y="${y - 8}">${escaped(name)}</text>`);
    const most = Math.max(...rows.map(({ value }) => value));
    for (const { name: row, value, label, ours } of rows) {
      const length = Math.max(1, (value / most) * (BARS.right - BARS.left)).toFixed(1);
      parts.push(
        `<text x="${BARS.left - 8}" y="${y + 11}" text-anchor="end">${escaped(row)}</text>`,
        `<rect${ours ? ' class="ours"' : ""} x="${BARS.left}" y="${y}" width="${length}" height="${ROW - 6}" rx="2"/>`,
        `<text x="${(BARS.left + Number(length) + 6).toFixed(1)}" y="${y + 11}">${escaped(label)}</text>`,
      );
      y += ROW;
    }
  }
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 12}" role="img">` +
    `<title>${escaped(title)}</title><style>${STYLE}</style>${parts.join("")}</svg>\n`
  );
}
