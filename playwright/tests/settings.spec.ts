import { expect, test } from "../support/fixtures.ts";
import { image } from "../support/images.ts";

test("settings survive a reload and go back to the defaults", async ({ planish, page }) => {
  await planish.open();
  const command = page.getByTestId("command");
  await expect(command).toHaveText("planish photos/ -o out/");
  await planish.choose("Lossless");
  await planish.format("WebP").click();
  await planish.format("AVIF").click();
  await planish.open();
  await expect(planish.goal("Lossless")).toBeChecked();
  await expect(command).toHaveText("planish photos/ -o out/ --lossless -f webp,avif");
  await page.getByRole("button", { name: "Back to the defaults" }).click();
  await expect(command).toHaveText("planish photos/ -o out/");
});

test("finished images can be made again with other settings", async ({ planish, page }) => {
  await planish.open();
  await planish.drop(image("meadow.jpg"));
  await planish.settled(1);
  const first = await planish.download("meadow.jpg");
  await page.getByRole("slider").fill("90");
  await expect(page.getByText("1 image was made with other settings.")).toBeVisible();
  await page.getByRole("button", { name: "Optimize again" }).click();
  await expect(page.getByText("1 image was made with other settings.")).toBeHidden();
  await planish.settled(1);
  expect(await planish.score("meadow.jpg")).toBeGreaterThanOrEqual(90);
  expect((await planish.download("meadow.jpg")).bytes.length).toBeGreaterThan(first.bytes.length);
});

test("the whole page works from the keyboard", async ({ planish, page }) => {
  await planish.open();
  const focused = () =>
    page.evaluate(
      () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent,
    );
  const seen: (string | null | undefined)[] = [];
  for (let press = 0; press < 16; press++) {
    await page.keyboard.press("Tab");
    seen.push(await focused());
    const outline = await page.evaluate(() => {
      const active = document.activeElement;
      // A radio button's ring is drawn on the label beside it.
      const shown =
        active instanceof HTMLInputElement && active.type === "radio" ? active.nextElementSibling : active;
      return shown && shown !== document.body ? getComputedStyle(shown).outlineStyle : "end";
    });
    expect(outline).not.toBe("none");
  }
  expect(seen).toEqual(
    expect.arrayContaining(["Choose images", "Choose a folder", "Keep", "AVIF", "Copy the command"]),
  );
  await planish.goal("Looks the same").focus();
  await page.keyboard.press("ArrowRight");
  await expect(planish.goal("Quality")).toBeChecked();
});

test("the theme follows the system until one is chosen", async ({ planish, page }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await planish.open();
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.getByRole("button", { name: "Colours: as the system" }).click();
  const light = await ground();
  expect(light).not.toBe(dark);
  await planish.open();
  expect(await ground()).toBe(light);
  await page.getByRole("button", { name: "Colours: light" }).click();
  expect(await ground()).toBe(dark);
});
