import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fakeResult } from "../engine/fake-engine";
import { createQueueStore } from "../queue/store";
import { DEFAULT_SETTINGS, settingsKey } from "../settings/model";
import { createOverridesStore } from "../settings/overrides";
import { createSettingsStore } from "../settings/store";
import { watchSettings } from "./live";
import { metadataBlocks, metadataChanges } from "./metadata";
import { plotOf, ticks } from "./plot";
import { fitted, fitZoom, kept, MAX_ZOOM, overflows, panBy, placed, zoomText, zoomTo } from "./view";

const IMAGE = { width: 4000, height: 3000 };
const VIEWPORT = { width: 1000, height: 500 };

describe("the view", () => {
  it("fits all of a large image, and does not blow a small one up", () => {
    expect(fitZoom(IMAGE, VIEWPORT)).toBeCloseTo(1 / 6);
    expect(fitZoom({ width: 10, height: 10 }, VIEWPORT)).toBe(1);
    const place = placed(fitted(IMAGE, VIEWPORT), IMAGE, VIEWPORT);
    expect(place.y).toBe(0);
    expect(place.x).toBe(Math.round((1000 - 4000 / 6) / 2));
  });

  it("keeps what is under the pointer where it is", () => {
    const view = { zoom: 1, x: 2000, y: 1500 };
    const at = { x: 700, y: 100 };
    const under = (v: typeof view) => [v.x + (at.x - 500) / v.zoom, v.y + (at.y - 250) / v.zoom];
    const next = zoomTo(view, 8, at, IMAGE, VIEWPORT);
    expect(next.zoom).toBe(8);
    const [x = 0, y = 0] = under(next);
    expect([x, y]).toEqual([expect.closeTo(2200), expect.closeTo(1350)]);
  });

  it("stays between all of it and pixels as large as a thumb, and inside the image", () => {
    const view = fitted(IMAGE, VIEWPORT);
    expect(zoomTo(view, 1e9, { x: 0, y: 0 }, IMAGE, VIEWPORT).zoom).toBe(MAX_ZOOM);
    expect(zoomTo(view, 0, { x: 0, y: 0 }, IMAGE, VIEWPORT).zoom).toBeCloseTo(1 / 6);
    expect(panBy({ zoom: 1, x: 600, y: 1500 }, 5_000, 0, IMAGE, VIEWPORT).x).toBe(500);
    expect(kept({ zoom: 0.2, x: 0, y: 0 }, IMAGE, VIEWPORT)).toEqual({ zoom: 0.2, x: 2000, y: 1250 });
    expect(overflows(view, IMAGE, VIEWPORT)).toBe(false);
    expect(overflows({ ...view, zoom: 1 }, IMAGE, VIEWPORT)).toBe(true);
  });

  it("says the zoom", () => {
    expect([zoomText(1), zoomText(0.0421), zoomText(8)]).toEqual(["100 %", "4.2 %", "800 %"]);
  });
});

describe("ticks", () => {
  it("are round and within the range", () => {
    expect(ticks(78.1, 100)).toEqual({ values: [80, 90, 100], decimals: 0 });
    expect(ticks(56_000, 171_000).values).toEqual([100_000, 150_000]);
    expect(ticks(79.6, 80.4).values.map((value) => value.toFixed(ticks(79.6, 80.4).decimals))).toEqual([
      "79.6",
      "79.8",
      "80.0",
      "80.2",
      "80.4",
    ]);
  });
});

describe("plotOf", () => {
  it("places every candidate inside, larger to the right, better above", () => {
    const candidate = (size: number, score: number | null) =>
      ({ format: "webp", encoder: "libwebp", quality: 70, size, score, outcome: "larger" }) as const;
    const result = fakeResult(10_000, 900, {
      candidates: [candidate(2_000, 90), candidate(1_000, 80), candidate(5_000, null)],
    });
    const plot = plotOf(result, { width: 300, height: 150 });
    const [small, middle, large] = plot.points;
    expect([small?.candidate.size, middle?.candidate.size, large?.candidate.size]).toEqual([
      1000, 2000, 5000,
    ]);
    for (const { x, y } of plot.points) {
      expect(x).toBeGreaterThan(plot.left);
      expect(x).toBeLessThan(plot.right);
      expect(y).toBeGreaterThanOrEqual(plot.top);
      expect(y).toBeLessThan(plot.bottom);
    }
    expect((small?.x ?? 0) < (middle?.x ?? 0) && (small?.y ?? 0) > (middle?.y ?? 0)).toBe(true);
    expect(plot.goalScore).toBeCloseTo(small?.y ?? 0);
    expect(plot.goalSize).toBeNull();
  });

  it("copes with a single one", () => {
    const one = {
      format: "png",
      encoder: "oxipng",
      quality: null,
      size: 0,
      score: null,
      outcome: "selected",
    } as const;
    const plot = plotOf(fakeResult(1, 1, { candidates: [one] }), { width: 300, height: 150 });
    expect(Number.isFinite(plot.points[0]?.x)).toBe(true);
    expect(Number.isFinite(plot.points[0]?.y)).toBe(true);
  });
});

describe("metadataBlocks", () => {
  const text = (value: string) => [...value].map((character) => character.charCodeAt(0));
  const u16 = (value: number) => [value >> 8, value & 255];
  const u32 = (value: number) => [...u16(value >>> 16), ...u16(value & 0xffff)];
  const segment = (marker: number, payload: number[]) => [
    0xff,
    marker,
    ...u16(payload.length + 2),
    ...payload,
  ];
  const chunk = (name: string, payload: number[]) => [
    ...u32(payload.length),
    ...text(name),
    ...payload,
    0,
    0,
    0,
    0,
  ];

  it("walks a JPEG up to its pixels", () => {
    const file = [
      0xff,
      0xd8,
      ...segment(0xe1, text("Exif\0\0abcd")),
      ...segment(0xe1, text("http://ns.adobe.com/xap/1.0/\0x")),
      ...segment(0xe2, text("ICC_PROFILE\0aa")),
      ...segment(0xe2, text("ICC_PROFILE\0bb")),
      ...segment(0xfe, text("hello")),
      ...segment(0xda, [0]),
      ...segment(0xed, text("not metadata: pixels")),
    ];
    expect(metadataBlocks(Uint8Array.from(file))).toEqual([
      { kind: "EXIF", bytes: 10 },
      { kind: "XMP", bytes: 30 },
      { kind: "ICC profile", bytes: 28 },
      { kind: "Comment", bytes: 5 },
    ]);
  });

  it("walks a PNG and a WebP", () => {
    const png = [
      ...u32(0x89504e47),
      ...u32(0x0d0a1a0a),
      ...chunk("IHDR", new Array(13).fill(0)),
      ...chunk("eXIf", [1, 2, 3]),
      ...chunk("iTXt", text("XML:com.adobe.xmp\0")),
      ...chunk("tEXt", text("Author\0me")),
    ];
    expect(metadataBlocks(Uint8Array.from(png))).toEqual([
      { kind: "EXIF", bytes: 3 },
      { kind: "XMP", bytes: 18 },
      { kind: "Text", bytes: 9 },
    ]);
    const webp = [
      ...text("RIFF"),
      0,
      0,
      0,
      0,
      ...text("WEBP"),
      ...text("EXIF"),
      3,
      0,
      0,
      0,
      1,
      2,
      3,
      0,
      ...text("XMP "),
      1,
      0,
      0,
      0,
      9,
      0,
    ];
    expect(metadataBlocks(Uint8Array.from(webp))).toEqual([
      { kind: "EXIF", bytes: 3 },
      { kind: "XMP", bytes: 1 },
    ]);
  });

  it("says what it does not know, and survives what is cut short", () => {
    expect(metadataBlocks(Uint8Array.from(text("II*\0some tiff file")))).toBeNull();
    expect(metadataBlocks(new Uint8Array(3))).toBeNull();
    expect(
      metadataBlocks(Uint8Array.from([0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff, 1, 2, 3, 4, 5, 6, 7])),
    ).toEqual([]);
  });

  it("sets both files side by side", () => {
    const before = [
      { kind: "EXIF", bytes: 900 },
      { kind: "ICC profile", bytes: 500 },
    ] as const;
    expect(metadataChanges(before, [{ kind: "ICC profile", bytes: 500 }])).toEqual([
      { kind: "EXIF", before: 900, after: null },
      { kind: "ICC profile", before: 500, after: 500 },
    ]);
  });
});

describe("watchSettings", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function watched(madeWith = settingsKey(DEFAULT_SETTINGS)) {
    const settings = createSettingsStore(null);
    const overrides = createOverridesStore();
    const store = createQueueStore();
    const output = { settingsKey: madeWith };
    store.setState({ items: new Map([[1, { id: 1, state: "done", output } as never]]) });
    const rerun = vi.fn();
    const stop = watchSettings({ settings, overrides, queue: { store, rerun } as never }, 1, 300);
    return { settings, overrides, rerun, stop };
  }

  it("waits until the settings have come to rest, and runs once", () => {
    const { settings, rerun } = watched();
    for (const score of [81, 82, 83]) {
      settings.getState().change({ score });
      vi.advanceTimersByTime(200);
    }
    expect(rerun).not.toHaveBeenCalled();
    vi.advanceTimersByTime(200);
    expect(rerun).toHaveBeenCalledExactlyOnceWith(1);
  });

  it("does nothing for another image, for what has no effect, or for a way back", () => {
    const { settings, overrides, rerun } = watched();
    overrides.change(2, { score: 90 });
    settings.getState().change({ quality: 12 });
    settings.getState().change({ score: 90 });
    settings.getState().change({ score: 80 });
    vi.advanceTimersByTime(1_000);
    expect(rerun).not.toHaveBeenCalled();
  });

  it("ends with the look", () => {
    const { overrides, rerun, stop } = watched();
    overrides.change(1, { score: 90 });
    stop();
    vi.advanceTimersByTime(1_000);
    expect(rerun).not.toHaveBeenCalled();
  });
});
