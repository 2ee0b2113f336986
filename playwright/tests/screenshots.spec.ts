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

        await page.getByRole("button", { name: "Clear list" }).click();
        await planish.drop(image("broken/text.png"), image("broken/half.png"), image("lie.png"));
        await planish.settled(3);
        await shoot("error");

        if (device === "phone") {
          await page.getByRole("button", { name: /Change$/ }).click();
          await shoot("settings");
        }
      });
    });
  }
}
