import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "../support/fixtures.ts";
import { BATCH } from "../support/images.ts";
import { LONGEST_TASK_MS, watchMainThread } from "../support/main-thread.ts";

// A trace copies the document on the main thread all the time: it would measure itself.
test.use({ trace: "off" });

test("twenty photos at once leave the page responsive and send nothing", async ({
  planish,
  page,
  requests,
}, info) => {
  await planish.open();
  const before = requests.length;
  const { work } = await watchMainThread(page, async () => {
    await planish.drop(...BATCH);
    await planish.settled(20);
  });
  const report = `${work.longest.toFixed(0)} ms of processor time (${work.longestByClock.toFixed(0)} ms by the clock)`;
  info.annotations.push({ type: "longest main-thread task", description: report });
  console.log(`    longest main-thread task: ${report}`);
  expect(work.longest).toBeLessThan(LONGEST_TASK_MS);
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
