/** What is stored when, decided apart from the service worker that does it. */
import type { EngineInfo } from "../engine/port";

export interface BuiltFile {
  url: string;
  revision: string | null;
}

export interface Plan {
  /** Stored before the service worker is ready: small, so that it soon is. */
  shell: BuiltFile[];
  /** Stored when the page has started: the engine and the codecs. */
  later: string[];
}

/** The two builds of the engine, of which a browser needs one. See `assetFileNames` in `vite.config.ts`. */
const ENGINE = /(?:^|\/)engine-(threads|single)-[^/]*\.wasm$/;

export function planOf(files: readonly BuiltFile[]): Plan {
  return {
    shell: files.filter(({ url }) => !url.endsWith(".wasm")),
    later: files.filter(({ url }) => url.endsWith(".wasm")).map(({ url }) => url),
  };
}

/** All that is needed without a network by a page with this kind of engine. */
export function neededBy(engine: EngineInfo["kind"], later: readonly string[]): string[] {
  return later.filter((url) => {
    const kind = ENGINE.exec(url)?.[1];
    return kind === undefined || kind === engine;
  });
}
