// The bar charts of docs/benchmarks, drawn from the JSON beside them. (`bench rd` and `bench sidecar` draw their curves
// themselves, while they measure.)
import { bars } from "./bars.mjs";

const NAMES = { jpeg: "JPEG", webp: "WebP", avif: "AVIF", png: "PNG" };
const isOurs = (tool) => tool.startsWith("planish");

/** Seconds of each tool for a folder, format by format. */
function batch({ results, quality }) {
  const groups = Object.entries(results).map(([format, tools]) => ({
    name: `${NAMES[format]}: seconds for the folder, and most memory`,
    bars: Object.entries(tools)
      .filter(([, { error }]) => !error)
      .map(([name, { wall, peakMB }]) => ({
        name,
        value: wall,
        label: `${wall.toFixed(1)} s, ${peakMB} MB`,
        ours: isOurs(name),
      })),
  }));
  return bars(`A folder at quality ${quality}, by tool`, groups);
}

/** planish's encoders by jSquash's in the page. */
function web({ encoders, firstEncode }) {
  const ratio = (name, value) => ({ name, value, label: `${value.toFixed(2)} ×`, ours: true });
  const jsquash = { name: "jSquash", value: 1, label: "1 ×" };
  const group = (what, of) => ({
    name: what,
    bars: [
      ...Object.entries(encoders).flatMap(([format, { summary }]) =>
        Object.entries(summary)
          .filter(([, { images }]) => images > 0)
          .map(([at, figures]) => ratio(`${NAMES[format]}, ${at === "lossless" ? "no loss" : `at ${at}`}`, figures[of])),
      ),
      jsquash,
    ],
  });
  const first = [
    { name: "planish", value: firstEncode.planish, label: `${firstEncode.planish} ms`, ours: true },
    { name: "jSquash", value: firstEncode.jsquash, label: `${firstEncode.jsquash} ms` },
  ];
  return bars("The page's encoders by jSquash's", [
    group("Time of one encode, by jSquash's at equal score", "ms"),
    group("Bytes, by jSquash's at equal score", "bytes"),
    { name: "From a new worker to the first JPEG", bars: first },
  ]);
}

/** Seconds of each run over the tree. */
function tree({ tree: { files }, runs }) {
  const rows = runs.map(({ name, wallSeconds }) => ({
    name: `${name} run`,
    value: wallSeconds,
    label: `${wallSeconds.toFixed(1)} s`,
    ours: true,
  }));
  return bars(`${files} images, run after run`, [{ name: `Seconds for ${files} images`, bars: rows }]);
}

const DRAWN = { batch, web, tree };

/** What is to be drawn: `{ "batch.svg": "<svg…" }`, of the benchmarks that `from` has figures of. */
export function plots(from) {
  const drawn = Object.entries(DRAWN).map(([name, draw]) => [`${name}.svg`, from(name), draw]);
  return Object.fromEntries(
    drawn.filter(([, report]) => report).map(([file, report, draw]) => [file, draw(report)]),
  );
}
