import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { encodeFrame, FrameError, FrameReader, Kind, MAX_HEADER } from "../src/frames.js";

const recorded = JSON.parse(readFileSync(new URL("recorded/frames.json", import.meta.url), "utf8"));

/** @param {string} text */
const hex = (text) => Buffer.from(text, "hex");

for (const { name, id, kind, header, body, bytes } of recorded.valid) {
  test(`recorded: ${name}`, () => {
    assert.deepEqual(Buffer.concat(encodeFrame({ id, kind, header, body: hex(body) })), hex(bytes));
    const reader = new FrameReader();
    assert.deepEqual(reader.push(hex(bytes)), [{ id, kind, header, body: hex(body) }]);
    assert.ok(reader.isComplete);
  });
}

for (const { name, bytes } of recorded.broken) {
  test(`recorded: ${name} is refused`, () => {
    assert.throws(() => new FrameReader().push(hex(bytes)), FrameError);
  });
}

test("frames come out whole however the bytes arrive", () => {
  const stream = Buffer.concat(
    recorded.valid.map((/** @type {{ bytes: string }} */ frame) => hex(frame.bytes)),
  );
  for (const step of [1, 2, 3, 5, 7, 64, stream.length]) {
    const reader = new FrameReader();
    const ids = [];
    for (let at = 0; at < stream.length; at += step) {
      ids.push(...reader.push(stream.subarray(at, at + step)).map((frame) => frame.id));
    }
    assert.deepEqual(
      ids,
      recorded.valid.map((/** @type {{ id: number }} */ frame) => frame.id),
    );
    assert.ok(reader.isComplete);
  }
});

test("a stream that ends inside a frame is not complete", () => {
  const reader = new FrameReader();
  assert.deepEqual(reader.push(hex(recorded.valid[0].bytes).subarray(0, 20)), []);
  assert.ok(!reader.isComplete);
});

test("a header that is too long is not sent", () => {
  const header = { path: "x".repeat(MAX_HEADER) };
  assert.throws(() => encodeFrame({ id: 1, kind: Kind.request, header }), FrameError);
});
