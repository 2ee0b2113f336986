/** Memory of the engine, which WebAssembly never gives back by itself. */
import { expect, test } from "../support/fixtures.ts";
import { image } from "../support/images.ts";

/** Megabytes above which an engine with nothing to do is replaced: `KEEP_MEMORY` of the page. */
const KEPT = 84;

test("what a large image took of the engine's memory comes back when nothing is left to do", async ({
  planish,
  page,
}, info) => {
  await planish.open();
  const first = page.workers().find((worker) => worker.url().includes("threads.worker"));
  // What the page itself says it holds, while it works and afterwards.
  await page.getByRole("button", { name: "Diagnostics" }).click();
  const row = page.getByTestId("diagnostics").locator("dl > div", { hasText: /^Engine, now/ });
  const held = async () => Number.parseFloat((await row.locator("dd").textContent()) ?? "");
  await expect.poll(held).toBeGreaterThan(60);
  const before = await held();
  const gone = new Promise((resolve) => first?.once("close", resolve));
  await planish.drop(image("large.jpg"));
  await planish.settled(1);
  await expect.poll(held, { message: "the image did need memory" }).toBeGreaterThan(KEPT);
  const most = await held();
  await expect.poll(held, { timeout: 30_000 }).toBeLessThan(before + 10);
  await gone;
  const figures = `${before} MB before, ${most} with a large image made, ${await held()} afterwards`;
  info.annotations.push({ type: "memory of the engine", description: figures });
  console.log(`    memory of the engine: ${figures}`);

  // The engine that took its place works.
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("diagnostics")).toBeHidden();
  await planish.drop(image("logo.png"));
  await planish.settled(2);
  await expect(planish.row("logo.png")).toHaveAttribute("data-state", "done");
});
