/**
 * The real sidecar with a fault, for tests of the command: `PLANISH_SIDECAR=failing.js PLANISH_FAULT=MODE planish …`.
 * A fault happens when a request names a source whose path has `poison` in it and a file to write to; everything else
 * is served by Sharp.
 *
 * - `crash`: the process ends
 * - `hang`: the process stops, as if it were stuck
 * - `garbage`: it answers with what is no frame
 * - `memory`: it says that there is no memory
 * - `stranger`: it speaks another protocol version
 * - `missing`: it ends as if Sharp were not installed
 * - `tell`: it works, and has written its process number to the file that `PLANISH_FAULT_FILE` names
 */

import { writeFileSync } from "node:fs";
import process from "node:process";
import { encodeFrame, FrameReader, Kind } from "../src/frames.js";
import { Session } from "../src/session.js";

const mode = process.env.PLANISH_FAULT;
const reader = new FrameReader();

const session = new Session({
  write: (chunks) => {
    for (const chunk of chunks) process.stdout.write(chunk);
  },
  log: (level, message) => process.stderr.write(`${JSON.stringify({ level, message })}\n`),
  end: (code, busy) => {
    if (busy) process.kill(process.pid, "SIGKILL");
    process.exit(code);
  },
});

/** @param {{ id: number, kind: number, header?: object }} frame */
function send(frame) {
  for (const chunk of encodeFrame(frame)) process.stdout.write(chunk);
}

/** Whether the frame is left to the real session. @param {import('../src/frames.js').Frame} frame */
function passes({ id, kind, header }) {
  if (kind === Kind.hello && mode === "stranger") {
    const versions = { node: "20.0.0", sharp: "0.0.0", vips: "0.0.0", pid: process.pid };
    send({ id, kind: Kind.welcome, header: { protocol: 99, ...versions } });
    return false;
  }
  const { source, target } = /** @type {{ source?: { path?: string }, target?: { path?: string } }} */ (
    header
  );
  if (kind !== Kind.request || target?.path === undefined || !source?.path?.includes("poison")) return true;
  switch (mode) {
    case "crash":
      process.stderr.write("something terrible\n");
      process.exit(3);
      break;
    case "hang":
      process.kill(process.pid, "SIGSTOP");
      return false;
    case "garbage":
      process.stdout.write("oh no, a stack trace\n");
      return false;
    case "memory":
      send({
        id,
        kind: Kind.failure,
        header: { code: "out_of_memory", message: "unable to allocate", transient: true },
      });
      return false;
    case "tell":
      writeFileSync(String(process.env.PLANISH_FAULT_FILE), String(process.pid));
      return true;
    default:
      return true;
  }
  return false;
}

if (mode === "missing") {
  process.stderr.write(`${JSON.stringify({ level: "error", message: "Cannot find package 'sharp'" })}\n`);
  process.exit(69);
}
process.stdin.on("data", (chunk) => {
  // Each frame of a chunk stands for itself; all but those that fail go on as they came.
  for (const frame of reader.push(chunk)) {
    if (!passes(frame)) continue;
    for (const part of encodeFrame(frame)) session.receive(Buffer.from(part));
  }
});
process.stdin.on("end", () => session.close(0));
process.on("SIGINT", () => {});
process.stdout.on("error", () => session.close(0));
