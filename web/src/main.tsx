import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import type { PageParts } from "./app/page";
import { storage } from "./app/storage";
import { allowCopy } from "./export/copy";
import { allowDragOut } from "./export/drag-out";
import { createViewStore } from "./list/view-store";
import { createLookStore } from "./look/store";
import { holdWhileBusy } from "./offline/busy";
import { start } from "./offline/start";
import { Queue } from "./queue/queue";
import { createKeeper } from "./session/client";
import { warnBeforeLoss } from "./session/leaving";
import { Session } from "./session/session";
import { createOverridesStore, withOverride } from "./settings/overrides";
import { createSettingsStore } from "./settings/store";
import "./theme/tokens.css";
import "./theme/base.css";
import { createThumbnails } from "./thumbnails/thumbnails";

const { engine, engineWhenIdle, offline } = start(() => queue.store.getState().order.length > 0);
const settings = createSettingsStore(storage);
const overrides = createOverridesStore();
const queue = new Queue({
  engine,
  settings: (id) => withOverride(settings.getState().settings, overrides.getState().byId.get(id)),
});
holdWhileBusy(queue.store);
const session = new Session(queue, overrides, createKeeper());
void session.start();
warnBeforeLoss(session);
allowDragOut();
const page: PageParts = {
  queue,
  settings,
  overrides,
  view: createViewStore(queue.store),
  look: createLookStore(),
  thumbnails: createThumbnails(engineWhenIdle),
  engine,
  engineWhenIdle,
  offline,
  session,
};

allowCopy(queue, page.view);

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App page={page} />
  </StrictMode>,
);
