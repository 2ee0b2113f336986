import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { unzipSync } from "fflate";
import { expect, test } from "../support/fixtures.ts";
import { image, TREE } from "../support/images.ts";

/** Stands in for the pickers, which a browser without a screen cannot show: folders of the page's own storage. */
async function givePickers(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const folder = async (name: string) =>
      (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create: true });
    Object.assign(globalThis, {
      showDirectoryPicker: () => folder("chosen"),
      showSaveFilePicker: async ({ suggestedName }: { suggestedName: string }) =>
        (await folder("chosen")).getFileHandle(suggestedName, { create: true }),
    });
    // What is dropped from the disk may not be written to without asking: a folder that may takes its place.
    Object.assign(DataTransferItem.prototype, {
      getAsFileSystemHandle(this: DataTransferItem) {
        return this.webkitGetAsEntry()?.isDirectory ? folder("originals") : Promise.resolve(null);
      },
    });
  });
}

/** Every file in a folder of the page's storage, by path. */
const filesIn = (page: Page, name: string) =>
  page.evaluate(async (start) => {
    const found: Record<string, number> = {};
    type Folder = FileSystemDirectoryHandle & { values(): AsyncIterable<FileSystemHandle> };
    const walk = async (folder: Folder, path: string) => {
      for await (const entry of folder.values()) {
        if (entry.kind === "directory") await walk(entry as Folder, `${path}${entry.name}/`);
        else found[path + entry.name] = (await (entry as FileSystemFileHandle).getFile()).size;
      }
    };
    const root = await navigator.storage.getDirectory();
    await walk((await root.getDirectoryHandle(start, { create: true })) as Folder, "");
    return found;
  }, name);

const choose = async (page: Page, name: string) => {
  await page.getByRole("button", { name: "Save…" }).click();
  await page.getByRole("menuitem", { name }).click();
};

test.describe("with the service worker", () => {
  test.use({ serviceWorkers: "allow" });

  test("the archive is streamed into the download", async ({ planish, page }) => {
    await planish.open();
    await expect(page.getByTestId("offline-ready")).toBeVisible({ timeout: 60_000 });
    await planish.drop(image("meadow.jpg"), TREE);
    await planish.settled(3);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download all" }).click(),
    ]);
    expect(download.url()).toContain("/download/");
    expect(download.suggestedFilename()).toBe("planish.zip");
    const files = unzipSync(await readFile(await download.path()));
    expect(Object.keys(files).sort()).toEqual(["meadow.jpg", "trip/day 1/a.jpg", "trip/day 2/a.jpg"]);
    const single = await planish.download("meadow.jpg");
    expect(Buffer.from(files["meadow.jpg"] ?? []).equals(single.bytes)).toBe(true);
    await expect(page.getByRole("button", { name: "Download all" })).toBeEnabled();
  });
});

test("into a folder: with the folders they came in, and nothing there is overwritten", async ({
  planish,
  page,
}) => {
  await givePickers(page);
  await planish.open();
  await planish.drop(TREE, image("logo.png"));
  await planish.settled(3);
  await choose(page, "To a folder");
  await expect(page.getByTestId("export")).toHaveText("3 images written.");
  const once = await filesIn(page, "chosen");
  expect(Object.keys(once).sort()).toEqual(["logo.png", "trip/day 1/a.jpg", "trip/day 2/a.jpg"]);
  expect(once["logo.png"]).toBe((await planish.download("logo.png")).bytes.length);
  await choose(page, "To a folder");
  // A file that is being closed is moved into place: listing may miss it once.
  await expect(async () => {
    expect(Object.keys(await filesIn(page, "chosen"))).toHaveLength(6);
  }).toPass({ timeout: 15_000 });
  expect((await filesIn(page, "chosen"))["logo (2).png"]).toBe(once["logo.png"]);

  await choose(page, "As a ZIP");
  await expect(page.getByTestId("export")).toHaveText("Saved.");
  expect((await filesIn(page, "chosen"))["planish.zip"]).toBeGreaterThan(once["logo.png"] ?? 0);
});

test("over the originals: only what did not change since it was read", async ({ planish, page }) => {
  await givePickers(page);
  await planish.open();
  await planish.drop(TREE, image("logo.png"));
  await planish.settled(3);
  // The folder the files lie in: one as it was read, one that somebody has worked on.
  await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const put = async (day: string, text: string) => {
      const originals = await root.getDirectoryHandle("originals", { create: true });
      const folder = await originals.getDirectoryHandle(day, { create: true });
      const file = await folder.getFileHandle("a.jpg", { create: true });
      const writable = await file.createWritable();
      await writable.write(text);
      await writable.close();
    };
    await put("day 1", "somebody worked on this");
    await put("day 2", "and on this");
  });
  await choose(page, "Over the originals");
  const words = page.getByTestId("export");
  await expect(words).toContainText("0 images written.");
  await expect(words).toContainText("trip/day 1/a.jpg: it was changed on the disk since it was read");
  await expect(words).toContainText("logo.png: the browser does not know where it lies");
  expect((await filesIn(page, "originals"))["day 1/a.jpg"]).toBe("somebody worked on this".length);
});
