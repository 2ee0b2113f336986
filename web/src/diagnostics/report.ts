/** What the diagnostics show and a bug report copies: pure, from values that others collect. */

import type { EngineInfo } from "../engine/port";
import { STAGES } from "../engine/stages";
import type { QueueItem } from "../queue/item";
import type { Totals } from "../queue/totals";
import { formatBytes } from "../ui/format";
import { DIAGNOSTICS } from "../ui/text";
import type { FrameFigures } from "./frames";

export interface Snapshot {
  engine: EngineInfo | { failure: string } | null;
  /** Bytes of WebAssembly memory held now; null before there is an engine. */
  engineMemory: number | null;
  totals: Totals;
  items: Iterable<QueueItem>;
  thumbnails: { kept: number; waiting: number };
  frames: FrameFigures;
  renders: readonly (readonly [part: string, count: number])[];
  browser: {
    userAgent: string;
    cores: number;
    /** Gibibytes, rounded by the browser; null where it does not say. */
    deviceMemory: number | null;
    isolated: boolean;
    pixelRatio: number;
    language: string;
  };
  /** Bytes; null where the browser does not say. */
  heap: number | null;
  storage: { used: number; granted: number } | null;
}

export interface Group {
  name: string;
  rows: readonly (readonly [label: string, value: string])[];
}

export function groupsOf(snapshot: Snapshot): Group[] {
  const { engine, totals, frames, browser, thumbnails } = snapshot;
  const { errors, stages, peak } = summed(snapshot.items);
  const { groups } = DIAGNOSTICS;
  const info = engine && "version" in engine ? engine : null;
  return [
    {
      name: groups.versions,
      rows: [
        ["planish", info?.version ?? "–"],
        ["Browser", browser.userAgent],
        ["Language", browser.language],
        ["Pixels per CSS pixel", String(browser.pixelRatio)],
      ],
    },
    {
      name: groups.engine,
      rows: [
        ["Kind", info?.kind ?? (engine && "failure" in engine ? engine.failure : "starting")],
        ["Threads", info ? String(info.threads) : "–"],
        ["Cores", String(browser.cores)],
        ["Isolated", browser.isolated ? "yes" : "no"],
      ],
    },
    {
      name: groups.memory,
      rows: [
        ["Engine, now", snapshot.engineMemory === null ? "–" : formatBytes(snapshot.engineMemory)],
        ["Engine, at most", info ? formatBytes(info.maxMemory) : "–"],
        ["Largest job, estimated", peak > 0 ? formatBytes(peak) : "–"],
        ["Page", snapshot.heap === null ? "–" : formatBytes(snapshot.heap)],
        ["Device", browser.deviceMemory === null ? "–" : `${browser.deviceMemory} GiB or more`],
        [
          "Storage",
          snapshot.storage
            ? `${formatBytes(snapshot.storage.used)} of ${formatBytes(snapshot.storage.granted)}`
            : "–",
        ],
        ["Thumbnails", `${thumbnails.kept} kept, ${thumbnails.waiting} waiting`],
      ],
    },
    {
      name: groups.queue,
      rows: [
        ["Images", String(totals.count)],
        ["Done", String(totals.done)],
        ["In work", String(totals.active)],
        ["Cancelled", String(totals.cancelled)],
        ["Failed", errors.length === 0 ? "0" : `${totals.failed}: ${errors.join(", ")}`],
        ["Bytes", `${formatBytes(totals.bytesBefore)} → ${formatBytes(totals.bytesAfter)}`],
      ],
    },
    {
      name: groups.stages,
      rows: stages.map(([stage, ms]) => [stage, `${(ms / 1_000).toFixed(2)} s`]),
    },
    {
      name: groups.frames,
      rows: [
        ["Frames a second", frames.perSecond === null ? "–" : frames.perSecond.toFixed(0)],
        ["95 % within", frames.p95 === null ? "–" : `${frames.p95.toFixed(0)} ms`],
        ["Slowest", frames.slowest === null ? "–" : `${frames.slowest.toFixed(0)} ms`],
        ["Tasks over 50 ms", String(frames.longTasks)],
        ["Longest task", `${frames.longestTask.toFixed(0)} ms`],
      ],
    },
    { name: groups.renders, rows: snapshot.renders.map(([part, count]) => [part, String(count)]) },
  ];
}

/** As text that looks right in an issue and in a mail. */
export function reportText(groups: readonly Group[]): string {
  return groups
    .filter(({ rows }) => rows.length > 0)
    .map(({ name, rows }) =>
      [`### ${name}`, ...rows.map(([label, value]) => `- ${label}: ${value}`)].join("\n"),
    )
    .join("\n\n");
}

/** Over all results: time by stage, failures by code, the largest estimate. */
function summed(items: Iterable<QueueItem>) {
  const stages = new Map<string, number>();
  const errors = new Map<string, number>();
  let peak = 0;
  for (const item of items) {
    if (item.state === "failed") errors.set(item.error.code, (errors.get(item.error.code) ?? 0) + 1);
    if (item.state !== "done") continue;
    peak = Math.max(peak, item.output.result.peakBytes);
    for (const { stage, ms } of item.output.result.timings) stages.set(stage, (stages.get(stage) ?? 0) + ms);
  }
  return {
    peak,
    errors: [...errors].map(([code, count]) => `${count} × ${code}`),
    stages: STAGES.flatMap((stage) => {
      const ms = stages.get(stage);
      return ms === undefined ? [] : [[stage, ms] as const];
    }),
  };
}
