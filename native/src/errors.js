/** Errors as they cross the pipe: a stable code, a sentence, and whether trying again could help. */

/** @typedef {'invalid_request' | 'unsupported' | 'corrupt' | 'limit_exceeded' | 'io' | 'timed_out' | 'cancelled' | 'out_of_memory' | 'internal'} Code */

/** What became of a request that failed. */
export class SidecarError extends Error {
  /**
   * @param {Code} code
   * @param {string} message
   * @param {{ transient?: boolean }} [options]
   */
  constructor(code, message, { transient = false } = {}) {
    super(message);
    this.name = "SidecarError";
    /** @type {Code} */
    this.code = code;
    this.transient = transient;
  }
}

/**
 * A request's field that is not what it should be.
 *
 * @param {string} field
 * @param {string} expected
 * @param {unknown} actual
 */
export function invalidField(field, expected, actual) {
  return new SidecarError(
    "invalid_request",
    `expected ${expected} for ${field}, got ${JSON.stringify(actual) ?? actual}`,
  );
}

/**
 * libvips and libuv say what went wrong in words only. The order matters: the first that fits names it.
 *
 * @type {Array<[RegExp, Code, boolean]>}
 */
const BY_MESSAGE = [
  [/pixel limit/i, "limit_exceeded", false],
  [/timeout: \d+% complete/i, "timed_out", true],
  [
    /out of memory|unable to allocate|cannot allocate|failed to allocate|std::bad_alloc/i,
    "out_of_memory",
    true,
  ],
  [/no space left|disk quota|file too large/i, "io", true],
  [/EMFILE|ENFILE|EBUSY|EAGAIN|ETIMEDOUT/, "io", true],
  [
    /input file is missing|no such file|permission denied|is a directory|ENOENT|EACCES|EISDIR|EROFS|read-only file system/i,
    "io",
    false,
  ],
  [
    /unsupported image format|unsupported codec|no decoding plugin|bitstream not supported|bad seek/i,
    "unsupported",
    false,
  ],
  [
    /too large for the (jpeg|webp|heif|avif|gif|png)|image too large|maximum (image )?dimension/i,
    "unsupported",
    false,
  ],
  [
    /corrupt|premature end|truncated|invalid|not a known|bad (zlib|magic|header|marker)|unexpected end|VipsJpeg|vipspng|webp2vips|gifload|heifload|tiff2vips|TIFF|libspng|read error|unable to (read|decode|parse)/i,
    "corrupt",
    false,
  ],
];

/**
 * Any error as one of ours.
 *
 * @param {unknown} error
 * @returns {SidecarError}
 */
export function classify(error) {
  if (error instanceof SidecarError) return error;
  const message = (error instanceof Error ? error.message : String(error))
    .trim()
    .replaceAll(/\s*\n\s*/g, "; ");
  for (const [pattern, code, transient] of BY_MESSAGE) {
    if (pattern.test(message)) return new SidecarError(code, message, { transient });
  }
  return new SidecarError("internal", message);
}
