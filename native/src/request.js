/**
 * What a request may ask for. Everything comes resolved from the other side: no default is invented here, and a
 * field that is missing or of the wrong kind is refused by name.
 */

import { invalidField } from "./errors.js";

/**
 * @typedef {{ path: string } | { bytes: true }} Source A file both sides see, or the frame's body.
 * @typedef {{ left: number, top: number, width: number, height: number }} Region Pixels, after orientation and turning.
 * @typedef {{ width: number, height: number }} Size Pixels.
 * @typedef {'jpeg' | 'png' | 'webp' | 'avif' | 'gif' | 'tiff'} OutputFormat
 */

/** @param {unknown} value @param {string} field @returns {Record<string, unknown>} */
export function object(value, field) {
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw invalidField(field, "an object", value);
  return /** @type {Record<string, unknown>} */ (value);
}

/** @param {unknown} value @param {string} field @param {number} from @param {number} to */
export function integer(value, field, from, to) {
  if (!Number.isSafeInteger(value) || Number(value) < from || Number(value) > to) {
    throw invalidField(field, `an integer from ${from} to ${to}`, value);
  }
  return Number(value);
}

/** @param {unknown} value @param {string} field @param {number} from @param {number} to */
export function number(value, field, from, to) {
  if (typeof value !== "number" || !(value >= from && value <= to)) {
    throw invalidField(field, `a number from ${from} to ${to}`, value);
  }
  return value;
}

/** @param {unknown} value @param {string} field */
export function boolean(value, field) {
  if (typeof value !== "boolean") throw invalidField(field, "true or false", value);
  return value;
}

/** @template {string} T @param {unknown} value @param {string} field @param {readonly T[]} choices @returns {T} */
export function oneOf(value, field, choices) {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw invalidField(field, `one of ${choices.join(", ")}`, value);
  return found;
}

/** @param {unknown} value @param {string} field @returns {string} */
export function path(value, field) {
  if (typeof value !== "string" || value === "" || value.includes("\0"))
    throw invalidField(field, "a path", value);
  return value;
}

/** @param {unknown} value @param {string} field @returns {Source} */
export function source(value, field) {
  const given = object(value, field);
  if (given.bytes === true) return { bytes: true };
  return { path: path(given.path, `${field}.path`) };
}

/** Longest edge that any region or size may have: libvips' own limit. */
const MAX_EDGE = 10_000_000;

/** @param {unknown} value @param {string} field @returns {Region} */
export function region(value, field) {
  const given = object(value, field);
  return {
    left: integer(given.left, `${field}.left`, 0, MAX_EDGE),
    top: integer(given.top, `${field}.top`, 0, MAX_EDGE),
    width: integer(given.width, `${field}.width`, 1, MAX_EDGE),
    height: integer(given.height, `${field}.height`, 1, MAX_EDGE),
  };
}

/** @param {unknown} value @param {string} field @returns {Size} */
export function size(value, field) {
  const given = object(value, field);
  return {
    width: integer(given.width, `${field}.width`, 1, MAX_EDGE),
    height: integer(given.height, `${field}.height`, 1, MAX_EDGE),
  };
}
