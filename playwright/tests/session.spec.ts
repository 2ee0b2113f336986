import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { BATCH, image } from "../support/images.ts";
import { PlanishPage } from "../support/page.ts";

const SOME = BATCH.slice(0, 6);

/** The images that were made, by the marks the engine leaves; pictures of them for the list are jobs, too. */
const made = (page: Page) =>
  page.evaluate(() =>
    performance
      .getEntriesByName("planish:job")
      .map((entry) => (entry as PerformanceMeasure).detail.name)
      .filter((name) => name !== "preview"),
  );

/** The names of the files in the page's storage. */
const filesKept = (page: Page) =>
  page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle("session", { create: true });
    const names: string[] = [];
    for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys())
      names.push(name);
    return names;
  });

test("a tab closed in the middle of a batch goes on where it was, and does nothing twice", async ({
  planish,
  page,
  context,
}) => {
  await planish.open();
  await planish.drop(...SOME);
  await expect(planish.page.locator("[data-testid=image][data-state=done]").nth(1)).toBeVisible({
    timeout: 60_000,
  });
  const size = await planish.row("photo-1.jpg").getByTestId("saving").textContent();
  await page.close();

  const again = new PlanishPage(await context.newPage());
  await again.open();
  await expect(again.page.getByTestId("restored")).toContainText("6 images are back");
  const before = await again.page.locator("[data-testid=image][data-state=done]").count();
  expect(before).toBeGreaterThanOrEqual(1);
  await again.settled(6);
  await expect(again.page.getByTestId("counts")).toContainText("6 of 6 done");
  expect(await again.row("photo-1.jpg").getByTestId("saving").textContent()).toBe(size);
  const names = await made(again.page);
  expect(new Set(names).size, "each at most once").toBe(names.length);
  expect(names.length, "what was done is not done again").toBeLessThan(6);
  expect((await again.download("photo-1.jpg")).bytes.length).toBeGreaterThan(1_000);

  // Started over: nothing is left, also not for the next tab.
  await again.page.getByRole("button", { name: "Start over" }).click();
  await expect(again.page.getByRole("heading", { name: "Drop images here" })).toBeVisible();
  await expect.poll(() => filesKept(again.page)).toEqual([]);
  await again.page.close();
  const third = new PlanishPage(await context.newPage());
  await third.open();
  await expect(third.page.getByRole("heading", { name: "Drop images here" })).toBeVisible();
});

test("a tab that is killed in the middle of a batch goes on where it was", async ({ page, context }) => {
  const planish = new PlanishPage(page);
  await planish.open();
  await planish.drop(...SOME);
  await expect(page.locator("[data-testid=image][data-state=done]").nth(1)).toBeVisible({ timeout: 60_000 });
  // Its process dies; nothing of the page gets to run.
  const crashed = page.waitForEvent("crash");
  const session = await context.newCDPSession(page);
  void session.send("Page.crash").catch(() => undefined);
  await crashed;
  await page.close();

  const again = new PlanishPage(await context.newPage());
  await again.open();
  await expect(again.page.getByTestId("restored")).toContainText("6 images are back");
  await again.settled(6);
  await expect(again.page.getByTestId("counts")).toContainText("6 of 6 done");
  expect((await made(again.page)).length, "what was done is not done again").toBeLessThan(6);
  expect((await again.download("photo-6.jpg")).bytes.length).toBeGreaterThan(1_000);
});

test("a browser that is started again brings the images back", async ({ baseURL, launchOptions }) => {
  const profile = await mkdtemp(join(tmpdir(), "planish-profile-"));
  const start = () =>
    chromium.launchPersistentContext(profile, {
      ...launchOptions,
      baseURL: baseURL ?? "",
      serviceWorkers: "block",
    });
  try {
    const first = await start();
    const page = new PlanishPage(await first.newPage());
    await page.open();
    await page.drop(image("logo.png"), image("broken/half.png"));
    await page.settled(2);
    await expect.poll(() => filesKept(page.page)).toHaveLength(3);
    await first.close();
    const second = await start();
    const again = new PlanishPage(await second.newPage());
    await again.open();
    await again.settled(2);
    await expect(again.row("logo.png")).toHaveAttribute("data-state", "done");
    await expect(again.row("half.png")).toHaveAttribute("data-state", "failed");
    expect(await made(again.page)).toEqual([]);
    await second.close();
  } finally {
    // The browser's helpers may still be writing when it is gone.
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
});

test("a storage that takes no more is said, and the images are made all the same", async ({
  planish,
  page,
}) => {
  const session = await page.context().newCDPSession(page);
  await planish.open();
  await session.send("Storage.overrideQuotaForOrigin", {
    origin: new URL(page.url()).origin,
    quotaSize: 100_000,
  });
  await planish.drop(image("meadow.jpg"));
  await expect(page.getByTestId("unkept")).toContainText("in this tab only");
  await planish.settled(1);
  await expect(planish.row("meadow.jpg")).toHaveAttribute("data-state", "done");
});
