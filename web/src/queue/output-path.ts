import type { Format } from "../engine/types";

const EXTENSIONS: Record<Format, readonly [string, ...string[]]> = {
  jpeg: ["jpg", "jpeg", "jpe", "jfif"],
  png: ["png"],
  webp: ["webp"],
  avif: ["avif"],
  jxl: ["jxl"],
  gif: ["gif"],
  tiff: ["tif", "tiff"],
  bmp: ["bmp", "dib"],
  ico: ["ico"],
};

/** In lower case; empty where there is none. */
function extensionOf(path: string): string {
  const dot = path.lastIndexOf(".");
  return dot > path.lastIndexOf("/") + 1 ? path.slice(dot + 1).toLowerCase() : "";
}

/** What a name claims to be; null where it claims nothing we know. */
export function formatOfName(path: string): Format | null {
  const extension = extensionOf(path);
  const formats = Object.keys(EXTENSIONS) as Format[];
  return formats.find((format) => EXTENSIONS[format].includes(extension)) ?? null;
}

/** The input's path with an extension that says what the output is; a right one is left as it is written. */
export function outputPath(path: string, format: Format): string {
  const [usual] = EXTENSIONS[format];
  const extension = extensionOf(path);
  if (extension === "") return `${path}.${usual}`;
  if (EXTENSIONS[format].includes(extension)) return path;
  return `${path.slice(0, -extension.length)}${usual}`;
}
