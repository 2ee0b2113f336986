// jSquash's codecs in a worker: their builds for one thread, so that encoders are compared, not schedulers.
import { answer, fetched } from "./answer.js";

const emscripten = {
  jpeg: ["/jsquash/jpeg/codec/enc/mozjpeg_enc.js", "/jsquash/jpeg/meta.js"],
  webp: ["/jsquash/webp/codec/enc/webp_enc_simd.js", "/jsquash/webp/meta.js"],
  avif: ["/jsquash/avif/codec/enc/avif_enc.js", "/jsquash/avif/meta.js"],
};

const loading = new Map();

/** A function of pixels and options, with jSquash's own defaults under them. */
function encoder(format) {
  if (!loading.has(format)) loading.set(format, format === "png" ? oxipng() : codec(...emscripten[format]));
  return loading.get(format);
}

async function codec(script, meta) {
  const [{ default: factory }, { defaultOptions }] = await Promise.all([import(script), import(meta)]);
  const module = await factory({ noInitialRun: true });
  return (rgba, width, height, options) =>
    module.encode(rgba, width, height, { ...defaultOptions, ...options });
}

async function oxipng() {
  const { default: init, optimise_raw } = await import("/jsquash/oxipng/codec/pkg/squoosh_oxipng.js");
  await init();
  return (rgba, width, height, { level }) => optimise_raw(rgba, width, height, level, false, true);
}

answer({
  async encode({ picture, width, height, format, options }) {
    const encode = await encoder(format);
    const rgba = new Uint8ClampedArray((await fetched(`/generated/${picture}.rgba`)).buffer);
    const start = performance.now();
    const file = encode(rgba, width, height, options);
    const ms = performance.now() - start;
    if (!file) throw new Error(`${format}: no file`);
    // A copy: the result may lie in the codec's own memory.
    return { ms, bytes: file.length, file: new Uint8Array(file) };
  },
});
