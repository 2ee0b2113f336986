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

test("over the original of an image that was opened with the page", async ({ planish, page }) => {
  await page.addInitScript(() => {
    type Consumer = (params: { files: FileSystemHandle[] }) => void;
    Object.defineProperty(globalThis, "launchQueue", {
      value: { setConsumer: (consumer: Consumer) => Object.assign(globalThis, { launch: consumer }) },
    });
  });
  await planish.open();
  const before = await readFile(image("logo.png"));
  await page.evaluate(async (base64) => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("disk", {
      create: true,
    });
    const handle = await folder.getFileHandle("logo.png", { create: true });
    const writable = await handle.createWritable();
    await writable.write(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
    await writable.close();
    type Launch = { launch(params: { files: FileSystemHandle[] }): void };
    (globalThis as unknown as Launch).launch({ files: [handle] });
  }, before.toString("base64"));
  await planish.settled(1);
  expect(await filesIn(page, "disk")).toEqual({ "logo.png": before.length });
  await choose(page, "Over the originals");
  await expect(page.getByTestId("export")).toHaveText("1 image written.");
  const { bytes } = await planish.download("logo.png");
  expect(bytes.length).toBeLessThan(before.length);
  const onDisk = await page.evaluate(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("disk");
    const file = await (await folder.getFileHandle("logo.png")).getFile();
    return [...new Uint8Array(await file.arrayBuffer())];
  });
  expect(Buffer.from(onDisk).equals(bytes), "the file is the result, byte for byte").toBe(true);
  expect(Object.keys(await filesIn(page, "disk")), "nothing is left beside it").toEqual(["logo.png"]);
});

test("dragged out: the link carries the file with its name", async ({ planish, page }) => {
  await planish.open();
  await planish.drop(image("logo.png"));
  await planish.settled(1);
  await page.evaluate(() => {
    // After the page's own listener, while what was set may still be read.
    window.addEventListener("dragstart", ({ dataTransfer }) => {
      Object.assign(globalThis, { dragged: dataTransfer?.getData("DownloadURL") });
    });
  });
  const link = planish.row("logo.png").getByRole("link", { name: "Download logo.png" });
  const box = await link.boundingBox();
  if (!box) throw new Error("the link is not in sight");
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x - 120, box.y + 150, { steps: 8 });
  await page.mouse.up();
  const dragged = await page.evaluate(() => (globalThis as unknown as { dragged?: string }).dragged ?? "");
  const [, type, name, url] = /^([\w/-]+):([^:]+):(blob:.+)$/.exec(dragged) ?? [];
  expect([type, name]).toEqual(["application/octet-stream", "logo.png"]);
  expect(url, "what a click downloads").toBe(await link.evaluate((a: HTMLAnchorElement) => a.href));
});

test("copied: the picture of the selected image is in the clipboard", async ({ planish, page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await planish.open();
  await planish.drop(image("meadow.jpg"), image("logo.png"));
  await planish.settled(2);
  const copied = () =>
    page.evaluate(async () => {
      const [item] = await navigator.clipboard.read();
      if (!item?.types.includes("image/png")) return null;
      const { width, height } = await createImageBitmap(await item.getType("image/png"));
      return { width, height };
    });
  await page.evaluate(() => navigator.clipboard.writeText("before"));
  // A JPEG: clipboards take it as a PNG.
  await planish.row("meadow.jpg").focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("Control+c");
  await expect.poll(copied).toEqual({ width: 800, height: 600 });
  await planish.row("logo.png").click({ position: { x: 300, y: 20 } });
  await page.keyboard.press("Control+c");
  await expect.poll(copied).toEqual({ width: 640, height: 480 });
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
