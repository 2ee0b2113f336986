/**
 * One of Squoosh's codecs in a worker of its own, loaded when the first image asks for it. The builds for one
 * thread: others give other bytes, and the command runs these very modules too.
 */
import type { EncodeOrder, EncodeReply, SquooshCodec } from "./order";

interface CodecModule {
  encode(
    pixels: Uint8Array | Uint8ClampedArray,
    width: number,
    height: number,
    options: EncodeOrder["options"],
  ): Uint8Array | null;
}

type Factory = (options: { noInitialRun: true; locateFile: () => string }) => Promise<CodecModule>;

async function load(codec: SquooshCodec): Promise<CodecModule> {
  const [script, wasm] =
    codec === "avif"
      ? await Promise.all([
          import("@jsquash/avif/codec/enc/avif_enc.js"),
          import("@jsquash/avif/codec/enc/avif_enc.wasm?url"),
        ])
      : await Promise.all([
          import("@jsquash/jxl/codec/enc/jxl_enc.js"),
          import("@jsquash/jxl/codec/enc/jxl_enc.wasm?url"),
        ]);
  const factory = script.default as unknown as Factory;
  return factory({ noInitialRun: true, locateFile: () => wasm.default });
}

let loading: Promise<CodecModule> | undefined;

async function encode({ codec, width, height, bits, options, pixels }: EncodeOrder): Promise<EncodeReply> {
  let module: CodecModule;
  try {
    loading ??= load(codec);
    module = await loading;
  } catch (thrown) {
    return { message: `none: the codec could not be loaded (${words(thrown)})`, unavailable: true };
  }
  try {
    const view = bits === 8 ? new Uint8ClampedArray(pixels.buffer) : pixels;
    const file = module.encode(view, width, height, options);
    // A copy: the result may lie in the module's own memory.
    return file ? { file: new Uint8Array(file) } : { message: "the codec made no file", unavailable: false };
  } catch (thrown) {
    return { message: words(thrown), unavailable: false };
  }
}

function words(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

self.addEventListener("message", async ({ data }: MessageEvent<EncodeOrder>) => {
  const reply = await encode(data);
  self.postMessage(reply, { transfer: "file" in reply ? [reply.file.buffer] : [] });
});
