/**
 * Frames: how messages lie on the pipe. PROTOCOL.md is the reference; the Rust side reads the same recorded frames.
 *
 *     0        4        8    9       12
 *     | length | id     |kind| header | header (JSON, UTF-8) … | body (bytes) … |
 *
 * Integers are little-endian and unsigned. `length` counts what follows it: at least 8.
 */

/** Bytes before the JSON header, without the length field itself: id, kind and header length. */
const FIXED = 8;

/** The longest JSON header, in bytes. Requests are small; what is not is no request. */
export const MAX_HEADER = 64 * 1024;

/** The longest body, in bytes: 1 GiB. Larger images travel as paths. */
export const MAX_BODY = 1024 * 1024 * 1024;

/** What a frame says. Numbers are for ever: a meaning that changes gets a new one. */
export const Kind = Object.freeze({
  hello: 1,
  welcome: 2,
  request: 3,
  answer: 4,
  failure: 5,
  cancel: 6,
  ping: 7,
  pong: 8,
});

/** A peer that does not speak the protocol. The connection cannot be used any further. */
export class FrameError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "FrameError";
  }
}

/**
 * @typedef {object} Frame
 * @property {number} id Which request it belongs to; 0 for the connection itself.
 * @property {number} kind One of {@link Kind}.
 * @property {Record<string, unknown>} header
 * @property {Buffer} body Empty where there is none.
 */

/**
 * One frame as bytes: the head, and the body where there is one, so that a large body is not copied.
 *
 * @param {{ id: number, kind: number, header?: object, body?: Uint8Array }} frame
 * @returns {Uint8Array[]}
 */
export function encodeFrame({ id, kind, header = {}, body }) {
  const json = Buffer.from(JSON.stringify(header), "utf8");
  if (json.length > MAX_HEADER) {
    throw new FrameError(`expected a header of at most ${MAX_HEADER} bytes, got ${json.length}`);
  }
  const bodyLength = body?.length ?? 0;
  if (bodyLength > MAX_BODY) {
    throw new FrameError(`expected a body of at most ${MAX_BODY} bytes, got ${bodyLength}`);
  }
  const head = Buffer.allocUnsafe(4 + FIXED + json.length);
  head.writeUInt32LE(FIXED + json.length + bodyLength, 0);
  head.writeUInt32LE(id, 4);
  head.writeUInt8(kind, 8);
  head.writeUIntLE(json.length, 9, 3);
  json.copy(head, 12);
  return body && bodyLength > 0 ? [head, body] : [head];
}

/** Cuts a stream of bytes into frames. */
export class FrameReader {
  /** @type {Buffer[]} */
  #chunks = [];
  #buffered = 0;
  /** Bytes of the frame that is being read, its length field included; `null` until that is here. @type {number | null} */
  #wanted = null;

  /**
   * Takes what has come and returns the frames that are complete.
   *
   * @param {Buffer} chunk
   * @returns {Frame[]}
   * @throws {FrameError} when the bytes are no frames
   */
  push(chunk) {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    const frames = [];
    for (;;) {
      if (this.#wanted === null) {
        if (this.#buffered < 4) break;
        const length = this.#gather(4).readUInt32LE(0);
        if (length < FIXED || length > FIXED + MAX_HEADER + MAX_BODY) {
          throw new FrameError(
            `expected a frame of ${FIXED} to ${FIXED + MAX_HEADER + MAX_BODY} bytes, got ${length}`,
          );
        }
        this.#wanted = 4 + length;
      }
      // What cannot become a frame is refused before its body is waited for.
      if (this.#buffered < 4 + FIXED) break;
      checkHead(this.#gather(4 + FIXED));
      if (this.#buffered < this.#wanted) break;
      frames.push(parse(this.#take(this.#wanted)));
      this.#wanted = null;
    }
    return frames;
  }

  /** Whether the stream ended between two frames. */
  get isComplete() {
    return this.#buffered === 0;
  }

  /** The first `count` bytes as one buffer, left in place. @param {number} count */
  #gather(count) {
    let first = this.#chunks[0];
    if (first === undefined || first.length < count) {
      first = Buffer.concat(this.#chunks);
      this.#chunks = [first];
    }
    return first;
  }

  /** The first `count` bytes, taken out. @param {number} count */
  #take(count) {
    const first = this.#gather(count);
    this.#chunks[0] = first.subarray(count);
    if (this.#chunks[0].length === 0) this.#chunks.shift();
    this.#buffered -= count;
    return first.subarray(0, count);
  }
}

/** @param {Buffer} head The length field and what is fixed. */
function checkHead(head) {
  const headerLength = head.readUIntLE(9, 3);
  if (headerLength > Math.min(MAX_HEADER, head.readUInt32LE(0) - FIXED)) {
    throw new FrameError(`a header of ${headerLength} bytes does not fit its frame`);
  }
}

/** @param {Buffer} bytes A whole frame whose head is checked. @returns {Frame} */
function parse(bytes) {
  const id = bytes.readUInt32LE(4);
  const kind = bytes.readUInt8(8);
  const headerLength = bytes.readUIntLE(9, 3);
  const start = 4 + FIXED;
  const text = bytes.toString("utf8", start, start + headerLength);
  let header;
  try {
    header = JSON.parse(text);
  } catch {
    throw new FrameError(`expected a JSON header, got ${JSON.stringify(text.slice(0, 40))}`);
  }
  if (header === null || typeof header !== "object" || Array.isArray(header)) {
    throw new FrameError(`expected a JSON object as header, got ${text.slice(0, 40)}`);
  }
  return { id, kind, header, body: bytes.subarray(start + headerLength) };
}
