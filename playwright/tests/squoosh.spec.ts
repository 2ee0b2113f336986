import { expect, test } from "../support/fixtures.ts";
import { image } from "../support/images.ts";
import { nativeOutput } from "../support/native.ts";

const PHOTO = image("photo.png");

/** The modules of Squoosh's codecs, as the build names them. */
const CODEC = /\/(avif|jxl)_enc[^/]*\.wasm$/;

test("Squoosh's codecs are loaded when they are wanted, and give the same bytes as natively", async ({
  planish,
  page,
  requests,
}) => {
  const codecs = () => requests.filter((url) => CODEC.test(url));
  await planish.open();
  await page.getByText("More", { exact: true }).click();
  await page.getByRole("button", { name: "JPEG XL", exact: true }).click();
  await page.getByRole("checkbox", { name: "JPEG XL by libjxl" }).check();
  await planish.choose("Lossless");
  expect(codecs()).toEqual([]);
  await planish.drop(PHOTO);
  await planish.settled(1);
  const lossless = await planish.download("photo.png");
  expect(codecs()).toHaveLength(1);
  expect(
    lossless.bytes.equals(
      await nativeOutput(PHOTO, ["-f", "jxl", "--lossless", "--squoosh", "jxl", "--no-cache"]),
    ),
  ).toBe(true);
  const builtIn = await nativeOutput(PHOTO, ["-f", "jxl", "--lossless", "--no-cache"]);
  expect(lossless.bytes.length).toBeLessThan(builtIn.length);
});

test("AVIF by Squoosh reaches its score, with the same bytes as natively", async ({ planish, page }) => {
  await planish.open();
  await page.getByText("More", { exact: true }).click();
  await planish.format("AVIF").click();
  await page.getByRole("checkbox", { name: "AVIF by libaom" }).check();
  await planish.drop(PHOTO);
  await planish.settled(1);
  const { bytes } = await planish.download("photo.png");
  expect(await planish.score("photo.png")).toBeGreaterThanOrEqual(80);
  expect(bytes.equals(await nativeOutput(PHOTO, ["-f", "avif", "--squoosh", "avif", "--no-cache"]))).toBe(
    true,
  );
});

test("without shared memory the page says that Squoosh's codecs cannot be had", async ({ planish, page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(globalThis, "crossOriginIsolated", { value: false });
  });
  await planish.open();
  await expect(page.getByTestId("engine")).toHaveAttribute("data-kind", "single");
  await page.getByText("More", { exact: true }).click();
  await planish.format("AVIF").click();
  await page.getByRole("checkbox", { name: "AVIF by libaom" }).check();
  await planish.drop(PHOTO);
  await planish.settled(1);
  await expect(planish.row("photo.png").getByTestId("error")).toContainText("Squoosh's codecs");
});
