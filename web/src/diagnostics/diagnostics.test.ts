import { describe, expect, it } from "vitest";
import { fakeResult } from "../engine/fake-engine";
import type { QueueItem } from "../queue/item";
import { NO_TOTALS } from "../queue/totals";
import { figuresOf } from "./frames";
import { groupsOf, reportText, type Snapshot } from "./report";

const done = (timings: { stage: "decode" | "encode"; ms: number }[], peakBytes: number) =>
  ({
    state: "done",
    name: "secret.jpg",
    path: "secret.jpg",
    output: { result: fakeResult(9, 5, { timings, peakBytes }) },
  }) as unknown as QueueItem;

const failed = (code: string) =>
  ({
    state: "failed",
    name: "secret.png",
    path: "secret.png",
    error: { code, message: "secret.png" },
  }) as unknown as QueueItem;

const snapshot = (patch: Partial<Snapshot> = {}): Snapshot => ({
  engine: { kind: "threads", threads: 4, version: "1.2.3", maxMemory: 4e9 },
  engineMemory: 70e6,
  totals: { ...NO_TOTALS, count: 4, done: 2, failed: 3 },
  items: [
    done(
      [
        { stage: "encode", ms: 900 },
        { stage: "decode", ms: 100 },
      ],
      5e6,
    ),
    done([{ stage: "encode", ms: 600 }], 9e6),
    failed("corrupt"),
    failed("corrupt"),
    failed("limit_exceeded"),
  ],
  thumbnails: { kept: 3, waiting: 1 },
  frames: figuresOf([16, 16, 16, 48], [120]),
  renders: [["list", 12]],
  browser: { userAgent: "Test/1", cores: 8, deviceMemory: 8, isolated: true, pixelRatio: 2, language: "en" },
  heap: 20e6,
  storage: null,
  ...patch,
});

describe("the report", () => {
  const text = reportText(groupsOf(snapshot()));

  it("sums the time by stage, in the order of the pipeline, and the failures by code", () => {
    expect(text).toMatch(/- decode: 0\.10 s\n- encode: 1\.50 s/);
    expect(text).toContain("- Failed: 3: 2 × corrupt, 1 × limit_exceeded");
    expect(text).toContain("- Largest job, estimated: 9.00 MB");
    expect(text).toContain("- Threads: 4");
    expect(text).toContain("- Engine, now: 70.0 MB");
  });

  it("names no file", () => {
    expect(text).not.toContain("secret");
  });

  it("leaves out what there is none of, and says why an engine is missing", () => {
    const bare = reportText(groupsOf(snapshot({ items: [], engine: { failure: "no WebAssembly" } })));
    expect(bare).not.toContain("Time by stage");
    expect(bare).toContain("- Kind: no WebAssembly");
    expect(reportText(groupsOf(snapshot({ engine: null })))).toContain("- Kind: starting");
  });
});

describe("figuresOf", () => {
  it("gives the rate and the slow ones", () => {
    expect(figuresOf([10, 10, 10, 10, 60], [55, 130])).toEqual({
      perSecond: 50,
      p95: 10,
      slowest: 60,
      longTasks: 2,
      longestTask: 130,
    });
    expect(figuresOf([], [])).toEqual({
      perSecond: null,
      p95: null,
      slowest: null,
      longTasks: 0,
      longestTask: 0,
    });
  });
});
