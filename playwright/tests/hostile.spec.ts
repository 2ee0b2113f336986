/** Real files that broke other decoders, in the middle of a batch. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "../support/fixtures.ts";
import { BATCH } from "../support/images.ts";

const corpus = fileURLToPath(new URL("../../../shared/corpus/hostile/", import.meta.url));

test("the hostile set among photos: each is made or named with its reason, and every photo is made", async ({
  planish,
  page,
}) => {
  test.skip(!existsSync(corpus), "no corpus on this machine");
  test.setTimeout(600_000);
  const hostile = readdirSync(corpus);
  const half = hostile.length >> 1;
  await planish.open();
  await planish.drop(
    ...hostile.slice(0, half).map((name) => join(corpus, name)),
    ...BATCH.slice(0, 4),
    ...hostile.slice(half).map((name) => join(corpus, name)),
  );
  await planish.settled(hostile.length + 4, 540_000);

  // One after the other by name: the list holds no more than what is in sight.
  const outcomes = new Map<string, string>();
  const find = page.getByLabel("Find");
  for (const name of [
    ...hostile,
    ...BATCH.slice(0, 4).map((path) => path.slice(path.lastIndexOf("/") + 1)),
  ]) {
    await find.fill(name);
    const row = planish.row(name);
    await expect(row, name).toHaveAttribute("data-state", /^(done|failed)$/);
    const failed = (await row.getAttribute("data-state")) === "failed";
    outcomes.set(
      name,
      failed ? ((await row.getByTestId("error").locator("code").textContent()) ?? "") : "done",
    );
  }
  for (const [name, outcome] of outcomes) {
    if (name.startsWith("photo-")) expect(outcome, name).toBe("done");
    else expect(outcome, `${name} ends with a reason`).toMatch(/^[a-z_]+$/);
  }
  const failures = [...outcomes.values()].filter((outcome) => outcome !== "done");
  expect(failures.length, "the set is hostile").toBeGreaterThan(20);
  expect(failures.filter((code) => code === "internal" || code === "engine_crashed")).toEqual([]);
  console.log(`    hostile files: ${outcomes.size - 4 - failures.length} made, ${failures.length} named`);
});
