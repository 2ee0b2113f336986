// What the benchmarks of single stages left behind, as one report; or the same held against the report that is there.
//
//   node bench-micro.mjs --counts DIR --times DIR --out FILE --compilers TEXT     writes the report
//   node bench-micro.mjs --counts DIR --out FILE --compilers TEXT --check         compares
//
// Exit codes of --check: 0 no stage takes over 5 % more instructions than the report says, 1 one does, 3 the report is
// from another compiler or another kind of processor, and says nothing about this one.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

/** Above this a stage has become slower. Counts of one build differ by less than a thousandth from run to run. */
const TOLERANCE = 0.05;

const { values: options } = parseArgs({
  options: {
    counts: { type: "string" },
    times: { type: "string" },
    out: { type: "string" },
    compilers: { type: "string" },
    check: { type: "boolean", default: false },
  },
});
if (!options.counts || !options.out || !options.compilers || (!options.times && !options.check))
  throw new Error("expected --counts DIR, --out FILE, --compilers TEXT, and --times DIR or --check");

/** The files of this name below a folder, sorted. */
const named = (folder, name) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === name)
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();

const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

const sorted = (entries) => Object.fromEntries(entries.toSorted(([a], [b]) => a.localeCompare(b)));

/** Instructions that each stage executed, by name. */
function counts(folder) {
  const found = named(folder, "summary.json").map((path) => {
    const { function_name, id, profiles } = readJson(path);
    const callgrind = profiles.find(({ tool }) => tool === "Callgrind");
    return [`${function_name}/${id}`, callgrind?.data.total.metrics.Ir?.values.new];
  });
  if (found.length === 0) throw new Error(`no benchmark left a summary in ${folder}`);
  for (const [name, count] of found)
    if (!Number.isInteger(count)) throw new Error(`expected a count for ${name}, got ${JSON.stringify(count)}`);
  return sorted(found);
}

/** Milliseconds that each stage took: the median, and how far the middle half of the runs lies apart. */
function times(folder) {
  const found = named(folder, "benchmark.json")
    .filter((path) => path.endsWith(join("new", "benchmark.json")))
    .map((path) => {
      const { median } = readJson(path.replace("benchmark.json", "estimates.json"));
      const ms = (nanoseconds) => Number((nanoseconds / 1e6).toPrecision(4));
      const { lower_bound: lower, upper_bound: upper } = median.confidence_interval;
      return [readJson(path).function_id, { ms: ms(median.point_estimate), from: ms(lower), to: ms(upper) }];
    });
  if (found.length === 0) throw new Error(`no benchmark left its times in ${folder}`);
  return sorted(found);
}

/** What counts depend on besides the code: compilers, and which instructions codecs may choose at run time. */
function machine() {
  const flags = new Set(/^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1].trim().split(/\s+/));
  return {
    processor: cpus()[0].model.trim(),
    cores: cpus().length,
    // The wider ones valgrind does not know, and codecs do not see them under it.
    instructionSets: ["ssse3", "sse4_1", "avx", "avx2", "fma", "bmi2"].filter((flag) => flags.has(flag)),
    compilers: options.compilers.split(";").map((compiler) => compiler.trim()),
    valgrind: execFileSync("valgrind", ["--version"], { encoding: "utf8" }).trim(),
  };
}

const found = { machine: machine(), instructions: counts(options.counts) };

if (!options.check) {
  const report = { date: new Date().toISOString().slice(0, 10), ...found, times: times(options.times) };
  writeFileSync(options.out, `${JSON.stringify(report, null, 2)}\n`);
  process.exit(0);
}

const before = readJson(options.out);
const differs = ["instructionSets", "compilers", "valgrind"].filter(
  (key) => JSON.stringify(before.machine[key]) !== JSON.stringify(found.machine[key]),
);
const worse = [];
for (const name of Object.keys({ ...before.instructions, ...found.instructions }).toSorted()) {
  const [was, is] = [before.instructions[name], found.instructions[name]];
  const change = is / was - 1;
  const told =
    was === undefined ? "new" : is === undefined ? "gone" : `${change < 0 ? "−" : "+"}${Math.abs(change * 100).toFixed(2)} %`;
  console.log(`${name.padEnd(24)} ${String(is ?? "").padStart(14)}  ${told}`);
  // A stage that is not counted any more would never be worse.
  if (is === undefined || change > TOLERANCE) worse.push(`${name} (${told})`);
}
if (differs.length > 0) {
  for (const key of differs)
    console.log(`${key}: ${JSON.stringify(before.machine[key])} then, ${JSON.stringify(found.machine[key])} now`);
  console.log("NOT CHECKED: the counts are not of the same compilers, valgrind and kind of processor.");
  process.exit(3);
}
console.log(worse.length > 0 ? `WORSE: ${worse.join(", ")}` : "No stage takes over 5 % more.");
process.exit(worse.length > 0 ? 1 : 0);
