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
 * - `slow`: answers after the `milliseconds` of the request
 */

import process from "node:process";
import { encodeFrame, FrameReader, Kind } from "../src/frames.js";

const mode = process.argv[2];
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

/** @param {import('../src/frames.js').Frame} frame */
function serve({ id, header, body }) {
  if (mode === "silent") return;
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
