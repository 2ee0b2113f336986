/** Pictures of every main view, to be looked at. */
import { fileURLToPath } from "node:url";
import { expect, test } from "../support/fixtures.ts";
import { BATCH, FOUR, image } from "../support/images.ts";

const folder = fileURLToPath(new URL("../screenshots/", import.meta.url));
const VIEWS = {
  desktop: { viewport: { width: 1360, height: 860 }, isMobile: false, hasTouch: false },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
} as const;

for (const [device, options] of Object.entries(VIEWS)) {
  for (const scheme of ["light", "dark"] as const) {
    test.describe(`${device}, ${scheme}`, () => {
      test.use({ ...options, colorScheme: scheme, reducedMotion: "reduce" } as Parameters<
        typeof test.use
      >[0]);

      test("empty, working, done, error", async ({ planish, page }) => {
        const shoot = async (view: string) => {
          await page.screenshot({ path: `${folder}${view}-${device}-${scheme}.png` });
          const overflow = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          expect(overflow, `${view}: nothing sticks out to the side`).toBeLessThanOrEqual(0);
        };
        await planish.open();
        await shoot("empty");

        await planish.drop(...FOUR, ...BATCH.slice(0, 4));
        await expect(planish.rows.filter({ has: page.getByTestId("score") }).first()).toBeVisible({
          timeout: 60_000,
        });
        await shoot("working");
        await planish.settled(8);
        await shoot("done");

        await page.getByLabel("Order").selectOption("Worst score first");
        for (const index of [0, 2, 3]) await planish.rows.nth(index).getByRole("checkbox").click();
        await shoot("selection");
        await page.getByRole("button", { name: "Select none" }).click();

        await planish.row("photo-2.jpg").getByRole("button", { name: "Look at photo-2.jpg" }).click();
        await expect(page.getByTestId("look-status")).toBeEmpty();
        await expect(page.getByTestId("side")).toHaveCount(2);
        await shoot("look");
        await page.getByTestId("stage").locator("canvas").focus();
        await page.keyboard.press("8");
        await shoot("look-pixels");
        await page.getByRole("tab", { name: "Settings" }).click();
        await shoot("look-settings");
        await page.keyboard.press("Escape");
        await expect(page.getByTestId("viewer")).toBeHidden();

        await page.getByRole("button", { name: "Diagnostics" }).click();
        await expect(page.getByTestId("diagnostics")).toContainText("Time by stage");
        await shoot("diagnostics");
        await page.keyboard.press("Escape");

        await page.getByRole("button", { name: "Clear list" }).click();
        await planish.drop(image("broken/text.png"), image("broken/half.png"), image("lie.png"));
        await planish.settled(3);
        await page.evaluate(() => window.scrollTo(0, 0));
        await shoot("error");

        if (device === "phone") await page.getByRole("button", { name: /Change$/ }).click();
        await page.getByText("More", { exact: true }).click();
        await page.getByText("Colour profile").scrollIntoViewIfNeeded();
        await shoot("settings");
      });
    });
  }
}
