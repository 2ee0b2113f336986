/** Every main view, held against WCAG 2.2 AA by axe, in both colour schemes and on a phone. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { FOUR, image } from "../support/images.ts";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

async function check(page: Page, view: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`),
  );
  expect(found, view).toEqual([]);
}

const DEVICES = {
  desktop: { viewport: { width: 1360, height: 860 } },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
} as const;

for (const [device, options] of Object.entries(DEVICES)) {
  for (const colorScheme of ["light", "dark"] as const) {
    test.describe(`${device}, ${colorScheme}`, () => {
      test.use({ ...options, colorScheme, reducedMotion: "reduce" } as Parameters<typeof test.use>[0]);

      test("axe finds nothing", async ({ planish, page }) => {
        await planish.open();
        await check(page, "empty");
        if (device === "phone") await page.getByRole("button", { name: /Change$/ }).click();
        for (const name of ["Crop, turn, mirror", "More"])
          await page.getByText(name, { exact: true }).click();
        await page.getByLabel("Fill transparent parts").check();
        await check(page, "settings, all open");
        await page.getByRole("button", { name: "Back to the defaults" }).click();

        await planish.drop(...FOUR, image("lie.png"), image("broken/half.png"));
        await check(page, "working");
        await planish.settled(6);
        await check(page, "done and failed");
        await planish.rows.first().getByRole("checkbox").click();
        await check(page, "selection");
        await page.getByRole("button", { name: "Select none" }).click();

        await planish.row("meadow.jpg").getByRole("button", { name: "Look at meadow.jpg" }).click();
        await expect(page.getByTestId("side").first()).toBeVisible();
        await expect(page.getByTestId("look-status")).toBeEmpty();
        await check(page, "viewer");
        await page.getByRole("tab", { name: "Settings" }).click();
        await check(page, "viewer, settings");
        await page.keyboard.press("Escape");
        await expect(page.getByTestId("viewer")).toBeHidden();

        await page.getByRole("button", { name: "Diagnostics" }).click();
        await expect(page.getByTestId("diagnostics")).toContainText("Time by stage");
        await check(page, "diagnostics");
      });
    });
  }
}

test("a bug report is copied as text and names no file", async ({ planish, page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await planish.open();
  await planish.drop(image("meadow.jpg"), image("broken/half.png"));
  await planish.settled(2);
  await page.getByRole("button", { name: "Diagnostics" }).click();
  await page.getByRole("button", { name: "Copy for a bug report" }).click();
  await expect(page.getByText("Copied.")).toBeVisible();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  expect(text).toContain("- Failed: 1: 1 × corrupt");
  expect(text).toMatch(/- encode: \d/);
  expect(text).toMatch(/- row: \d/);
  expect(text).not.toMatch(/meadow|half/);
});
