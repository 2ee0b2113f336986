import { useCallback, useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import { Diagnostics } from "../diagnostics/Diagnostics";
import dropStyles from "../drop/drop.module.css";
import { EmptyState } from "../drop/EmptyState";
import type { Incoming } from "../drop/incoming";
import { receiveFromSystem } from "../drop/launch";
import { Pickers } from "../drop/Pickers";
import { useWindowDrop } from "../drop/use-window-drop";
import { ImageList } from "../list/ImageList";
import { ListTools } from "../list/ListTools";
import { Summary } from "../list/Summary";
import { Viewer } from "../look/Viewer";
import { OfflineStatus } from "../offline/OfflineStatus";
import { SessionNotice } from "../session/SessionNotice";
import { HeavyNotice } from "../settings/HeavyNotice";
import { SettingsPanel } from "../settings/SettingsPanel";
import { DROP, PAGE } from "../ui/page-text";
import { Announcer } from "./Announcer";
import styles from "./app.module.css";
import { EngineStatus } from "./EngineStatus";
import { Header } from "./Header";
import type { PageParts } from "./page";

/** With fewer there is nothing to sort or to find. */
const TOOLS_FROM = 2;

export function App({ page }: { page: PageParts }) {
  const { queue, settings, engineWhenIdle, offline } = page;
  const head = useRef<HTMLDivElement>(null);
  const tools = useStore(queue.store, ({ order }) => order.length >= TOOLS_FROM);
  const empty = useStore(queue.store, ({ order }) => order.length === 0);
  const busy = useStore(queue.store, ({ totals }) => totals.active > 0);
  const [notice, setNotice] = useState("");
  const receive = useCallback(
    (incoming: Incoming) => {
      queue.add(incoming.files);
      setNotice(noticeOf(incoming));
    },
    [queue],
  );
  const hovering = useWindowDrop(receive);
  useEffect(() => receiveFromSystem(receive), [receive]);

  return (
    <div className={styles.app}>
      <Header>{!empty && <Pickers primary={false} onFiles={receive} />}</Header>
      <main className={styles.layout}>
        <div className={styles.stage}>
          <SessionNotice session={page.session} onStartOver={() => queue.clear()} />
          {notice && <p className={styles.notice}>{notice}</p>}
          {empty ? (
            <EmptyState onFiles={receive} />
          ) : (
            <>
              <HeavyNotice page={page} />
              <div ref={head} className={styles.head}>
                <Summary page={page} />
                {tools && <ListTools page={page} />}
              </div>
              <ImageList page={page} head={head} />
            </>
          )}
        </div>
        <div className={styles.aside}>
          <SettingsPanel store={settings} />
        </div>
      </main>
      <footer className={styles.footer}>
        <EngineStatus engine={engineWhenIdle} />
        <OfflineStatus offline={offline} busy={busy} />
        {!empty && <span>{PAGE.private}</span>}
        <Diagnostics page={page} />
      </footer>
      {hovering && (
        <div className={dropStyles.veil} aria-hidden="true">
          {PAGE.letGo}
        </div>
      )}
      <Viewer page={page} />
      <Announcer queue={queue} notice={notice} />
    </div>
  );
}

function noticeOf({ files, leftOut, unreadable }: Incoming): string {
  const parts: string[] = [];
  if (leftOut > 0) parts.push(DROP.leftOut(leftOut));
  if (unreadable.length > 0) parts.push(DROP.unreadable(unreadable));
  if (files.length === 0 && parts.length === 0) parts.push(DROP.nothing);
  return parts.join(" ");
}
