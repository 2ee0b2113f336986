import type { EngineInfo } from "../engine/port";

/** What the page says to its service worker. */
export type ToServiceWorker =
  /** Store everything the page needs without a network, for this kind of engine. Answered with `Kept`. */
  | { type: "keep"; engine: EngineInfo["kind"] }
  /** The user wants the new version now. What Workbox sends, too. */
  | { type: "SKIP_WAITING" }
  /** Hand out `stream` to whoever asks for the address in the answer, once, as a file to be saved. Answered
   *  with a `DownloadWord`, and another. */
  | { type: "download"; name: string; stream: ReadableStream<Uint8Array> }
  /** Nothing but a sign of life: a service worker that hears nothing is ended, and with it what it streams. */
  | { type: "alive" };

/** The answers come on a port of their own. */
export type Kept = { ok: true } | { ok: false; message: string };
/** First where the file can be had, then that the browser has asked for it. */
export type DownloadWord = { url: string } | "taken";

/** Where the system's share sheet posts images to; relative to the page. */
export const SHARE_PATH = "share";
/** Where they wait for the page to take them in. */
export const SHARED_CACHE = "planish-shared";
/** The mark in the page's address that says they do. */
export const SHARED_MARK = "shared";
export const DOWNLOAD_PATH = "download/";
