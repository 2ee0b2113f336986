/** What the engine needs of the browser, asked before its megabytes are fetched. */

const MAGIC = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** A module of one function. */
const moduleOf = (results: readonly number[], code: readonly number[]) =>
  new Uint8Array([
    ...MAGIC,
    ...[1, 4 + results.length, 1, 0x60, 0, results.length, ...results],
    ...[3, 2, 1, 0],
    ...[10, code.length + 3, 1, code.length + 1, 0, ...code],
  ]);

/** `i8x16.splat (i32.const 0)` */
const SIMD = moduleOf([0x7b], [0x41, 0, 0xfd, 0x0f, 0x0b]);

/** `try catch_all end`: how a panic in one image leaves the others alone. */
const EXCEPTIONS = moduleOf([], [0x06, 0x40, 0x19, 0x0b, 0x0b]);

type Validator = Pick<typeof WebAssembly, "validate">;

/** Why the engine cannot run here, in words; null where it can. */
export function whyImpossible(wasm: Validator | undefined = globalThis.WebAssembly): string | null {
  const advice = "Please use a newer browser, or the planish command.";
  if (!wasm) return `This browser has no WebAssembly (some switch it off for safety). ${advice}`;
  if (!wasm.validate(SIMD)) return `This browser's WebAssembly has no SIMD, which the codecs need. ${advice}`;
  if (!wasm.validate(EXCEPTIONS)) return `This browser's WebAssembly has no exceptions. ${advice}`;
  return null;
}
