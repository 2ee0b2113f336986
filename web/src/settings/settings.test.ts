import { describe, expect, it } from "vitest";
import { toCommand } from "./command";
import { PRESET_NAMES } from "./layer";
import {
  DEFAULT_SETTINGS,
  type PanelSettings,
  settingsKey,
  toLayer,
  withFormatLayer,
  withFormatToggled,
} from "./model";
import { createOverridesStore, withOverride } from "./overrides";
import { presetOf, presetSettings } from "./presets";
import { fromRecipe, toRecipe } from "./recipe";
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
    [{ goal: "size", size: 123_456, sizeUnit: "B" }, " --max-size 123456"],
    [{ longEdge: 2048, enlarge: true }, " --resize 2048 --enlarge"],
    [{ width: 400, height: 300, fit: "cover" }, " --resize 400x300 --fit cover"],
    [{ width: 400, fit: "cover" }, " --resize 400x"],
    [
      { crop: { x: 10, y: 20, width: 30, height: 40 }, rotate: 90, flip: "vertical" },
      " --crop 30x40+10+20 --rotate 90 --flip vertical",
    ],
    [{ crop: { x: 10, y: 20, width: 30, height: null } }, ""],
    [{ background: "#ffffff", color: "srgb", effort: 9 }, " --background '#ffffff' --color srgb --effort 9"],
    [{ formats: ["jxl"], squoosh: ["jxl"] }, " -f jxl --squoosh jxl"],
    [{ squoosh: ["avif", "jxl"] }, " --squoosh avif,jxl"],
    [{ perFormat: { avif: { quality: 50 } } }, " --config planish.toml"],
    [{ longEdge: 800, width: 400 }, " --config planish.toml"],
    [presetSettings("web"), " --preset web"],
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
      score: 0,
      quality: 101,
      size: 1.5,
      formats: ["bmp"],
      width: -1,
      metadata: "keep",
    };
    expect(parseSettings(JSON.stringify(odd))).toEqual(panel({ metadata: "keep" }));
  });
});

describe("recipes", () => {
  const odd = panel({
    goal: "size",
    size: 123_457,
    sizeUnit: "B",
    formats: ["webp", "avif"],
    background: "#aabbcc",
    metadata: "strip",
    color: "srgb",
    effort: 7,
    squoosh: ["avif", "jxl"],
    width: 400,
    height: 300,
    fit: "cover",
    enlarge: true,
    crop: { x: 1, y: 2, width: 30, height: 40 },
    rotate: 270,
    flip: "horizontal",
    perFormat: { avif: { quality: 50.25, effort: 3 } },
  });

  it.each([panel(), odd, panel({ goal: "lossless" }), ...PRESET_NAMES.map(presetSettings)])(
    "come back as they went out (%#)",
    (settings) => {
      const reading = fromRecipe(toRecipe(settings));
      if (!reading.ok) throw new Error(reading.problems.join());
      expect(toLayer(reading.settings)).toEqual(toLayer(settings));
      expect(parseSettings(JSON.stringify(reading.settings))).toEqual(reading.settings);
    },
  );

  it("start from the preset they name, in TOML and JSON", () => {
    for (const text of [
      'preset = "web"\ngoal = { score = 90 }',
      '{"preset": "web", "goal": {"score": 90}}',
    ]) {
      const reading = fromRecipe(text);
      expect(reading).toEqual({ ok: true, settings: { ...presetSettings("web"), score: 90 } });
    }
  });

  it.each([
    ["qualty = 3", "qualty: there is no such setting"],
    ["goal = { qality = 80 }", "goal.qality: there is no such setting"],
    ["[jpeg]\nqualty = 80", "jpeg.qualty: there is no such setting"],
    ["goal = { quality = 101 }", "goal.quality: expected a number from 1 to 100, got 101"],
    ['metadata = "all"', 'metadata: expected safe, strip, keep, got "all"'],
    ['formats = ["bmp"]', "formats: expected jpeg, png"],
    ["resize = { fit = 'cover' }", "resize: expected a width"],
    ['squoosh = ["webp"]', 'squoosh: expected avif, jxl, got "webp"'],
    ['squoosh = "jxl"', 'squoosh: expected a list of avif, jxl, got "jxl"'],
    ["effort = 2.5", "effort: expected a whole number from 1 to 9, got 2.5"],
    ["crop = { x = 1 }", "crop.width: expected a number from 1 to 65535, got nothing"],
    ['background = "white"', "background: expected a colour"],
    ['preset = "tiny"', "preset: expected web, photo"],
    ["goal = ", "line 1"],
  ])("name the mistake in %s", (text, expected) => {
    const reading = fromRecipe(text);
    expect(reading.ok ? [] : reading.problems.join("\n")).toContain(expected);
  });

  it("name every mistake, not only the first", () => {
    const reading = fromRecipe("a = 1\nb = 2\neffort = 12");
    expect(reading.ok ? [] : reading.problems.length).toBe(3);
  });
});

describe("presetOf", () => {
  it("knows the command's presets, and what is none", () => {
    expect(presetOf(panel())).toBe("default");
    for (const name of PRESET_NAMES) expect(presetOf(presetSettings(name))).toBe(name);
    expect(presetOf(panel({ score: 81 }))).toBeNull();
  });
});

describe("withFormatLayer", () => {
  it("sets and takes away, and leaves nothing empty behind", () => {
    const one = withFormatLayer({}, "avif", "quality", 50);
    expect(one).toEqual({ avif: { quality: 50 } });
    const two = withFormatLayer(one, "avif", "effort", 3);
    expect(two).toEqual({ avif: { quality: 50, effort: 3 } });
    expect(withFormatLayer(withFormatLayer(two, "avif", "quality", null), "avif", "effort", null)).toEqual(
      {},
    );
  });
});

describe("overrides", () => {
  it("lie over the batch's settings, which go on to change beneath them", () => {
    const overrides = createOverridesStore();
    overrides.change(7, { score: 90 });
    overrides.change(7, { effort: 9 });
    const own = overrides.getState().byId.get(7);
    expect(withOverride(panel({ metadata: "keep" }), own)).toEqual(
      panel({ score: 90, effort: 9, metadata: "keep" }),
    );
    overrides.clear(7);
    expect(withOverride(panel(), overrides.getState().byId.get(7))).toEqual(panel());
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
