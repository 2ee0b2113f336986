import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { expect, test } from "../support/fixtures.ts";
import { image } from "../support/images.ts";
import { LONGEST_TASK_MS, watchMainThread } from "../support/main-thread.ts";
import { photo } from "../support/pixels.ts";

const MANY = 500;
const FOLDER = fileURLToPath(new URL("../results/many-1/", import.meta.url));

/** Five hundred small photos in ten folders, and one file that is no image. */
async function makeMany(): Promise<void> {
  if (existsSync(FOLDER)) return;
  const draft = `${FOLDER.slice(0, -1)}.draft`;
  await rm(draft, { recursive: true, force: true });
  for (let index = 0; index < MANY; index++) {
    const folder = join(draft, `day ${index % 10}`);
    await mkdir(folder, { recursive: true });
    const { data, width, height, channels } = photo(96, 64, 1_000 + index);
    const bytes = await sharp(data, { raw: { width, height, channels } }).jpeg({ quality: 95 }).toBuffer();
    await writeFile(join(folder, `${index}.jpg`), bytes);
  }
  await writeFile(join(draft, "notes.txt"), "no image");
  await rename(draft, FOLDER);
}

// A trace copies the document on the main thread all the time: it would measure itself.
test.use({ trace: "off" });

test("five hundred images in folders, dropped at once, finish on a page that stays responsive", async ({
  planish,
  page,
}, info) => {
  await makeMany();
  await planish.open();
  const { work } = await watchMainThread(page, async () => {
    await planish.drop(FOLDER);
    await expect(page.getByTestId("counts")).toContainText(`${MANY} of ${MANY} done`, { timeout: 150_000 });
  });
  const heap = await page.evaluate(
    () => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize,
  );
  const report = `${work.longest.toFixed(0)} ms of processor time (${work.longestByClock.toFixed(0)} ms by the clock); heap ${(heap / 2 ** 20).toFixed(0)} MiB`;
  info.annotations.push({ type: "longest main-thread task", description: report });
  console.log(`    longest main-thread task: ${report}`);
  expect(work.longest).toBeLessThan(LONGEST_TASK_MS);
  await expect(page.getByText("1 file left out that is no image.").first()).toBeVisible();
});

test("opened with the installed page, and pasted", async ({ planish, page }) => {
  // The system's part of "open with": the page asks for a launch, and gets one with a file.
  await page.addInitScript(() => {
    type Consumer = (params: { files: FileSystemHandle[] }) => void;
    Object.defineProperty(globalThis, "launchQueue", {
      value: { setConsumer: (consumer: Consumer) => Object.assign(globalThis, { launch: consumer }) },
    });
  });
  await planish.open();
  const logo = (await readFile(image("logo.png"))).toString("base64");
  await page.evaluate(async (base64) => {
    const raw = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const root = await navigator.storage.getDirectory();
    const handle = await root.getFileHandle("opened.png", { create: true });
    const writable = await handle.createWritable();
    await writable.write(raw);
    await writable.close();
    (globalThis as unknown as { launch(params: { files: FileSystemHandle[] }): void }).launch({
      files: [handle],
    });
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([raw], "pasted.png", { type: "image/png" }));
    window.dispatchEvent(new ClipboardEvent("paste", { clipboardData }));
  }, logo);
  await planish.settled(2);
  for (const name of ["opened.png", "pasted.png"]) {
    await expect(planish.row(name)).toHaveAttribute("data-state", "done");
  }
});
