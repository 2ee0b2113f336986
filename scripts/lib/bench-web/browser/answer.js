/** Answers each message by the function it names. */
export function answer(operations) {
  self.onmessage = async ({ data: { op, ...parameters } }) => {
    try {
      self.postMessage({ value: await operations[op](parameters) });
    } catch (thrown) {
      self.postMessage({ error: `${op}: ${thrown?.message ?? JSON.stringify(thrown)}` });
    }
  };
}

const cache = new Map();

/** A file of the host, fetched once. */
export async function fetched(url) {
  let bytes = cache.get(url);
  if (!bytes) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    bytes = new Uint8Array(await response.arrayBuffer());
    cache.set(url, bytes);
  }
  return bytes;
}
