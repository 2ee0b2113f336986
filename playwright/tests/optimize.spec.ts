import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { unzipSync } from "fflate";
import { expect, test } from "../support/fixtures.ts";
import { FOUR, image, TREE } from "../support/images.ts";

test("four formats dropped at once become smaller, still decode and reach the score", async ({
  planish,
  page,
}) => {
  await planish.open();
  await planish.drop(...FOUR);
  await planish.settled(4);
  for (const path of FOUR) {
    const name = basename(path);
    await expect(planish.row(name)).toHaveAttribute("data-state", "done");
    const { bytes, name: saved } = await planish.download(name);
    expect(saved).toBe(name);
    expect(bytes.length, name).toBeLessThan((await stat(path)).size);
    const before = await planish.decode(await readFile(path));
    const after = await planish.decode(bytes);
    expect([after.width, after.height], name).toEqual([before.width, before.height]);
    expect(after.spread, `${name} is not one flat colour`).toBeGreaterThan(60);
    expect(await planish.score(name), name).toBeGreaterThanOrEqual(80);
  }
  await expect(page.getByTestId("counts")).toContainText("4 of 4 done");
  await expect(page.getByRole("status").filter({ hasText: "4 images done" })).toBeAttached();
});

test("the archive holds every image under a name of its own", async ({ planish, page }) => {
  await planish.open();
  const meadow = image("meadow.jpg");
  await planish.drop(meadow, TREE, image("logo.png"));
  await planish.settled(4);
  // The same file once more.
  await planish.drop(meadow);
  await planish.settled(5);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download all" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("planish.zip");
  const files = unzipSync(await readFile(await download.path()));
  expect(Object.keys(files).sort()).toEqual([
    "logo.png",
    "meadow (2).jpg",
    "meadow.jpg",
    "trip/day 1/a.jpg",
    "trip/day 2/a.jpg",
  ]);
  const single = await planish.download("logo.png");
  expect(Buffer.from(files["logo.png"] ?? []).equals(single.bytes)).toBe(true);
  for (const bytes of Object.values(files)) {
    expect((await planish.decode(Buffer.from(bytes))).width).toBeGreaterThan(0);
  }
});

test("a folder keeps its structure, and what is no image is left out and counted", async ({
  planish,
  page,
}) => {
  await planish.open();
  await planish.drop(TREE);
  await planish.settled(2);
  await expect(planish.row("trip/day 1/a.jpg")).toBeVisible();
  await expect(planish.row("trip/day 2/a.jpg")).toBeVisible();
  await expect(page.getByText("1 file left out that is no image.").first()).toBeVisible();
});

test("a lying extension is optimized, and said", async ({ planish }) => {
  await planish.open();
  await planish.drop(image("lie.png"));
  await planish.settled(1);
  await expect(planish.row("lie.png")).toHaveAttribute("data-state", "done");
  await expect(planish.row("lie.png")).toContainText("The name says PNG, but the file is JPEG.");
  expect((await planish.download("lie.png")).name).toBe("lie.jpg");
});

test("the file picker and the folder picker work as well", async ({ planish, page }) => {
  await planish.open();
  const [files] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: "Choose images" }).click(),
  ]);
  await files.setFiles(image("photo.png"));
  await planish.settled(1);
  const [folder] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: "Add a folder" }).click(),
  ]);
  await folder.setFiles(TREE);
  await planish.settled(3);
  await expect(planish.row("trip/day 2/a.jpg")).toHaveAttribute("data-state", "done");
});
