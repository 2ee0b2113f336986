/** A storage of the browser, or null where it is forbidden: merely touching it can throw there. */
function available(kind: "localStorage" | "sessionStorage"): Storage | null {
  try {
    return globalThis[kind];
  } catch {
    return null;
  }
}

/** What outlives the tab. */
export const storage = available("localStorage");

/** What lasts as long as the tab. */
export const tabStorage = available("sessionStorage");
