/** The page as its user sees it. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { expect, type Locator, type Page } from "@playwright/test";

export class PlanishPage {
  readonly page: Page;
  /** The rows that are in the document: those in sight, and some around them. */
  readonly rows: Locator;
  readonly list: Locator;

  constructor(page: Page) {
    this.page = page;
    this.rows = page.getByTestId("image");
    this.list = page.getByTestId("list");
  }

  /** Opens the page and waits until the engine is up. */
  async open(url = "./"): Promise<void> {
    await this.page.goto(url);
    await expect(this.page.getByTestId("engine")).toHaveAttribute("data-kind", /threads|single/, {
      timeout: 60_000,
    });
  }

  /**
   * Drops files or folders from the disk in the middle of the window: the same events, with the same rights, as
   * when a person does it.
   */
  async drop(...paths: string[]): Promise<void> {
    const session = await this.page.context().newCDPSession(this.page);
    const { width, height } = this.page.viewportSize() ?? { width: 800, height: 600 };
    const data = { items: [], files: paths, dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"] as const) {
      await session.send("Input.dispatchDragEvent", { type, x: width / 2, y: height / 2, data });
    }
    await session.detach();
  }

  row(path: string): Locator {
    return this.page.getByRole("row", { name: path, exact: true });
  }

  /** Waits until so many images are there and none is in work, whether their rows are in sight or not. */
  async settled(count: number, timeout = 150_000): Promise<void> {
    await expect(this.list).toHaveAttribute("data-count", String(count), { timeout });
    await expect(this.list).toHaveAttribute("data-active", "0", { timeout });
  }

  /** Presses a row's download link and gives what arrives on the disk. */
  async download(path: string): Promise<{ name: string; bytes: Buffer }> {
    const [download] = await Promise.all([
      this.page.waitForEvent("download"),
      this.row(path)
        .getByRole("link", { name: `Download ${basename(path)}` })
        .click(),
    ]);
    return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
  }

  async score(path: string): Promise<number> {
    return Number(await this.row(path).getByTestId("score").getAttribute("data-score"));
  }

  /** Size and a few pixels as the browser itself decodes them. */
  async decode(bytes: Buffer): Promise<{ width: number; height: number; spread: number }> {
    return this.page.evaluate(async (base64) => {
      const raw = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([raw]));
      const { width, height } = bitmap;
      const context = new OffscreenCanvas(width, height).getContext("2d");
      if (!context) throw new Error("no canvas");
      context.drawImage(bitmap, 0, 0);
      const { data } = context.getImageData(0, 0, width, height);
      let low = 255;
      let high = 0;
      for (const value of data) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
      return { width, height, spread: high - low };
    }, bytes.toString("base64"));
  }

  goal(name: "Looks the same" | "Quality" | "File size" | "Lossless"): Locator {
    return this.page.getByRole("radio", { name });
  }

  async choose(name: "Looks the same" | "Quality" | "File size" | "Lossless"): Promise<void> {
    await this.goal(name).check({ force: true });
  }

  format(name: "Keep" | "Auto" | "JPEG" | "PNG" | "WebP" | "AVIF"): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }
}
