import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "../support/fixtures.ts";
import { BATCH } from "../support/images.ts";

/** The most a task on the main thread may take during a batch: beyond it, a page feels stuck. */
const LONGEST_TASK_MS = 100;

// A trace copies the document on the main thread all the time: it would measure itself.
test.use({ trace: "off" });

test("twenty photos at once leave the page responsive and send nothing", async ({
  planish,
  page,
  requests,
}, info) => {
  await page.addInitScript(() => {
    const tasks: { start: number; duration: number }[] = [];
    Object.assign(globalThis, { longTasks: tasks });
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) tasks.push({ start: startTime, duration });
    }).observe({ type: "longtask", buffered: true });
  });
  await planish.open();
  const before = requests.length;
  const start = await page.evaluate(() => performance.now());
  await planish.drop(...BATCH);
  await planish.settled(20);
  const { tasks, elapsed } = await page.evaluate(
    (since) => ({
      tasks: (globalThis as unknown as { longTasks: { start: number; duration: number }[] }).longTasks.filter(
        (task) => task.start >= since,
      ),
      elapsed: performance.now() - since,
    }),
    start,
  );
  const longest = Math.max(0, ...tasks.map(({ duration }) => duration));
  const report = `${longest === 0 ? "none over 50 ms" : `${longest.toFixed(0)} ms`} (${tasks.length} over 50 ms, 20 photos in ${(elapsed / 1000).toFixed(1)} s)`;
  info.annotations.push({ type: "longest main-thread task", description: report });
  console.log(`    longest main-thread task: ${report}`);
  expect(longest).toBeLessThan(LONGEST_TASK_MS);
  await expect(page.getByTestId("counts")).toContainText("20 of 20 done");
  // Codecs may be loaded from the page's own origin; nothing else is asked for, and nothing is sent.
  const during = requests.slice(before).filter((url) => !url.startsWith("blob:"));
  expect(during.filter((url) => !/\/assets\/[\w.-]+\.(js|wasm)$/.test(url))).toEqual([]);
});

const corpus = fileURLToPath(new URL("../../../shared/corpus/photos/", import.meta.url));

test("real photos reach the score and none grows", async ({ planish }) => {
  test.skip(!existsSync(corpus), "no corpus on this machine");
  const wanted = [
    "kodim05.png",
    "kodim20.png",
    "Picture_1A_by_freespace.jpg",
    "after-the-rain.jpg",
    "fox.png",
  ];
  const files = readdirSync(corpus).filter((name) => wanted.includes(name));
  await planish.open();
  await planish.drop(...files.map((name) => join(corpus, name)));
  await planish.settled(files.length, 300_000);
  for (const name of files.map((file) => basename(file))) {
    await expect(planish.row(name)).toHaveAttribute("data-state", "done");
    expect(await planish.score(name), name).toBeGreaterThanOrEqual(80);
    await expect(planish.row(name).getByTestId("saving")).toHaveText(/^−|as small as it gets/);
  }
});
