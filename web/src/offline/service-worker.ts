/// <reference lib="webworker" />
/**
 * Makes the page work without a network, gives it the isolation headers on hosts that send none, streams
 * archives to the disk, and receives what the system shares.
 *
 * A new version waits until the user agrees: a running batch keeps the engine it began with.
 */
import { clientsClaim } from "workbox-core";
import { cleanupOutdatedCaches, PrecacheController, PrecacheRoute } from "workbox-precaching";
import { registerRoute, setDefaultHandler } from "workbox-routing";
import { NetworkOnly } from "workbox-strategies";
import { pageHeaders } from "../../config/headers";
import { Downloads } from "./downloads";
import {
  DOWNLOAD_PATH,
  type DownloadWord,
  type Kept,
  SHARE_PATH,
  SHARED_MARK,
  type ToServiceWorker,
} from "./messages";
import { type BuiltFile, neededBy, planOf } from "./plan";
import { keepShared } from "./shared-files";

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: BuiltFile[] };

/** Engines and codecs, under names that change with their content. */
const ENGINE_CACHE = "planish-engine";

const scope = self.registration.scope;
const { shell, later } = planOf(self.__WB_MANIFEST);
const laterUrls = later.map((url) => new URL(url, scope).href);

/** Everything that is served gets them: without them on its scripts, an isolated page may start no worker. */
function withHeaders(response: Response): Response {
  // What is opaque or has no body cannot be, and need not be, dressed up.
  if (response.type === "opaque" || response.status === 0 || response.status === 304) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(pageHeaders)) headers.set(name, value);
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}

const dress = {
  handlerWillRespond: async ({ response }: { response: Response }) => withHeaders(response),
};

const precache = new PrecacheController({ plugins: [dress] });
precache.addToCacheList(shell);
self.addEventListener("install", (event) => precache.install(event));
self.addEventListener("activate", (event) => {
  precache.activate(event);
  event.waitUntil(forgetOldEngines());
});
cleanupOutdatedCaches();
// Also the page of the first visit is served from here on: it is what makes that visit count.
clientsClaim();

registerRoute(
  new PrecacheRoute(precache, { directoryIndex: "index.html", ignoreURLParametersMatching: [/./] }),
);

registerRoute(
  ({ url }) => laterUrls.includes(url.href),
  async ({ request }) => withHeaders(await stored(request.url)),
);

const downloads = new Downloads(scope);
registerRoute(
  ({ url }) => url.href.startsWith(new URL(DOWNLOAD_PATH, scope).href),
  async ({ url }) => downloads.take(url.href),
);

registerRoute(
  ({ url }) => url.href === new URL(SHARE_PATH, scope).href,
  async ({ request }) => {
    await keepShared(await request.formData(), self.caches);
    return Response.redirect(new URL(`?${SHARED_MARK}`, scope).href, 303);
  },
  "POST",
);

setDefaultHandler(new NetworkOnly({ plugins: [dress] }));

self.addEventListener("message", (event) => {
  const message = event.data as ToServiceWorker;
  const port = event.ports[0];
  switch (message.type) {
    case "SKIP_WAITING":
      event.waitUntil(self.skipWaiting());
      break;
    case "keep":
      event.waitUntil(keep(message.engine).then((reply) => port?.postMessage(reply)));
      break;
    case "download":
      {
        const { name, stream } = message;
        const say = (word: DownloadWord) => port?.postMessage(word);
        say({ url: downloads.offer({ name, stream, taken: () => say("taken") }) });
      }
      break;
    case "alive":
      break;
  }
});

/** From the cache, else from the network and kept. */
async function stored(url: string): Promise<Response> {
  const cache = await self.caches.open(ENGINE_CACHE);
  const known = await cache.match(url);
  if (known) return known;
  const fetched = await fetch(url);
  if (fetched.ok) await cache.put(url, fetched.clone());
  return fetched;
}

async function keep(engine: "threads" | "single"): Promise<Kept> {
  try {
    for (const url of neededBy(engine, laterUrls)) {
      const response = await stored(url);
      if (!response.ok) throw new Error(`${url} was answered with ${response.status}`);
      await response.body?.cancel();
    }
    return { ok: true };
  } catch (thrown) {
    return { ok: false, message: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

async function forgetOldEngines(): Promise<void> {
  const cache = await self.caches.open(ENGINE_CACHE);
  for (const { url } of await cache.keys()) if (!laterUrls.includes(url)) await cache.delete(url);
}
