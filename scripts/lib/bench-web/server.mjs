// A host for the benchmark: the built page, the engine and jSquash's codecs as they are, and generated files. Sends the
// headers without which there are no threads.
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/** @param generated The folder of generated files. */
export async function serve(generated) {
  const folders = {
    page: join(root, "web/dist"),
    engine: join(root, "web/src/engine/wasm"),
    jsquash: join(root, "node_modules/@jsquash"),
    browser: fileURLToPath(new URL("browser", import.meta.url)),
    generated,
  };
  const requests = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    requests.push(pathname);
    const [, folder, ...rest] = pathname.split("/");
    try {
      if (!Object.hasOwn(folders, folder)) throw new Error("no such folder");
      let file = join(folders[folder], normalize(`/${decodeURIComponent(rest.join("/"))}`));
      if (pathname.endsWith("/")) file = join(file, await index(file));
      const { size } = await stat(file);
      response.writeHead(200, {
        "content-type": types[extname(file)] ?? "application/octet-stream",
        "content-length": size,
        "cache-control": "no-cache",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
      });
      createReadStream(file).pipe(response);
    } catch {
      response.writeHead(404).end("not found");
    }
  });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  return {
    url: `http://localhost:${server.address().port}`,
    /** Paths in the order they were asked for. */
    requests,
    /** The file behind a path of the page. */
    file: (path) => join(folders.page, path.slice("/page/".length) || "index.html"),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}

/** What a folder stands for: its page, or the main file of its package, by which the pool's threads import the engine. */
async function index(folder) {
  const manifest = await readFile(join(folder, "package.json"), "utf8").catch(() => null);
  return manifest ? JSON.parse(manifest).main : "index.html";
}
