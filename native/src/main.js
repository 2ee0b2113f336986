#!/usr/bin/env node

/**
 * planish-sidecar: drives Sharp for the planish command. It speaks frames on standard input and output
 * (PROTOCOL.md), logs on standard error, and ends when its input does.
 */

import { Console } from "node:console";
import process from "node:process";

// Standard output carries frames and nothing else, whatever a library may print.
globalThis.console = new Console(process.stderr, process.stderr);

/** @param {string} level @param {string} message */
const log = (level, message) => process.stderr.write(`${JSON.stringify({ level, message })}\n`);

let session;
try {
  const { Session } = await import("./session.js");
  session = new Session({
    write: (chunks) => {
      for (const chunk of chunks) process.stdout.write(chunk);
    },
    log,
    end: (code, busy) => {
      // An orderly exit would wait for the encoder, which can be minutes.
      if (busy) process.kill(process.pid, "SIGKILL");
      process.exit(code);
    },
  });
} catch (error) {
  // Most often sharp is not installed for this platform.
  log("error", error instanceof Error ? error.message : String(error));
  process.exit(69);
}

const running = session;
process.stdin.on("data", (chunk) => running.receive(chunk));
process.stdin.on("end", () => running.close(0));
process.stdin.on("error", () => running.close(0));
// The command decides about Ctrl-C; the terminal sends it to the whole group.
process.on("SIGINT", () => {});
process.stdout.on("error", () => running.close(0));
