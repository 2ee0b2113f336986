// The figures in README.md and the bar charts, made from docs/benchmarks/*.json and never typed.
//
//   node figures.mjs            puts them between the marks in README.md, and draws docs/benchmarks/*.svg
//
// A benchmark that has not been run has no figures. Tests hold README.md and the charts against the files.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { between, read, root } from "./documents.mjs";
import { plots } from "./plots.mjs";

const BEGIN = "<!-- made from docs/benchmarks: scripts/lib/figures.mjs -->";
const END = "<!-- end -->";

const NAMES = {
  jpeg: "JPEG",
  png: "PNG",
  webp: "WebP",
  avif: "AVIF",
  jxl: "JPEG XL",
  gif: "GIF",
  tiff: "TIFF",
};
const KINDS = { photo: "photos", graphic: "graphics" };

const table = (head, rows) =>
  rows.length === 0
    ? ""
    : [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

/** A ratio as what it adds or takes away: 0.958 is −4.2 %. */
function percent(ratio, digits = 1) {
  if (ratio == null) return "–";
  const rounded = ((ratio - 1) * 100).toFixed(digits);
  const sign = Number(rounded) > 0 ? "+" : Number(rounded) < 0 ? "−" : "";
  return `${sign}${rounded.replace("-", "")} %`;
}

const times = (ratio) => (ratio == null ? "–" : `${ratio.toPrecision(2)} ×`);
const seconds = (value) => (value < 10 ? value.toFixed(1) : value.toFixed(0));
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

/** How many images count, where a score is out of reach for some of them. */
function coverage({ delivered, otherOutOfReach = 0, planishOutOfReach = 0 }) {
  const missing = otherOutOfReach + planishOutOfReach;
  if (!delivered || missing === 0) return "";
  return ` (${delivered.images} of ${delivered.images + missing})`;
}

/** Bytes at equal score, from `rd.json`. */
function atEqualScore(rd) {
  const rows = new Map();
  for (const comparison of rd.summary.lossy ?? []) {
    const { format, kind, against, target, delivered, encodeCpu, searchCpu } = comparison;
    const key = `${format} ${kind} ${against}`;
    const row = rows.get(key) ?? [
      `${NAMES[format]}, ${KINDS[kind] ?? kind}`,
      against,
      "–",
      "–",
      "–",
      "–",
      "–",
    ];
    const column = { 70: 2, 80: 3, 90: 4 }[target];
    if (column) row[column] = percent(delivered?.ratio) + coverage(comparison);
    if (target === 80) {
      row[5] = times(encodeCpu);
      row[6] = times(searchCpu);
    }
    rows.set(key, row);
  }
  for (const { setting, delivered, meanScore, searchCpu } of rd.summary.lossyPng ?? []) {
    const column = meanScore < 75 ? 2 : meanScore < 85 ? 3 : 4;
    const row = ["PNG, graphics", `pngquant, ${setting}`, "–", "–", "–", "–", times(searchCpu)];
    row[column] = `${percent(delivered?.ratio)} (at ${meanScore.toFixed(0)})`;
    rows.set(`png ${setting}`, row);
  }
  return table(
    ["images", "against", "at 70", "at 80", "at 90", "time, one encode", "time, whole search"],
    [...rows.values()],
  );
}

/** Files without loss, from `rd.json`. */
function withoutLoss(rd) {
  const rows = (rd.summary.losslessPng ?? []).map(({ effort, bytes, cpu }) => [
    `planish at effort ${effort}`,
    percent(bytes?.ratio),
    times(cpu),
  ]);
  return table(["PNG without loss", "bytes, against `oxipng -o max`", "time"], rows);
}

/** Whole folders at a fixed quality, from `batch.json`. */
function folders(batch) {
  const rows = Object.entries(batch.results).flatMap(([format, tools]) => {
    const others = Object.entries(tools).filter(([tool, { error }]) => !tool.startsWith("planish") && !error);
    const smallest = others.map(([, run]) => run).sort((a, b) => a.bytes - b.bytes)[0];
    return ["planish", "planish --effort 1"]
      .filter((tool) => tools[tool]?.byTheBest)
      .map((tool) => {
        const { wall, peakMB, byTheBest, score } = tools[tool];
        return [
          NAMES[format],
          tool,
          `${seconds(wall)} s, ${times(byTheBest.wall)}`,
          `${peakMB} MB, ${times(byTheBest.peakMB)}`,
          percent(byTheBest.bytes, 0),
          `${score} to ${smallest.score}`,
        ];
      });
  });
  return table(["folder", "command", "time", "most memory", "bytes", "mean score, to that of the fewest bytes"], rows);
}

/** What is told in one line each. */
function lines({ tree, sidecar, web }) {
  const list = [];
  const run = (name) => tree?.runs?.find((candidate) => candidate.name === name);
  if (run("first") && run("second")) {
    const files = tree.tree.files.toLocaleString("en-GB");
    list.push(
      `${files} small images: ${seconds(run("first").wallSeconds)} s the first time, ${seconds(run("second").wallSeconds)} s the second`,
    );
  }
  if (sidecar?.large) {
    const { pixels, limitMB, peakMB, seconds: took } = sidecar.large;
    list.push(
      `one image of ${pixels / 1e6} megapixels to JPEG within ${limitMB} MB, by Sharp: ${peakMB.together} MB at most, ${seconds(took)} s`,
    );
  }
  if (web?.page) {
    const { coldStart, download } = web.page;
    list.push(
      `the page: ready after ${seconds(coldStart.engineReady / 1000)} s, first result after ${seconds(coldStart.firstResult / 1000)} s; ` +
        `${megabytes(download.firstLoad.brotli + download.engine.brotli)} MB to download once`,
    );
  }
  return list.map((line) => `- ${line}`).join("\n");
}

export function load(name) {
  const path = `docs/benchmarks/${name}.json`;
  return existsSync(join(root, path)) ? JSON.parse(read(path)) : undefined;
}

/** Everything between the marks. */
export function figures(from = load) {
  const [rd, batch, tree, sidecar, web] = ["rd", "batch", "tree", "sidecar", "web"].map(from);
  const parts = [];
  if (rd) {
    const images = rd.corpus.images.length;
    parts.push(
      `Bytes at the same SSIMULACRA2 score, planish's against another tool's: −4 % means that planish's files are smaller by that ` +
        `much. Processor time is planish's by the other's, on one thread each, at a score of 80: of one encode at a fixed quality, ` +
        `with planish's measuring and checking in it; and of planish's whole search for the score, against one encode that hits none. ` +
        `"2 of 8" says how many images could be compared: one of the tools does not get the others to that score. ` +
        `${images} images, ${rd.mode} mode, on ${rd.machine.cores} cores (${rd.machine.cpu}).`,
      atEqualScore(rd),
      withoutLoss(rd),
    );
  }
  if (batch) {
    const { photos, graphics } = batch.images;
    const others = Object.keys(batch.tools).filter((tool) => tool !== "planish");
    parts.push(
      `Folders at one quality (JPEG, WebP and AVIF: ${photos} photos; PNG: ${graphics} graphics), by the best of ${others.join(", ")} in each: below 1 × ` +
        "planish is quicker or smaller.",
      folders(batch),
    );
  }
  const rest = lines({ tree, sidecar, web });
  if (rest) parts.push(rest);
  return parts.filter(Boolean).join("\n\n");
}

/** README.md as it should be. */
export const readmeWithFigures = () => between(read("README.md"), BEGIN, END, figures());

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(join(root, "README.md"), readmeWithFigures());
  for (const [file, drawing] of Object.entries(plots(load)))
    writeFileSync(join(root, "docs/benchmarks", file), drawing);
}
