/**
 * The page's side of working without a network: registers the service worker, reloads once where only that gives
 * isolation, and says when a new version waits.
 */
import { Workbox } from "workbox-window";
import { createStore } from "zustand/vanilla";
import type { EngineInfo } from "../engine/port";
import type { KeptText } from "../settings/store";
import type { Kept, ToServiceWorker } from "./messages";

export interface OfflineState {
  /** Everything is stored: the page works without a network from now on. */
  ready: boolean;
  /** A new version is installed and waits for its turn. */
  updateWaiting: boolean;
}

/** Set before the one reload that gives isolation: a host where it does not help must not reload forever. */
const RELOADED = "planish.isolating";

/** A service worker that takes longer is not waited for. */
const READY_WITHIN_MS = 8_000;

/** How often a page that stays open asks for a new version. */
const ASK_AGAIN_MS = 60 * 60 * 1000;

export interface OfflineOptions {
  /** Whether the page has work, which a reload would interrupt. */
  busy: () => boolean;
  /** Resolves with the kind of the engine once it runs. */
  engine: () => Promise<EngineInfo["kind"]>;
  /** What this tab remembers; null where the browser forbids it. */
  session: KeptText | null;
}

export class Offline {
  readonly store = createStore<OfflineState>()(() => ({ ready: false, updateWaiting: false }));
  private workbox: Workbox | undefined;
  private readonly options: OfflineOptions;

  constructor(options: OfflineOptions) {
    this.options = options;
  }

  /**
   * Resolves when the page may start its engine: at once on most visits; on the first, when the page is looked
   * after; never, when it is about to be loaded again to become isolated.
   */
  async start(): Promise<void> {
    const { serviceWorker } = navigator as Partial<Navigator>;
    if (!serviceWorker || import.meta.env.DEV) return;
    const workbox = new Workbox("./service-worker.js", { scope: "./" });
    this.workbox = workbox;
    workbox.addEventListener("waiting", () => this.store.setState({ updateWaiting: true }));
    // Private windows and some policies forbid it. The page works as well, only not without a network.
    const registration = await workbox.register({ immediate: true }).catch(() => undefined);
    if (!registration) return;
    setInterval(() => void registration.update().catch(() => undefined), ASK_AGAIN_MS);
    void this.keepEverything(serviceWorker);
    if (!crossOriginIsolated) await this.isolate(serviceWorker);
  }

  /** Takes the new version: every tab of the page is loaded again, and comes back where it was. */
  async update(): Promise<"reloading" | "busy-elsewhere"> {
    const held = (await navigator.locks?.query())?.held ?? [];
    const mine = this.options.busy() ? 1 : 0;
    if (held.filter(({ name }) => name === BUSY_LOCK).length > mine) return "busy-elsewhere";
    this.workbox?.addEventListener("controlling", () => location.reload());
    this.workbox?.messageSkipWaiting();
    return "reloading";
  }

  private async isolate(serviceWorker: ServiceWorkerContainer): Promise<void> {
    const { session } = this.options;
    if (!session || session.getItem(RELOADED)) return;
    const ready = await within(READY_WITHIN_MS, serviceWorker.ready);
    // Whoever was quicker than the service worker keeps what has begun: the next visit is isolated.
    if (!ready || this.options.busy()) return;
    session.setItem(RELOADED, "yes");
    location.reload();
    await new Promise(() => undefined);
  }

  private async keepEverything(serviceWorker: ServiceWorkerContainer): Promise<void> {
    const engine = await this.options.engine();
    const { active } = await serviceWorker.ready;
    if (!active) return;
    const reply = await ask<Kept>(active, { type: "keep", engine });
    // Not being ready to go offline is no error of the page; the next visit tries again.
    this.store.setState({ ready: reply.ok });
  }
}

/** Held, shared, by every tab that has work. */
export const BUSY_LOCK = "planish-busy";

/** Sends a message and waits for the answer. */
export function ask<T>(
  worker: ServiceWorker,
  message: ToServiceWorker,
  transfer: Transferable[] = [],
): Promise<T> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", ({ data }) => {
      port1.close();
      resolve(data as T);
    });
    port1.start();
    worker.postMessage(message, [port2, ...transfer]);
  });
}

/** Sends a message and hears every answer. */
export function listen<T>(
  worker: ServiceWorker,
  message: ToServiceWorker,
  heard: (answer: T) => void,
  transfer: Transferable[] = [],
): void {
  const { port1, port2 } = new MessageChannel();
  port1.addEventListener("message", ({ data }) => heard(data as T));
  port1.start();
  worker.postMessage(message, [port2, ...transfer]);
}

/** What was promised, or undefined when it takes longer. */
export function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> {
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, milliseconds, undefined));
  return Promise.race([promise, late]);
}
