import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { BATCH, image } from "../support/images.ts";

/** A person who cancels expects the fan to stop. */
const WITHIN_MS = 500;

/** 112 MiB: enough for two photos of the batch at once, not for the large image. */
const LITTLE_MEMORY_PAGES = 1_792;

/** When the work on an image really ended, in the page's time; the engine leaves a mark. */
const ended = (page: Page, name: string) =>
  page.evaluate(
    (wanted) =>
      performance
        .getEntriesByName("planish:job")
        .filter((entry) => (entry as PerformanceMeasure).detail.name === wanted)
        .map(({ startTime, duration }) => startTime + duration),
    name,
  );

test("cancelling in the middle of an encode stops the work itself, and the next image is made", async ({
  planish,
  page,
}) => {
  await planish.open();
  await page.evaluate(() => {
    document.addEventListener("click", () => Object.assign(globalThis, { clicked: performance.now() }), {
      capture: true,
    });
  });
  await planish.drop(image("large.jpg"));
  const row = planish.row("large.jpg");
  await expect(row).toContainText("Trying sizes", { timeout: 60_000 });
  await row.getByRole("button", { name: "Cancel large.jpg" }).click();
  await expect(row).toHaveAttribute("data-state", "cancelled");
  await expect.poll(() => ended(page, "large.jpg")).toHaveLength(1);
  const clicked = await page.evaluate(() => (globalThis as unknown as { clicked: number }).clicked);
  const [stopped = Number.NaN] = await ended(page, "large.jpg");
  console.log(`    the work stopped ${(stopped - clicked).toFixed(0)} ms after the click`);
  expect(stopped - clicked).toBeLessThan(WITHIN_MS);
  await planish.drop(image("meadow.jpg"));
  await expect(planish.row("meadow.jpg")).toHaveAttribute("data-state", "done", { timeout: 60_000 });
});

test("paused, nothing new begins; resumed, everything is made", async ({ planish, page }) => {
  await planish.open();
  await planish.drop(...BATCH.slice(0, 5));
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.locator("[data-testid=image][data-state=working]")).toHaveCount(0, { timeout: 60_000 });
  await expect(page.locator("[data-testid=image][data-state=waiting]")).not.toHaveCount(0);
  await page.getByRole("button", { name: "Resume" }).click();
  await planish.settled(5);
  await expect(page.getByTestId("counts")).toContainText("5 of 5 done");
});

test("a thread that meets a trap in the middle of an image: the image is named, and all others are made", async ({
  planish,
  page,
}) => {
  // An engine with so little memory that the large image cannot be made: Rust aborts, which is a trap of the thread
  // that asked for more, while its neighbours are at work on the same memory.
  const little = `{
    const Memory = WebAssembly.Memory;
    WebAssembly.Memory = function (wanted) {
      return new Memory(wanted.shared ? { ...wanted, maximum: ${LITTLE_MEMORY_PAGES} } : wanted);
    };
    WebAssembly.Memory.prototype = Memory.prototype;
  }\n`;
  await page.context().route(/threads\.worker-[\w-]+\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: little + (await response.text()) });
  });
  const workers: string[] = [];
  page.on("worker", (worker) => workers.push(worker.url()));
  await planish.open();
  await planish.drop(...BATCH.slice(0, 3), image("large.jpg"), ...BATCH.slice(3, 6));
  await planish.settled(7);
  await expect(planish.row("large.jpg")).toHaveAttribute("data-state", "failed");
  await expect(planish.row("large.jpg").getByTestId("error").locator("code")).toHaveText("engine_crashed");
  await expect(page.getByTestId("counts")).toContainText("6 of 7 done");
  const engines = workers.filter((url) => url.includes("threads.worker"));
  expect(engines.length, "the first engine, and one after each of the two crashes").toBeGreaterThanOrEqual(3);
});

test("an image that kills the engine is named, and all others are made", async ({ planish, page }) => {
  // In place of a defect nobody knows yet: the engine's worker dies when it reads a file of this size.
  const poison = 54_321;
  const deadly = `{
    const read = Blob.prototype.arrayBuffer;
    Blob.prototype.arrayBuffer = function () {
      if (this.size === ${poison} && self.name === "planish") {
        setTimeout(() => { throw new WebAssembly.RuntimeError("unreachable"); });
        return new Promise(() => undefined);
      }
      return read.call(this);
    };
  }\n`;
  await page.context().route(/threads\.worker-[\w-]+\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: deadly + (await response.text()) });
  });
  await planish.open();
  await planish.drop(...BATCH.slice(0, 2));
  await page.evaluate((size) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(size)], "poison.png", { type: "image/png" }));
    document.dispatchEvent(new DragEvent("drop", { bubbles: true, dataTransfer: data }));
  }, poison);
  await expect(planish.row("poison.png")).toBeVisible();
  await planish.drop(...BATCH.slice(2, 5));
  await planish.settled(6);
  await expect(planish.row("poison.png")).toHaveAttribute("data-state", "failed");
  await expect(planish.row("poison.png").getByTestId("error").locator("code")).toHaveText("engine_crashed");
  await expect(page.getByTestId("counts")).toContainText("5 of 6 done");
});
