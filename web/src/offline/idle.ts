/** How long a busy page is waited for. */
const AT_MOST_MS = 1_500;

/** Resolves when the page has been painted and has nothing better to do. */
export async function painted(): Promise<void> {
  // The callback comes before a paint; what it posts, after it.
  await new Promise<void>((resolve) => {
    if (document.visibilityState === "hidden") resolve();
    else requestAnimationFrame(() => setTimeout(resolve, 0));
  });
  if (!("requestIdleCallback" in globalThis)) return;
  await new Promise<void>((resolve) => requestIdleCallback(() => resolve(), { timeout: AT_MOST_MS }));
}
