import { expect, test } from "../support/fixtures.ts";
import { BATCH, image } from "../support/images.ts";

test("broken files are named with a reason, and the others finish", async ({ planish, page }) => {
  await planish.open();
  const broken = ["text.png", "empty.jpg", "half.png", "header-only.jpg"];
  await planish.drop(
    image("meadow.jpg"),
    ...broken.map((name) => image(`broken/${name}`)),
    image("logo.png"),
  );
  await planish.settled(6);
  for (const name of ["meadow.jpg", "logo.png"]) {
    await expect(planish.row(name)).toHaveAttribute("data-state", "done");
  }
  const codes: Record<string, string> = { "text.png": "unknown_format", "empty.jpg": "unknown_format" };
  for (const name of broken) {
    const row = planish.row(name);
    await expect(row).toHaveAttribute("data-state", "failed");
    const error = row.getByTestId("error");
    await expect(error.locator("code")).toHaveText(codes[name] ?? "corrupt");
    expect((await error.textContent())?.length, "says more than its code").toBeGreaterThan(25);
  }
  await expect(page.getByTestId("counts")).toContainText("4 failed");
});

test("one image is cancelled, all are cancelled, and each can be tried again", async ({ planish, page }) => {
  await planish.open();
  await page.getByRole("slider").fill("90");
  // One that is worked on for long enough to be cancelled by hand, and others.
  await planish.drop(image("large.jpg"), ...BATCH);
  const first = planish.row("large.jpg");
  await expect(first).toHaveAttribute("data-state", "working");
  await first.getByRole("button", { name: "Cancel large.jpg" }).click();
  // The row says so at once, whatever the engine is doing; how soon the work stops is cancel.spec's.
  await expect(first).toHaveAttribute("data-state", "cancelled", { timeout: 5_000 });
  await page.getByRole("button", { name: "Cancel all" }).click();
  await planish.settled(1 + BATCH.length, 2_000);
  await expect(page.getByTestId("counts")).toContainText("cancelled");

  await first.getByRole("button", { name: "Try large.jpg again" }).click();
  await expect(first).toHaveAttribute("data-state", "done", { timeout: 120_000 });
  expect(await planish.score("large.jpg")).toBeGreaterThanOrEqual(90);

  await first.getByRole("button", { name: "Remove large.jpg from the list" }).click();
  await expect(planish.list).toHaveAttribute("data-count", String(BATCH.length));
  await page.getByRole("button", { name: "Clear list" }).click();
  await expect(page.getByRole("heading", { name: "Drop images here" })).toBeVisible();
});
