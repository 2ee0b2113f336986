import { availableParallelism } from "node:os";
import { expect, test } from "../support/fixtures.ts";

test("the page is isolated and the engine has a thread per core", async ({ planish, page }) => {
  await planish.open();
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  const engine = page.getByTestId("engine");
  await expect(engine).toHaveAttribute("data-kind", "threads");
  const threads = Number(await engine.getAttribute("data-threads"));
  expect(threads).toBe(await page.evaluate(() => navigator.hardwareConcurrency));
  if (availableParallelism() > 1) expect(threads).toBeGreaterThan(1);
  // The pool is real: the engine's worker and each of its threads are workers of the browser.
  await expect.poll(() => page.workers().length).toBeGreaterThanOrEqual(1);
});

test("the policy lets nothing out", async ({ page }) => {
  const headers = (await page.goto("./"))?.headers() ?? {};
  expect(headers["content-security-policy"]).toContain("connect-src 'self'");
  const outcome = await page.evaluate(async () => {
    const blocked = new Promise<string>((resolve) => {
      document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
    });
    const fetched = fetch("https://example.com/").then(
      () => "fetched",
      () => "refused",
    );
    return [await fetched, await blocked];
  });
  expect(outcome).toEqual(["refused", "connect-src"]);
});
