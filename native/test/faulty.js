/**
 * A sidecar with a fault, for tests of the other side: `node faulty.js MODE`. It answers every request with its own
 * header, unless its mode says otherwise:
 *
 * - `well`: nothing is wrong
 * - `silent`: greets, then says nothing any more, not even to pings
 * - `garbage`: greets, then answers with what is no frame
 * - `crash`: greets, then dies at the first request whose operation is `poison`
 * - `mute`: does not even greet
 * - `stillborn`: dies before its greeting
 * - `stranger`: speaks another protocol version
 * - `missing`: ends as if Sharp were not installed
 * - `liar:SEED`: answers like the real one, but what it says is not so: fields of another kind or beyond all measure, bodies of
 *   another length, files that are not there; the same lies for the same seed
 * - `slow`: answers after the `milliseconds` of the request
 */

import { writeFileSync } from "node:fs";
import process from "node:process";
import { encodeFrame, FrameReader, Kind } from "../src/frames.js";

const [mode, seed] = (process.argv[2] ?? "").split(":");
const reader = new FrameReader();

/** @param {{ id: number, kind: number, header?: object, body?: Uint8Array }} frame */
function send(frame) {
  for (const chunk of encodeFrame(frame)) process.stdout.write(chunk);
}

/** @param {import('../src/frames.js').Frame} frame */
function greet({ id }) {
  if (mode === "mute") return;
  const protocol = mode === "stranger" ? 99 : 1;
  send({
    id,
    kind: Kind.welcome,
    header: { protocol, node: "20.0.0", sharp: "0.0.0", vips: "0.0.0", pid: process.pid },
  });
}

let state = Number(seed ?? 0) + 1;

/** A number from 0 to below `count`. @param {number} count */
function random(count) {
  // Marsaglia's xorshift of 32 bits.
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % count;
}

const WRONG = [0, 1, 2, 3000, -1, 2 ** 31, 2 ** 32 - 1, 2 ** 40, 1.5, null, "x", true, {}, [], undefined];

/** The header with none, one or two of its fields wrong. @param {Record<string, unknown>} header */
function distorted(header) {
  const names = Object.keys(header);
  for (let lies = random(3); lies > 0; lies -= 1) {
    header[names[random(names.length)]] = WRONG[random(WRONG.length)];
  }
  return header;
}

/** Lies in the place of an answer. @param {import('../src/frames.js').Frame} frame */
function lie({ id, header, body }) {
  const { operation, regions, target } = /** @type {Record<string, any>} */ (header);
  const usual = { milliseconds: 1, rss: 1, peakRss: 1 };
  if (random(10) === 0) {
    const failure = { code: "corrupt", message: "no", transient: false };
    send({ id, kind: Kind.failure, header: distorted(failure) });
  } else if (operation === "inspect") {
    const said = { format: ["png", "gif", "webp", "heif", "tiff", "svg"][random(6)], compression: null };
    const size = { width: 300, height: 200, frames: 1 + random(2) * 4, exifBytes: 9, xmpBytes: 0 };
    const flags = { hasAlpha: random(2) === 1, hasProfile: random(2) === 1 };
    send({ id, kind: Kind.answer, header: distorted({ ...said, ...size, ...flags, ...usual }), body });
  } else if (operation === "sample") {
    const wanted = regions.reduce(
      (/** @type {number} */ sum, /** @type {any} */ { width, height }) => sum + width * height * 4,
      0,
    );
    const length = random(6) === 0 ? random(5000) : Math.min(wanted, 10_000_000);
    send({
      id,
      kind: Kind.answer,
      header: distorted({ regions: 1, channels: 4, ...usual }),
      body: Buffer.alloc(length, random(256)),
    });
  } else {
    const made = random(2) === 0 ? Buffer.alloc(random(3000), 7) : body;
    if (target.path !== undefined && random(4) > 0) writeFileSync(target.path, made);
    const said = { format: "png", width: 300, height: 200, frames: 1, size: made.length };
    send({
      id,
      kind: Kind.answer,
      header: distorted({ ...said, ...usual }),
      body: target.bytes ? made : undefined,
    });
  }
}

/** @param {import('../src/frames.js').Frame} frame */
function serve({ id, header, body }) {
  if (mode === "silent") return;
  if (mode === "liar") {
    lie({ id, header, body, kind: Kind.request });
    return;
  }
  if (mode === "garbage") process.stdout.write("oh no, a stack trace\n");
  else if (mode === "crash" && header.operation === "poison") {
    process.stderr.write("something terrible\n");
    process.exit(3);
  } else if (mode === "slow") {
    setTimeout(
      () => send({ id, kind: Kind.answer, header: { ...header, pid: process.pid } }),
      Number(header.milliseconds),
    );
  } else send({ id, kind: Kind.answer, header: { ...header, pid: process.pid }, body });
}

if (mode === "stillborn") process.exit(1);
if (mode === "missing") {
  process.stderr.write(`${JSON.stringify({ level: "error", message: "Cannot find package 'sharp'" })}\n`);
  process.exitCode = 69;
} else {
  process.stdin.on("data", (chunk) => {
    for (const frame of reader.push(chunk)) {
      if (frame.kind === Kind.hello) greet(frame);
      else if (frame.kind === Kind.request) serve(frame);
      else if (frame.kind === Kind.ping && mode !== "silent") send({ id: frame.id, kind: Kind.pong });
    }
  });
  process.stdin.on("end", () => process.exit(0));
}
