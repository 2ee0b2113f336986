import { useState } from "react";
import { useStore } from "zustand";
import { Button } from "../ui/Button";
import { OFFLINE } from "../ui/page-text";
import type { Offline } from "./offline";
import styles from "./offline.module.css";

/** Says quietly that the page works without a network, and that a newer one waits. */
export function OfflineStatus({ offline, busy }: { offline: Offline; busy: boolean }) {
  const { ready, updateWaiting } = useStore(offline.store);
  const [elsewhere, setElsewhere] = useState(false);
  if (updateWaiting) {
    return (
      <span className={styles.update} role="status" data-testid="update">
        {busy ? OFFLINE.updateLater : elsewhere ? OFFLINE.updateElsewhere : OFFLINE.update}
        <Button
          disabled={busy}
          onClick={() => void offline.update().then((outcome) => setElsewhere(outcome === "busy-elsewhere"))}
        >
          {OFFLINE.reload}
        </Button>
      </span>
    );
  }
  return ready ? <span data-testid="offline-ready">{OFFLINE.ready}</span> : null;
}
