import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "../support/fixtures.ts";
import { type Host, host } from "../support/host.ts";
import { FOUR, image } from "../support/images.ts";

test.use({ serviceWorkers: "allow" });

let served: Host;
test.afterEach(() => served.close());

test("a host without headers: isolated by the service worker, then off the network, and still at work", async ({
  planish,
  page,
  context,
}) => {
  served = await host();
  await planish.open(served.url);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await expect(page.getByTestId("engine")).toHaveAttribute("data-kind", "threads");
  await expect(page.getByTestId("offline-ready")).toBeVisible({ timeout: 60_000 });
  const documents = served.requests.filter((path) => path === "/" || path === "/index.html");
  expect(documents.length, "one load, one reload, one copy for later").toBeLessThanOrEqual(3);

  // The host itself is gone: not even a cache that asks it whether it is fresh gets an answer.
  await served.close();
  await context.setOffline(true);
  await page.reload();
  await planish.open(served.url);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await planish.drop(...FOUR);
  await planish.settled(4);
  await expect(page.getByTestId("counts")).toContainText("4 of 4 done");

  // Squoosh's codecs were never used before, and are there all the same.
  await page.getByText("More", { exact: true }).click();
  await page.getByRole("button", { name: "JPEG XL", exact: true }).click();
  await page.getByRole("checkbox", { name: "JPEG XL by libjxl" }).check();
  await planish.drop(image("photo.png"));
  await planish.settled(5);
  await expect(planish.row("photo.png")).toHaveAttribute("data-state", "done");
  await page.getByRole("button", { name: "Look at photo.png" }).click();
  await expect(page.getByTestId("viewer")).toContainText("squoosh-jxl");
});

test("under a sub-path: everything is found, and nothing is asked of the host during a batch", async ({
  planish,
  page,
}) => {
  served = await host("/tools/planish/");
  await planish.open(served.url);
  await expect(page.getByTestId("offline-ready")).toBeVisible({ timeout: 60_000 });
  expect(served.requests.filter((path) => !path.startsWith("/tools/planish/"))).toEqual([]);
  const manifest = await page.evaluate(async () => {
    const link = document.querySelector<HTMLLinkElement>("link[rel=manifest]");
    if (!link) throw new Error("no manifest");
    const { icons, start_url } = await (await fetch(link.href)).json();
    const found = await Promise.all(
      icons.map(async ({ src }: { src: string }) => (await fetch(new URL(src, link.href))).status),
    );
    return { found, start: new URL(start_url, link.href).href };
  });
  expect(new Set(manifest.found)).toEqual(new Set([200]));
  expect(manifest.start).toBe(served.url);

  const before = served.requests.length;
  await planish.drop(...FOUR, image("broken/half.png"));
  await planish.settled(5);
  // The browser itself may look for a new version after a load; the batch asks for nothing.
  const asked = served.requests.slice(before).filter((path) => !path.endsWith("/service-worker.js"));
  expect(asked).toEqual([]);
});

test("the page is there before the engine, and works meanwhile", async ({ planish, page }) => {
  served = await host();
  await page.goto(served.url);
  await expect(page.getByRole("heading", { name: "Drop images here" })).toBeVisible();
  const painted = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => resolve(list.getEntries()[0]?.startTime ?? 0)).observe({
          type: "paint",
          buffered: true,
        });
      }),
  );
  expect(painted).toBeGreaterThan(0);
  // Everything asked for before the first engine file is small.
  await planish.open(served.url);
  const first = served.requests.slice(
    0,
    served.requests.findIndex((path) => path.endsWith(".wasm")),
  );
  const sizes = await Promise.all(
    [...new Set(first)].map(async (path) => {
      const name = path === "/" ? "index.html" : path.slice(1);
      return (await readFile(fileURLToPath(new URL(`../../web/dist/${name}`, import.meta.url)))).length;
    }),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`    before the engine: ${(total / 1000).toFixed(0)} kB in ${sizes.length} files`);
  expect(total).toBeLessThan(1_000_000);
});

test("a new version waits for the user, and a batch keeps the one it began with", async ({
  planish,
  page,
}) => {
  served = await host();
  await planish.open(served.url);
  await expect(page.getByTestId("offline-ready")).toBeVisible({ timeout: 60_000 });
  const built = fileURLToPath(new URL("../../web/dist/service-worker.js", import.meta.url));
  served.replace("service-worker.js", `${await readFile(built, "utf8")}\n// A newer version.`);
  await planish.drop(image("large.jpg"));
  await expect(planish.row("large.jpg")).toHaveAttribute("data-state", "working");
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());
  const update = page.getByTestId("update");
  await expect(update).toContainText("when this batch is done");
  await expect(update.getByRole("button", { name: "Reload" })).toBeDisabled();
  await planish.settled(1);
  await expect(planish.row("large.jpg")).toHaveAttribute("data-state", "done");
  const loaded = page.waitForEvent("load");
  await update.getByRole("button", { name: "Reload" }).click();
  await loaded;
  await planish.open(served.url);
  await expect(page.getByTestId("offline-ready")).toBeVisible({ timeout: 60_000 });
  expect(
    await page.evaluate(
      async () => (await navigator.serviceWorker.getRegistration())?.waiting?.state ?? "none",
    ),
  ).toBe("none");
});

test("what the system shares is taken in", async ({ planish, page }) => {
  served = await host();
  await planish.open(served.url);
  await expect(page.getByTestId("offline-ready")).toBeVisible({ timeout: 60_000 });
  const bytes = (await readFile(image("logo.png"))).toString("base64");
  // The same post the system makes: a form, answered by a page.
  await page.evaluate(async (base64) => {
    const raw = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const form = new FormData();
    form.append("images", new File([raw], "shared logo.png", { type: "image/png" }));
    await fetch("share", { method: "POST", body: form });
  }, bytes);
  await page.goto(`${served.url}?shared`);
  await planish.settled(1);
  await expect(planish.row("shared logo.png")).toHaveAttribute("data-state", "done");
  expect(new URL(page.url()).search).toBe("");
  expect(served.requests.filter((path) => path.endsWith("/share"))).toEqual([]);
});
