/**
 * Serves the built page as the simplest static host does: no isolation headers, so no shared memory.
 * Usage: node plain-server.mjs PORT
 */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../web/dist/", import.meta.url));
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

createServer(async (request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  const path = join(root, normalize(pathname.endsWith("/") ? `${pathname}index.html` : pathname));
  try {
    if (!path.startsWith(root) || !(await stat(path)).isFile()) throw new Error("no such file");
    response.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" });
    createReadStream(path).pipe(response);
  } catch {
    response.writeHead(404).end("not found");
  }
}).listen(Number(process.argv[2]), "localhost");
