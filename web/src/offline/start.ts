import { tabStorage } from "../app/storage";
import { createEngine } from "../engine/client";
import type { Engine, EngineInfo } from "../engine/port";
import { painted } from "./idle";
import { Offline } from "./offline";

export interface Started {
  /** The engine, now. One for the page; a start that failed (a lost connection, say) is tried again. */
  engine: () => Promise<Engine>;
  /**
   * The engine for those who only want to know that it runs: its megabytes are not fetched before the page is
   * painted, nor before it is certain that the page stays. A dropped image starts it at once.
   */
  engineWhenIdle: () => Promise<Engine>;
  offline: Offline;
}

/** @param hasImages Whether there is anything that a reload would interrupt. */
export function start(hasImages: () => boolean): Started {
  const kind = Promise.withResolvers<EngineInfo["kind"]>();
  const firstUse = Promise.withResolvers<void>();
  const offline = new Offline({ busy: hasImages, engine: () => kind.promise, session: tabStorage });

  let starting: Promise<Engine> | undefined;
  const engine = () => {
    firstUse.resolve();
    starting ??= createEngine().then(
      (running) => {
        kind.resolve(running.info.kind);
        return running;
      },
      (reason: unknown) => {
        starting = undefined;
        throw reason;
      },
    );
    return starting;
  };

  let prepared: Promise<Engine> | undefined;
  const engineWhenIdle = () => {
    prepared ??= painted()
      .then(() => Promise.race([offline.start(), firstUse.promise]))
      .then(engine);
    return prepared;
  };
  return { engine, engineWhenIdle, offline };
}
