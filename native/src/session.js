/** One connection, from its handshake to its end. */

import { rmSync } from "node:fs";
import process from "node:process";
import sharp from "sharp";
import { OUTPUT_FORMATS } from "./encoders.js";
import { classify, SidecarError } from "./errors.js";
import { encodeFrame, FrameError, FrameReader, Kind } from "./frames.js";
import { configure, OPERATION_NAMES, perform } from "./operations.js";

/** The version of frames and messages. Raised when either changes its meaning. */
export const PROTOCOL = 1;

/** @typedef {import('./frames.js').Frame} Frame */

export class Session {
  #reader = new FrameReader();
  #greeted = false;
  /** Requests that are being worked on, by id. @type {Map<number, { cancelled: boolean, target: string | undefined }>} */
  #active = new Map();
  #write;
  #log;
  #end;

  /**
   * @param {object} world
   * @param {(chunks: Uint8Array[]) => void} world.write Sends bytes to the other side.
   * @param {(level: 'error' | 'warn' | 'info', message: string) => void} world.log
   * @param {(code: number, busy: boolean) => void} world.end Ends the process; `busy` while libvips still works.
   */
  constructor({ write, log, end }) {
    this.#write = write;
    this.#log = log;
    this.#end = end;
  }

  /** Takes bytes from the other side. @param {Buffer} chunk */
  receive(chunk) {
    let frames;
    try {
      frames = this.#reader.push(chunk);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#log("error", error.message);
      this.close(65);
      return;
    }
    for (const frame of frames) this.#handle(frame);
  }

  /**
   * The other side is gone, or cannot be understood: nobody waits for what is in flight.
   *
   * @param {number} code
   */
  close(code) {
    const busy = this.#active.size > 0;
    for (const { target } of this.#active.values()) {
      if (target !== undefined) rmSync(target, { force: true });
    }
    this.#active.clear();
    this.#end(code, busy);
  }

  /** @param {Frame} frame */
  #handle(frame) {
    if (!this.#greeted && frame.kind !== Kind.hello) {
      this.#log("error", `expected a hello first, got kind ${frame.kind}`);
      this.close(65);
      return;
    }
    switch (frame.kind) {
      case Kind.hello:
        this.#greet(frame);
        break;
      case Kind.request:
        void this.#serve(frame);
        break;
      case Kind.cancel: {
        const job = this.#active.get(frame.id);
        if (job) job.cancelled = true;
        break;
      }
      case Kind.ping:
        this.#send({ id: frame.id, kind: Kind.pong, header: { ...usage(), active: this.#active.size } });
        break;
      default:
        this.#fail(frame.id, new SidecarError("invalid_request", `unknown frame kind ${frame.kind}`));
    }
  }

  /** @param {Frame} frame */
  #greet({ header }) {
    if (header.protocol !== PROTOCOL) {
      this.#fail(
        0,
        new SidecarError("invalid_request", `expected protocol ${PROTOCOL}, got ${header.protocol}`),
      );
      this.close(64);
      return;
    }
    try {
      configure(header);
    } catch (error) {
      this.#fail(0, error);
      this.close(64);
      return;
    }
    this.#greeted = true;
    const { sharp: sharpVersion, vips } = sharp.versions;
    this.#send({
      id: 0,
      kind: Kind.welcome,
      header: {
        protocol: PROTOCOL,
        pid: process.pid,
        node: process.versions.node,
        sharp: sharpVersion,
        vips,
        versions: sharp.versions,
        operations: OPERATION_NAMES,
        outputs: OUTPUT_FORMATS,
      },
    });
  }

  /** @param {Frame} frame */
  async #serve({ id, header, body }) {
    if (this.#active.has(id)) {
      this.#fail(id, new SidecarError("invalid_request", `request ${id} is being worked on already`));
      return;
    }
    const target = /** @type {{ path?: unknown } | undefined} */ (header.target)?.path;
    const job = { cancelled: false, target: typeof target === "string" ? target : undefined };
    this.#active.set(id, job);
    const started = performance.now();
    try {
      const answer = await perform({ header, body });
      if (job.cancelled) throw new SidecarError("cancelled", "the request was cancelled");
      this.#active.delete(id);
      const milliseconds = Math.round((performance.now() - started) * 1000) / 1000;
      this.#send({
        id,
        kind: Kind.answer,
        header: { ...answer.header, milliseconds, ...usage() },
        body: answer.body,
      });
    } catch (error) {
      this.#active.delete(id);
      if (job.target !== undefined) rmSync(job.target, { force: true });
      this.#fail(id, job.cancelled ? new SidecarError("cancelled", "the request was cancelled") : error);
    }
  }

  /** @param {number} id @param {unknown} error */
  #fail(id, error) {
    const { code, message, transient } = classify(error);
    if (code === "internal") this.#log("error", error instanceof Error ? String(error.stack) : message);
    this.#send({ id, kind: Kind.failure, header: { code, message: message.slice(0, 2000), transient } });
  }

  /** @param {{ id: number, kind: number, header?: object, body?: Uint8Array }} frame */
  #send(frame) {
    this.#write(encodeFrame(frame));
  }
}

/** Memory of this process in bytes: now, and the most it ever was. */
function usage() {
  return { rss: process.memoryUsage.rss(), peakRss: process.resourceUsage().maxRSS * 1024 };
}
