/** A sidecar to talk to, for tests. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { encodeFrame, FrameReader, Kind } from "../src/frames.js";

const main = fileURLToPath(new URL("../src/main.js", import.meta.url));

export class Sidecar {
  /** @type {Map<number, (frame: import('../src/frames.js').Frame) => void>} */
  #waiting = new Map();
  #next = 1;
  #reader = new FrameReader();
  #errors = "";

  constructor() {
    this.process = spawn(process.execPath, [main], { stdio: ["pipe", "pipe", "pipe"] });
    this.process.stdout.on("data", (chunk) => {
      for (const frame of this.#reader.push(chunk)) {
        this.#waiting.get(frame.id)?.(frame);
        this.#waiting.delete(frame.id);
      }
    });
    this.process.stderr.on("data", (chunk) => {
      this.#errors += chunk;
    });
    this.process.stdin.on("error", () => {});
    this.ended = once(this.process, "exit").then(([code, signal]) => ({ code, signal }));
  }

  /** What it logged. */
  get errors() {
    return this.#errors;
  }

  /** @param {Uint8Array} bytes */
  sendBytes(bytes) {
    this.process.stdin.write(bytes);
  }

  /** Sends a frame and waits for the one that answers it. @param {{ id: number, kind: number, header?: object, body?: Uint8Array }} frame */
  ask(frame) {
    /** @type {Promise<import('../src/frames.js').Frame>} */
    const answer = new Promise((resolve) => this.#waiting.set(frame.id, resolve));
    for (const chunk of encodeFrame(frame)) this.sendBytes(chunk);
    return answer;
  }

  /** Shakes hands. @param {object} [header] */
  hello(header = {}) {
    const given = { protocol: 1, cacheMegabytes: 0, concurrency: 1, ...header };
    return this.ask({ id: 0, kind: Kind.hello, header: given });
  }

  /** @param {Record<string, unknown>} header @param {Uint8Array} [body] */
  request(header, body) {
    const id = this.#next++;
    const complete = { animated: false, limits: { maxPixels: 1e9 }, deadlineSeconds: 60, ...header };
    return this.ask({ id, kind: Kind.request, header: complete, body });
  }

  /** Like {@link request}, for what should work. @param {Record<string, unknown>} header @param {Uint8Array} [body] */
  async succeed(header, body) {
    const frame = await this.request(header, body);
    if (frame.kind !== Kind.answer) throw new Error(`${frame.header.code}: ${frame.header.message}`);
    return { header: /** @type {Record<string, any>} */ (frame.header), body: frame.body };
  }

  /** Like {@link request}, for what should not. @param {Record<string, unknown>} header @param {Uint8Array} [body] */
  async fail(header, body) {
    const frame = await this.request(header, body);
    if (frame.kind !== Kind.failure)
      throw new Error(`expected a failure, got ${JSON.stringify(frame.header)}`);
    return /** @type {{ code: string, message: string, transient: boolean }} */ (frame.header);
  }

  async close() {
    this.process.stdin.end();
    return this.ended;
  }
}
