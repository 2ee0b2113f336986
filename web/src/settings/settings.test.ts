import { describe, expect, it } from "vitest";
import { toCommand } from "./command";
import { DEFAULT_SETTINGS, type PanelSettings, settingsKey, toLayer, withFormatToggled } from "./model";
import { parseSettings } from "./saved";
import { createSettingsStore, type KeptText } from "./store";
import { summary } from "./summary";

const panel = (patch: Partial<PanelSettings> = {}): PanelSettings => ({ ...DEFAULT_SETTINGS, ...patch });

describe("toLayer", () => {
  it("states the goal that is chosen and none of the others", () => {
    expect(toLayer(panel()).goal).toEqual({ score: 80 });
    expect(toLayer(panel({ goal: "quality", quality: 55 })).goal).toEqual({ quality: 55 });
    expect(toLayer(panel({ goal: "lossless" })).goal).toBe("lossless");
  });

  it("counts bytes in decimal units", () => {
    expect(toLayer(panel({ goal: "size", size: 250 })).goal).toEqual({ maxBytes: 250_000 });
    expect(toLayer(panel({ goal: "size", size: 2, sizeUnit: "MB" })).goal).toEqual({ maxBytes: 2_000_000 });
  });

  it("leaves out a resize that asks for nothing", () => {
    expect(toLayer(panel())).not.toHaveProperty("resize");
    expect(toLayer(panel({ width: 1600 })).resize).toEqual({ width: 1600 });
    expect(toLayer(panel({ width: 1600, height: 900 })).resize).toEqual({ width: 1600, height: 900 });
  });
});

describe("settingsKey", () => {
  it("ignores what is not in use", () => {
    expect(settingsKey(panel({ quality: 12 }))).toBe(settingsKey(panel()));
    expect(settingsKey(panel({ score: 85 }))).not.toBe(settingsKey(panel()));
  });
});

describe("withFormatToggled", () => {
  it("adds, removes, and returns to keep when nothing is left", () => {
    expect(withFormatToggled("keep", "webp")).toEqual(["webp"]);
    expect(withFormatToggled("auto", "webp")).toEqual(["webp"]);
    expect(withFormatToggled(["webp"], "jpeg")).toEqual(["jpeg", "webp"]);
    expect(withFormatToggled(["jpeg", "webp"], "jpeg")).toEqual(["webp"]);
    expect(withFormatToggled(["webp"], "webp")).toBe("keep");
  });
});

describe("toCommand", () => {
  it.each<[Partial<PanelSettings>, string]>([
    [{}, ""],
    [{ score: 90 }, " --target ssim2=90"],
    [{ goal: "quality", quality: 75 }, " -q 75"],
    [{ goal: "quality", quality: DEFAULT_SETTINGS.quality }, " -q 80"],
    [{ goal: "size", size: 200 }, " --max-size 200kB"],
    [{ goal: "size", size: 2, sizeUnit: "MB" }, " --max-size 2MB"],
    [{ goal: "lossless" }, " --lossless"],
    [{ formats: "auto" }, " -f auto"],
    [{ formats: ["webp", "avif"] }, " -f webp,avif"],
    [{ metadata: "keep" }, " --metadata keep"],
    [{ metadata: "strip" }, " --metadata strip"],
    [{ width: 1600 }, " --resize 1600x"],
    [{ height: 900 }, " --resize x900"],
    [{ width: 1600, height: 900, goal: "lossless" }, " --lossless --resize 1600x900"],
  ])("%j", (patch, flags) => {
    expect(toCommand(panel(patch))).toBe(`planish photos/ -o out/${flags}`);
  });
});

describe("parseSettings", () => {
  it("brings back what was kept", () => {
    const kept = panel({
      goal: "size",
      size: 3,
      sizeUnit: "MB",
      formats: ["avif"],
      width: 800,
      metadata: "keep",
    });
    expect(parseSettings(JSON.stringify(kept))).toEqual(kept);
  });

  it.each([null, "", "{", "[]", "null", "7", '"text"'])("takes the defaults for %s", (text) => {
    expect(parseSettings(text)).toEqual(DEFAULT_SETTINGS);
  });

  it("replaces only what is not possible", () => {
    const odd = {
      goal: "magic",
      score: 12,
      quality: 101,
      size: 1.5,
      formats: ["bmp"],
      width: -1,
      metadata: "keep",
    };
    expect(parseSettings(JSON.stringify(odd))).toEqual(panel({ metadata: "keep" }));
  });
});

describe("the store", () => {
  it("keeps every change, and goes back to the defaults", () => {
    const texts = new Map<string, string>();
    const kept: KeptText = {
      getItem: (key) => texts.get(key) ?? null,
      setItem: (key, value) => void texts.set(key, value),
    };
    createSettingsStore(kept).getState().change({ score: 91 });
    const next = createSettingsStore(kept);
    expect(next.getState().settings.score).toBe(91);
    next.getState().reset();
    expect(createSettingsStore(kept).getState().settings).toEqual(DEFAULT_SETTINGS);
  });

  it("works where nothing can be kept", () => {
    expect(createSettingsStore(null).getState().settings).toEqual(DEFAULT_SETTINGS);
  });
});

describe("summary", () => {
  it("says what is set in one line", () => {
    expect(summary(panel())).toBe("Looks the same (80) · same format");
    expect(summary(panel({ goal: "size", formats: ["webp"], height: 900, metadata: "keep" }))).toBe(
      "At most 200 kB · WebP · any × 900 · with metadata",
    );
    expect(summary(panel({ metadata: "strip" }))).toBe(
      "Looks the same (80) · same format · no metadata at all",
    );
  });
});
