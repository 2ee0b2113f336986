/**
 * Images on their way from the system's share sheet to the page: the service worker receives them, and the page
 * it then opens takes them in.
 */
import { SHARED_CACHE } from "./messages";

const NAME_HEADER = "x-file-name";

/** Keeps the files of the form; gives how many there were. */
export async function keepShared(form: FormData, caches: CacheStorage): Promise<number> {
  const files = [...form.values()].filter((value) => value instanceof File);
  const cache = await caches.open(SHARED_CACHE);
  const stamp = Date.now();
  for (const [index, file] of files.entries()) {
    const headers = { "content-type": file.type, [NAME_HEADER]: encodeURIComponent(file.name) };
    await cache.put(`shared/${stamp}-${index}`, new Response(file, { headers }));
  }
  return files.length;
}

/** Every file that waits, once. */
export async function takeShared(caches: CacheStorage): Promise<File[]> {
  const cache = await caches.open(SHARED_CACHE);
  const files: File[] = [];
  for (const request of await cache.keys()) {
    const response = await cache.match(request);
    if (!response) continue;
    const name = decodeURIComponent(response.headers.get(NAME_HEADER) ?? "shared");
    files.push(new File([await response.blob()], name, { type: response.headers.get("content-type") ?? "" }));
    await cache.delete(request);
  }
  return files;
}
