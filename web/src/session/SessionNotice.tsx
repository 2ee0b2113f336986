import { useStore } from "zustand";
import { Button } from "../ui/Button";
import { plural } from "../ui/format";
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
            {restored !== null && `${plural(restored, "image is", "images are")} back as you left them. `}
            {lost.length > 0 && lostWords(lost)}
          </p>
          {restored !== null && (
            <Button
              onClick={() => {
                session.dismiss();
                onStartOver();
              }}
            >
              Start over
            </Button>
          )}
          <Button onClick={() => session.dismiss()}>{restored !== null ? "Go on" : "All right"}</Button>
        </div>
      )}
      {unkept && (
        <p className={styles.notice} role="status" data-testid="unkept">
          {unkept.reason === "full"
            ? "The storage this browser gives is nearly full. "
            : "The browser's storage does not take them. "}
          {plural(unkept.count, "image is", "images are")} in this tab only: save{" "}
          {unkept.count === 1 ? "it" : "them"} before you close it.
        </p>
      )}
    </>
  );
}

function lostWords(lost: readonly string[]): string {
  const named = lost.slice(0, NAMED).join(", ");
  const more = lost.length > NAMED ? ` and ${lost.length - NAMED} more` : "";
  return `The tab was closed before these were stored, please add them again: ${named}${more}.`;
}
