/** What goes to a codec's worker and comes back. */
import type { SquooshCodec } from "../types";

export type { SquooshCodec };

/** Pixels to encode; `options` are the module's own, all of them. */
export interface EncodeOrder {
  codec: SquooshCodec;
  width: number;
  height: number;
  /** 8, or 10 in two bytes each. */
  bits: number;
  options: Record<string, number | boolean>;
  /** RGBA. */
  pixels: Uint8Array<ArrayBuffer>;
}

export type EncodeReply =
  | { file: Uint8Array<ArrayBuffer> }
  /** `unavailable`: the module could not be loaded, whatever the pixels. */
  | { message: string; unavailable: boolean };
