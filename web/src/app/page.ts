import type { Engine } from "../engine/port";
import type { ViewStore } from "../list/view-store";
import type { LookStore } from "../look/store";
import type { Offline } from "../offline/offline";
import type { Queue } from "../queue/queue";
import type { Session } from "../session/session";
import type { OverridesStore } from "../settings/overrides";
import type { SettingsStore } from "../settings/store";
import type { Thumbnails } from "../thumbnails/loader";

/** What the page is made of, handed down to its parts. */
export interface PageParts {
  queue: Queue;
  settings: SettingsStore;
  overrides: OverridesStore;
  view: ViewStore;
  look: LookStore;
  thumbnails: Thumbnails;
  /** The engine, now. */
  engine: () => Promise<Engine>;
  /** The engine when the page has nothing better to do: for those who only want to know that it runs. */
  engineWhenIdle: () => Promise<Engine>;
  offline: Offline;
  session: Session;
}
