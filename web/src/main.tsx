import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import type { PageParts } from "./app/page";
import { storage } from "./app/storage";
import { createEngine } from "./engine/client";
import type { Engine } from "./engine/port";
import { createViewStore } from "./list/view-store";
import { createLookStore } from "./look/store";
import { Queue } from "./queue/queue";
import { createOverridesStore, withOverride } from "./settings/overrides";
import { createSettingsStore } from "./settings/store";
import "./theme/tokens.css";
import "./theme/base.css";
import { createThumbnails } from "./thumbnails/thumbnails";

let starting: Promise<Engine> | undefined;

/** One engine for the page. A start that failed (a lost connection, say) is tried again by the next who asks. */
function engine(): Promise<Engine> {
  starting ??= createEngine().catch((reason: unknown) => {
    starting = undefined;
    throw reason;
  });
  return starting;
}

const settings = createSettingsStore(storage);
const overrides = createOverridesStore();
const queue = new Queue({
  engine,
  settings: (id) => withOverride(settings.getState().settings, overrides.getState().byId.get(id)),
});
const page: PageParts = {
  queue,
  settings,
  overrides,
  view: createViewStore(queue.store),
  look: createLookStore(),
  thumbnails: createThumbnails(),
  engine,
};

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App page={page} />
  </StrictMode>,
);
