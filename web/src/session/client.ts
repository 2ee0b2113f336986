import * as comlink from "comlink";
import type { Keeper } from "./records";

/** The storage of the browser, in a worker; null where there is none (private windows of some browsers). */
export function createKeeper(): Keeper | null {
  const { storage, locks } = navigator as Partial<Navigator>;
  if (!storage?.getDirectory || !locks || typeof indexedDB !== "object") return null;
  const worker = new Worker(new URL("./keeper.worker.ts", import.meta.url), {
    type: "module",
    name: "keeper",
  });
  return comlink.wrap<Keeper>(worker);
}
