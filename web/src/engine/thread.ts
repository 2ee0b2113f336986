import init, { wbg_rayon_start_worker } from "planish-wasm/threads";
import type { ThreadStart } from "./start-workers";

/** Becomes a thread of the pool: waits for its orders, then works until the end of the page. */
export function becomeThread(): void {
  self.addEventListener("message", ({ data }: MessageEvent<ThreadStart>) => void run(data), { once: true });
}

async function run({ module, memory, receiver, crashChannel }: ThreadStart): Promise<void> {
  try {
    await init({ module_or_path: module, memory });
    self.postMessage("ready");
    wbg_rayon_start_worker(receiver);
  } catch (trap) {
    new BroadcastChannel(crashChannel).postMessage(String(trap));
  }
}
