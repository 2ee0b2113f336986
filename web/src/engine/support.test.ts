import { describe, expect, it } from "vitest";
import { whyImpossible } from "./support";

describe("whyImpossible", () => {
  it("finds nothing missing in a current engine", () => {
    expect(whyImpossible()).toBeNull();
  });

  it("says that WebAssembly is switched off", () => {
    const { WebAssembly: kept } = globalThis;
    Reflect.deleteProperty(globalThis, "WebAssembly");
    try {
      expect(whyImpossible()).toContain("no WebAssembly");
    } finally {
      globalThis.WebAssembly = kept;
    }
  });

  it("says what is missing, the first thing first", () => {
    expect(whyImpossible({ validate: () => false })).toContain("no SIMD");
    let asked = 0;
    expect(whyImpossible({ validate: () => ++asked === 1 })).toContain("no exceptions");
  });
});
