import type { Format } from "../engine/types";

const EXTENSIONS: Record<Format, readonly [string, ...string[]]> = {
  jpeg: ["jpg", "jpeg", "jpe", "jfif"],
  png: ["png"],
  webp: ["webp"],
  avif: ["avif"],
};

/** The input's path with an extension that says what the output is; a right one is left as it is written. */
export function outputPath(path: string, format: Format): string {
  const [usual, ...others] = EXTENSIONS[format];
  const dot = path.lastIndexOf(".");
  const slash = path.lastIndexOf("/");
  if (dot <= slash + 1) return `${path}.${usual}`;
  const extension = path.slice(dot + 1).toLowerCase();
  if (extension === usual || others.includes(extension)) return path;
  return `${path.slice(0, dot)}.${usual}`;
}
