import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "../support/fixtures.ts";
import { image } from "../support/images.ts";
import { nativeOutput } from "../support/native.ts";

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
  for (let press = 0; press < 32; press++) {
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

test("presets and every other setting end up in the command", async ({ planish, page }) => {
  await planish.open();
  const command = page.getByTestId("command");
  await page.getByLabel("Preset").selectOption("web");
  await expect(command).toHaveText("planish photos/ -o out/ --preset web");
  await page.getByLabel("Preset").selectOption("default");

  await page.getByLabel("Width", { exact: true }).fill("400");
  await page.getByLabel("Height", { exact: true }).fill("300");
  await page.getByRole("radio", { name: "Cover" }).check({ force: true });
  await page.getByLabel("Enlarge smaller images").check();
  await page.getByText("Crop, turn, mirror", { exact: true }).click();
  await page.getByLabel("Crop width").fill("320");
  await expect(page.getByText("Width and height are needed for a crop.")).toBeVisible();
  await page.getByLabel("Crop height").fill("200");
  await page.getByRole("radio", { name: "90°" }).check({ force: true });
  await page.getByText("More", { exact: true }).click();
  await page.getByRole("slider", { name: "Effort" }).fill("2");
  await page.getByRole("radio", { name: "To sRGB" }).check({ force: true });
  await expect(command).toHaveText(
    "planish photos/ -o out/ --color srgb --effort 2 --crop 320x200+0+0 --rotate 90 --resize 400x300 --fit cover --enlarge",
  );
  await expect(page.getByLabel("Preset")).toHaveValue("custom");

  // And it is true: the command makes the same file.
  const flags = ((await command.textContent()) ?? "").split(" ").slice(4);
  await planish.drop(image("meadow.jpg"));
  await planish.settled(1);
  const { bytes } = await planish.download("meadow.jpg");
  expect(bytes.equals(await nativeOutput(image("meadow.jpg"), flags))).toBe(true);

  // The long edge is another way to say it.
  await page.getByLabel("Long edge").fill("800");
  await expect(page.getByLabel("Width", { exact: true })).toHaveValue("");
  await expect(command).toContainText("--resize 800");
});

test("the recipe goes out as planish.toml, comes back, and mistakes in one are named", async ({
  planish,
  page,
}, info) => {
  await planish.open();
  await planish.choose("File size");
  await planish.format("AVIF").click();
  await page.getByText("More", { exact: true }).click();
  await page.getByLabel("AVIF effort").fill("3");
  await expect(page.getByTestId("command")).toHaveText("planish photos/ -o out/ --config planish.toml");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save recipe" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("planish.toml");
  const recipe = info.outputPath("planish.toml");
  await download.saveAs(recipe);
  expect(await readFile(recipe, "utf8")).toContain("maxBytes = 200000");

  await page.getByRole("button", { name: "Back to the defaults" }).click();
  await page.getByTestId("recipe").setInputFiles(recipe);
  await expect(page.getByTestId("recipe-message")).toHaveText("planish.toml is in use now.");
  await expect(planish.goal("File size")).toBeChecked();
  await expect(page.getByLabel("AVIF effort")).toHaveValue("3");

  // The command takes the same file for the same thing.
  await planish.drop(image("meadow.jpg"));
  await planish.settled(1);
  const { bytes } = await planish.download("meadow.jpg");
  expect(bytes.equals(await nativeOutput(image("meadow.jpg"), ["--config", recipe]))).toBe(true);

  const wrong = info.outputPath("wrong.toml");
  await writeFile(wrong, "qualty = 80\n[resize]\nwide = 3\n");
  await page.getByTestId("recipe").setInputFiles(wrong);
  const message = page.getByTestId("recipe-message");
  await expect(message).toContainText("wrong.toml was not taken");
  await expect(message).toContainText("qualty: there is no such setting");
  await expect(message).toContainText("resize.wide: there is no such setting");
  await expect(planish.goal("File size")).toBeChecked();
});

test("the command is offered when a format is beyond the page, with the reason", async ({
  planish,
  page,
}, info) => {
  await planish.open();
  const raw = info.outputPath("IMG_1.cr2");
  await writeFile(raw, Buffer.from("not a raw file, but named like one".repeat(9)));
  await planish.drop(raw, image("meadow.jpg"));
  await planish.settled(2);
  const notice = page.getByTestId("heavy");
  await expect(notice).toContainText("CR2 cannot be read here");
  await expect(page.getByTestId("heavy-command")).toHaveText("planish photos/ -o out/");
  await notice.getByRole("button", { name: "Not now" }).click();
  await expect(notice).toBeHidden();
});
