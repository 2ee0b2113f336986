/** A static host of the test's own: sends no headers that it is not told to, and knows every request it got. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const BUILT = fileURLToPath(new URL("../../web/dist/", import.meta.url));

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

export interface Host {
  /** Of the page, with a slash at its end. */
  url: string;
  /** Paths in the order they were asked for. */
  requests: string[];
  /** Takes the place of a file of the build. */
  replace(path: string, content: string): void;
  close(): Promise<void>;
}

/** @param path Where on the host the page lies: `/` or `/some/where/`. */
export async function host(path = "/"): Promise<Host> {
  const requests: string[] = [];
  const replaced = new Map<string, string>();
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    requests.push(pathname);
    const inside = pathname.startsWith(path) ? pathname.slice(path.length) || "index.html" : "..";
    const file = join(BUILT, normalize(inside));
    try {
      if (!file.startsWith(BUILT) || !(await stat(file)).isFile()) throw new Error("no such file");
      response.writeHead(200, {
        "content-type": TYPES[extname(file)] ?? "application/octet-stream",
        "cache-control": "no-cache",
      });
      const other = replaced.get(inside);
      if (other !== undefined) response.end(other);
      else createReadStream(file).pipe(response);
    } catch {
      response.writeHead(404).end("not found");
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}${path}`,
    requests,
    replace: (name, content) => void replaced.set(name, content),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
