import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { makeImages } from "./images.ts";

export default async function setup(): Promise<void> {
  const page = fileURLToPath(new URL("../../web/dist/index.html", import.meta.url));
  if (!existsSync(page))
    throw new Error("web/dist is missing: build the page first (npm run build -w planish-web)");
  await makeImages();
}
