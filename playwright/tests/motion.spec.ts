/** Who asked the system for less motion gets none. */
import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { image } from "../support/images.ts";

/** Everything in the document that would move, by its style: elements that run an animation, or take time to change. */
const movers = (page: Page) =>
  page.evaluate(() => {
    const lasts = (durations: string) =>
      durations.split(",").some((duration) => Number.parseFloat(duration) > 0);
    return [...document.querySelectorAll("*")]
      .filter((element) => {
        const { animationName, animationDuration, transitionDuration } = getComputedStyle(element);
        return (animationName !== "none" && lasts(animationDuration)) || lasts(transitionDuration);
      })
      .map((element) => element.outerHTML.slice(0, 120));
  });

for (const reducedMotion of ["reduce", "no-preference"] as const) {
  test(`motion: ${reducedMotion}`, async ({ planish, page }) => {
    await page.emulateMedia({ reducedMotion });
    await planish.open();
    await planish.drop(image("large.jpg"), image("meadow.jpg"));
    await expect(planish.row("large.jpg")).toHaveAttribute("data-state", "working");
    const working = await movers(page);
    await planish.settled(2);
    await planish.row("meadow.jpg").getByRole("button", { name: "Look at meadow.jpg" }).click();
    await expect(page.getByTestId("side").first()).toBeVisible();
    const looking = await movers(page);
    if (reducedMotion === "reduce") {
      expect([...working, ...looking]).toEqual([]);
    } else {
      expect(working.length, "the page has motion to reduce").toBeGreaterThan(0);
    }
  });
}
