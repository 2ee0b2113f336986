import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { PLAIN_URL } from "../support/addresses.ts";
import { expect, test } from "../support/fixtures.ts";
import { FOUR, image, OTHERS } from "../support/images.ts";
import { nativeOutput } from "../support/native.ts";
import type { PlanishPage } from "../support/page.ts";

const FORMATS = ["JPEG", "PNG", "WebP", "AVIF"] as const;

async function compare(planish: PlanishPage, path: string, flags: readonly string[]): Promise<void> {
  const name = basename(path);
  await expect(planish.row(name)).toHaveAttribute("data-state", "done");
  const fromPage = (await planish.download(name)).bytes;
  const native = await nativeOutput(path, flags);
  expect(fromPage.length, `${name} ${flags.join(" ")}: size`).toBe(native.length);
  expect(fromPage.equals(native), `${name} ${flags.join(" ")}: bytes`).toBe(true);
}

test("at a fixed quality, page and command write the same bytes in every format", async ({ planish }) => {
  await planish.open();
  await planish.choose("Quality");
  await planish.drop(...FOUR);
  await planish.settled(4);
  for (const path of FOUR) await compare(planish, path, ["-q", "80"]);
});

for (const format of FORMATS) {
  test(`converted to ${format}, page and command write the same bytes`, async ({ planish }) => {
    await planish.open();
    await planish.choose("Quality");
    await planish.format(format).click();
    const path = image("photo.png");
    await planish.drop(path);
    await planish.settled(1);
    await expect(planish.row("photo.png")).toContainText(format === "PNG" ? "PNG · 480" : `PNG → ${format}`);
    await compare(planish, path, ["-q", "80", "-f", format.toLowerCase()]);
  });
}

test("the other formats and animations come out the same, too", async ({ planish }, testInfo) => {
  const jxl = testInfo.outputPath("scene.jxl");
  await writeFile(jxl, await nativeOutput(image("photo.png"), ["-f", "jxl", "--lossless"]));
  const paths = [...OTHERS, jxl];
  await planish.open();
  await planish.choose("Quality");
  await planish.drop(...paths);
  await planish.settled(paths.length);
  for (const path of paths) await compare(planish, path, ["-q", "80"]);
});

test("with a score to reach, page and command write the same bytes", async ({ planish }) => {
  await planish.open();
  await planish.drop(...FOUR);
  await planish.settled(4);
  for (const path of FOUR) await compare(planish, path, ["--target", "ssim2=80"]);
});

test("a graphic with a score to reach as WebP, and so in few colours, is the same in page and command", async ({
  planish,
}) => {
  const path = image("logo.png");
  await planish.open();
  await planish.format("WebP").click();
  await planish.drop(path);
  await planish.settled(1);
  await compare(planish, path, ["--target", "ssim2=80", "-f", "webp"]);
});

test("a large image as AVIF, whose rows are coded side by side, is the same in page and command", async ({
  planish,
  page,
}) => {
  const path = image("large.jpg");
  for (const address of [undefined, PLAIN_URL]) {
    await planish.open(address);
    await expect(page.getByTestId("engine")).toHaveAttribute("data-kind", address ? "single" : "threads");
    await planish.choose("Quality");
    await planish.format("AVIF").click();
    await planish.drop(path);
    await planish.settled(1);
    await compare(planish, path, ["-q", "80", "-f", "avif"]);
  }
});

test("the command shown does what the page does", async ({ planish, page }) => {
  await planish.open();
  await planish.choose("File size");
  await page.getByLabel("At most").fill("20");
  await planish.format("WebP").click();
  await page.getByLabel("Width", { exact: true }).fill("320");
  const command = (await page.getByTestId("command").textContent()) ?? "";
  expect(command).toBe("planish photos/ -o out/ --max-size 20kB -f webp --resize 320x");
  const path = image("meadow.jpg");
  await planish.drop(path);
  await planish.settled(1);
  await compare(planish, path, command.split(" ").slice(4));
});

test("without shared memory the engine of single threads writes the same bytes", async ({
  planish,
  page,
}) => {
  await planish.open(PLAIN_URL);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
  await expect(page.getByTestId("engine")).toHaveAttribute("data-kind", "single");
  await planish.choose("Quality");
  await planish.drop(...FOUR, image("broken/text.png"));
  await planish.settled(5);
  for (const path of FOUR) await compare(planish, path, ["-q", "80"]);
  await expect(planish.row("text.png").getByTestId("error").locator("code")).toHaveText("unknown_format");
});

test("without shared memory a running image can be cancelled", async ({ planish, page }) => {
  await planish.open(PLAIN_URL);
  await planish.drop(image("large.jpg"), image("meadow.jpg"));
  const row = planish.row("large.jpg");
  await expect(row).toHaveAttribute("data-state", "working");
  await row.getByRole("button", { name: "Cancel large.jpg" }).click();
  await expect(row).toHaveAttribute("data-state", "cancelled", { timeout: 500 });
  await planish.settled(2);
  await expect(planish.row("meadow.jpg")).toHaveAttribute("data-state", "done");
  await expect(page.getByTestId("counts")).toContainText("1 of 1 done");
});

test("an image that cannot get smaller comes back byte for byte", async ({ planish }) => {
  await planish.open();
  await planish.choose("Lossless");
  const path = image("photo.png");
  await planish.drop(path);
  await planish.settled(1);
  await compare(planish, path, ["--lossless"]);
  const { bytes } = await planish.download("photo.png");
  expect(bytes.length).toBeLessThanOrEqual((await readFile(path)).length);
  expect(await planish.score("photo.png")).toBe(100);
});
