import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { BATCH, FOUR, image } from "../support/images.ts";
import { LONGEST_TASK_MS, watchMainThread } from "../support/main-thread.ts";

// A trace copies the document on the main thread all the time: it would measure itself.
test.use({ trace: "off" });

/** Below this, scrolling is seen to jerk. */
const FRAMES_A_SECOND = 50;

const names = (page: Page) =>
  page
    .getByTestId("image")
    .evaluateAll((rows) =>
      rows
        .sort((a, b) => Number(a.getAttribute("aria-rowindex")) - Number(b.getAttribute("aria-rowindex")))
        .map((row) => row.getAttribute("aria-label")),
    );

test("the list is sorted, filtered and searched", async ({ planish, page }) => {
  await planish.open();
  await planish.drop(...FOUR, image("broken/text.png"));
  await planish.settled(5);
  await expect(planish.rows).toHaveCount(5);

  await page.getByLabel("Order").selectOption("Worst score first");
  const scores = await page
    .getByTestId("score")
    .evaluateAll((cells) => cells.map((cell) => Number((cell as HTMLElement).dataset.score)));
  expect(scores.length).toBe(4);
  const ordered = await names(page);
  const shown = await Promise.all(ordered.slice(0, 4).map((name) => planish.score(name ?? "")));
  expect(shown).toEqual([...shown].sort((a, b) => a - b));

  await page.getByLabel("Order").selectOption("Errors first");
  expect((await names(page))[0]).toBe("text.png");

  await page.getByLabel("Show").selectOption({ label: "Failed (1)" });
  await expect(planish.rows).toHaveCount(1);
  await page.getByLabel("Show").selectOption({ label: "All (5)" });
  await page.getByLabel("Format").selectOption("AVIF");
  await expect(planish.rows).toHaveCount(1);
  await expect(planish.row("dunes.avif")).toBeVisible();
  await page.getByLabel("Find").fill("no such name");
  await expect(page.getByText("No image is like that.")).toBeVisible();
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(planish.rows).toHaveCount(5);
});

test("images are selected with mouse and keyboard, and acted on together", async ({ planish, page }) => {
  await planish.open();
  await planish.drop(...BATCH.slice(0, 6));
  await planish.settled(6);
  const row = (index: number) => planish.row(`photo-${index}.jpg`);
  const selected = () => page.locator("[role=row][aria-selected=true]").count();

  await row(2).click({ position: { x: 300, y: 20 } });
  await row(4).click({ position: { x: 300, y: 20 }, modifiers: ["Shift"] });
  expect(await selected()).toBe(3);
  await row(3).click({ position: { x: 300, y: 20 }, modifiers: ["Control"] });
  expect(await selected()).toBe(2);
  await expect(page.getByText("2 selected")).toBeVisible();

  await row(3).focus();
  await page.keyboard.press("Escape");
  expect(await selected()).toBe(0);
  await page.keyboard.press("Home");
  await expect(row(1)).toBeFocused();
  await page.keyboard.press("Space");
  await page.keyboard.press("Shift+ArrowDown");
  expect(await selected()).toBe(2);
  await page.keyboard.press("Control+a");
  expect(await selected()).toBe(6);
  await page.keyboard.press("End");
  await expect(row(6)).toBeFocused();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Space");

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("toolbar").getByRole("button", { name: "Save" }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/photo-6\.jpg|\.zip$/);

  await row(6).focus();
  await page.keyboard.press("Delete");
  await expect(planish.list).toHaveAttribute("data-count", "5");
  await expect(row(5)).toBeFocused();
});

test("ten thousand images: the document holds what is in sight, and scrolling stays smooth", async ({
  planish,
  page,
}, info) => {
  await planish.open();
  // So that nothing is encoded while the page is measured.
  const count = 10_000;
  await page.evaluate(async (wanted) => {
    const canvas = new OffscreenCanvas(64, 48);
    const context = canvas.getContext("2d");
    if (!context) throw new Error("no canvas");
    context.fillStyle = "teal";
    context.fillRect(8, 8, 40, 30);
    const picture = await canvas.convertToBlob({ type: "image/png" });
    const data = new DataTransfer();
    for (let index = 0; index < wanted; index++) {
      data.items.add(new File([picture], `many-${index}.png`, { type: "image/png" }));
    }
    window.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data }));
  }, count);
  await expect(planish.list).toHaveAttribute("data-count", String(count), { timeout: 60_000 });
  const cancel = page.getByRole("button", { name: "Cancel all" });
  if (await cancel.isVisible()) await cancel.click();
  await expect(planish.list).toHaveAttribute("data-active", "0", { timeout: 60_000 });
  await expect(planish.list).toHaveAttribute("aria-rowcount", String(count));

  const { result: scrolled, work } = await watchMainThread(page, () =>
    page.evaluate(async () => {
      window.scrollTo(0, 0);
      let frames = 0;
      let most = 0;
      const duration = 4_000;
      const start = performance.now();
      let last = start;
      await new Promise<void>((resolve) => {
        const step = (now: number) => {
          frames++;
          last = now;
          window.scrollBy(0, 240);
          most = Math.max(most, document.querySelectorAll("[data-testid=image]").length);
          if (now - start < duration) requestAnimationFrame(step);
          else resolve();
        };
        requestAnimationFrame(step);
      });
      return { frames, seconds: (last - start) / 1_000, most, distance: window.scrollY };
    }),
  );
  // How many frames the machine shows while it is busy with something else is not the page's doing (`bench web` measures
  // that, alone): how much of a frame's time the page takes is.
  const ofAFrame = work.total / scrolled.frames;
  const figures = `${ofAFrame.toFixed(1)} ms of processor time a frame, longest task ${work.longest.toFixed(0)} ms (${work.longestByClock.toFixed(0)} ms by the clock), ${(scrolled.frames / scrolled.seconds).toFixed(1)} frames a second, at most ${scrolled.most} rows`;
  info.annotations.push({ type: "scrolling 10,000 images", description: figures });
  console.log(`    scrolling 10,000 images: ${figures}`);
  expect(scrolled.distance).toBeGreaterThan(2_000);
  expect(scrolled.most).toBeGreaterThan(5);
  expect(scrolled.most).toBeLessThan(60);
  expect(work.longest).toBeLessThan(LONGEST_TASK_MS);
  expect(ofAFrame).toBeLessThan(1_000 / FRAMES_A_SECOND);

  // The keyboard reaches the end, and the row knows where it is.
  // Ten thousand cancelled images are still being told to the storage: a key may come while the list is busy.
  await expect(async () => {
    await planish.rows.first().focus();
    await page.keyboard.press("End");
    await expect(planish.row(`many-${count - 1}.png`)).toBeFocused({ timeout: 3_000 });
  }).toPass();
  await expect(planish.row(`many-${count - 1}.png`)).toHaveAttribute("aria-rowindex", String(count));
  await page.getByLabel("Find").fill("many-777");
  await expect(planish.list).toHaveAttribute("aria-rowcount", "11");
});
