/** Pictures made by the engine for people to look at: of formats the browser does not know, and of differences. */
import type { SettingsLayer } from "./types";

export interface EnginePicture {
  width: number;
  height: number;
  /** RGBA, 8 bits, straight alpha, rows contiguous, sRGB. */
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

/** An image, upright, made smaller where it is large; of an animation the first frame. */
export interface PreviewPicture extends EnginePicture {
  /** Of the file's own image. */
  fullWidth: number;
  fullHeight: number;
}

/** Where two files differ: half the size of the output, or less. */
export interface DifferencePicture extends EnginePicture {
  /** SSIMULACRA2 of the one against the other. */
  score: number;
}

/** What a worker is asked for; `longestEdge` in pixels bounds the picture. */
export type LookRequest =
  | { kind: "preview"; file: Blob; longestEdge: number }
  /** With the settings the output was made with: what they crop, turn or resize is done to the original first. */
  | { kind: "compare"; file: Blob; optimized: Blob; settings: SettingsLayer; longestEdge: number };

export type LookPicture = PreviewPicture | DifferencePicture;

export interface LookOptions {
  signal?: AbortSignal;
}
