import { useStore } from "zustand";
import { Button } from "../ui/Button";
import { SESSION } from "../ui/page-text";
import type { Session } from "./session";
import styles from "./session.module.css";

/** More names than this tell nothing more. */
const NAMED = 3;

/** What came back, what could not, and what would be lost now. */
export function SessionNotice({ session, onStartOver }: { session: Session; onStartOver: () => void }) {
  const { restored, lost, unkept } = useStore(session.store);
  return (
    <>
      {(restored !== null || lost.length > 0) && (
        <div className={styles.notice} role="status" data-testid="restored">
          <p>
            {restored !== null && SESSION.restored(restored)}
            {lost.length > 0 && lostWords(lost)}
          </p>
          {restored !== null && (
            <Button
              onClick={() => {
                session.dismiss();
                onStartOver();
              }}
            >
              {SESSION.startOver}
            </Button>
          )}
          <Button onClick={() => session.dismiss()}>
            {restored !== null ? SESSION.goOn : SESSION.allRight}
          </Button>
        </div>
      )}
      {unkept && (
        <p className={styles.notice} role="status" data-testid="unkept">
          {unkept.reason === "full" ? SESSION.full : SESSION.refused}
          {SESSION.unkept(unkept.count)}
        </p>
      )}
    </>
  );
}

function lostWords(lost: readonly string[]): string {
  const named = lost.slice(0, NAMED);
  return SESSION.lost(named, lost.length - named.length);
}
