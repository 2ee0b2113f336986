/**
 * The headers the page is served with in dev and preview, and what a host of its own should send.
 *
 * The first two make the page cross-origin isolated, without which there is no `SharedArrayBuffer` and so no
 * threads. The policy forbids every connection elsewhere: the promise that no image leaves the computer is
 * kept by the browser, not by our good intentions.
 */
export const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
} as const;

const directives = [
  "default-src 'self'",
  // Compiling WebAssembly counts as evaluating code; JavaScript's own eval stays forbidden.
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  // Thumbnails and results are blobs.
  "img-src 'self' blob: data:",
  "worker-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "object-src 'none'",
];

/** Ignored, with a console warning, in a `<meta>` element; so only in the header. */
const headerOnly = ["frame-ancestors 'none'"];

export const metaPolicy = directives.join("; ");

export const pageHeaders: Record<string, string> = {
  ...isolation,
  "Content-Security-Policy": [...directives, ...headerOnly].join("; "),
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};
