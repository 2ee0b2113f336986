/** `localStorage`, or null where the browser forbids it: merely touching it can throw there. */
function available(): Storage | null {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}

export const storage = available();
