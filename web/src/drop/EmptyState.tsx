import { LockIcon } from "../ui/icons";
import { DROP } from "../ui/page-text";
import styles from "./drop.module.css";
import type { Incoming } from "./incoming";
import { Pickers } from "./Pickers";
import { Plate } from "./Plate";

/** What one sees first. */
export function EmptyState({ onFiles }: { onFiles: (incoming: Incoming) => void }) {
  return (
    <section className={styles.empty} aria-labelledby="empty-title">
      <Plate />
      <div className={styles.invitation}>
        <h2 id="empty-title">
          <span className={styles.forMouse}>{DROP.title}</span>
          <span className={styles.forTouch}>{DROP.titleForTouch}</span>
        </h2>
        <p className={styles.lead}>{DROP.lead}</p>
        <div className={styles.pickers}>
          <Pickers primary onFiles={onFiles} />
        </div>
        <p className={`${styles.aside} ${styles.forMouse}`}>{DROP.hint}</p>
      </div>
      <p className={styles.promise}>
        <LockIcon />
        {DROP.promise}
      </p>
    </section>
  );
}
