import { useCallback, useState } from "react";
import { useStore } from "zustand";
import dropStyles from "../drop/drop.module.css";
import { EmptyState } from "../drop/EmptyState";
import type { Incoming } from "../drop/incoming";
import { Pickers } from "../drop/Pickers";
import { useWindowDrop } from "../drop/use-window-drop";
import type { Engine } from "../engine/port";
import { ImageList } from "../list/ImageList";
import { Summary } from "../list/Summary";
import type { Queue } from "../queue/queue";
import { SettingsPanel } from "../settings/SettingsPanel";
import type { SettingsStore } from "../settings/store";
import { plural } from "../ui/format";
import { Announcer } from "./Announcer";
import styles from "./app.module.css";
import { EngineStatus } from "./EngineStatus";
import { Header } from "./Header";

export interface AppProps {
  queue: Queue;
  settings: SettingsStore;
  engine: () => Promise<Engine>;
}

export function App({ queue, settings, engine }: AppProps) {
  const empty = useStore(queue.store, ({ order }) => order.length === 0);
  const [notice, setNotice] = useState("");
  const receive = useCallback(
    (incoming: Incoming) => {
      queue.add(incoming.files);
      setNotice(noticeOf(incoming));
    },
    [queue],
  );
  const hovering = useWindowDrop(receive);

  return (
    <div className={styles.app}>
      <Header>{!empty && <Pickers primary={false} onFiles={receive} />}</Header>
      <main className={styles.layout}>
        <div className={styles.stage}>
          {notice && <p className={styles.notice}>{notice}</p>}
          {empty ? (
            <EmptyState onFiles={receive} />
          ) : (
            <>
              <Summary queue={queue} settings={settings} />
              <ImageList queue={queue} />
            </>
          )}
        </div>
        <div className={styles.aside}>
          <SettingsPanel store={settings} />
        </div>
      </main>
      <footer className={styles.footer}>
        <EngineStatus engine={engine} />
        {!empty && <span>Nothing leaves this computer.</span>}
      </footer>
      {hovering && (
        <div className={dropStyles.veil} aria-hidden="true">
          Let go to add them
        </div>
      )}
      <Announcer queue={queue} notice={notice} />
    </div>
  );
}

function noticeOf({ files, leftOut, unreadable }: Incoming): string {
  const parts: string[] = [];
  if (leftOut > 0)
    parts.push(`${plural(leftOut, "file")} left out that ${leftOut === 1 ? "is" : "are"} no image.`);
  if (unreadable.length > 0) parts.push(`Could not be opened: ${unreadable.join(", ")}.`);
  if (files.length === 0 && parts.length === 0) parts.push("There was no file in that.");
  return parts.join(" ");
}
