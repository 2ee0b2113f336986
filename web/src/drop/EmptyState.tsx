import { LockIcon } from "../ui/icons";
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
          <span className={styles.forMouse}>Drop images here</span>
          <span className={styles.forTouch}>Make images smaller</span>
        </h2>
        <p className={styles.lead}>
          JPEG, PNG, WebP, AVIF and GIF come out as small as they can be while they still look the same.
        </p>
        <div className={styles.pickers}>
          <Pickers primary onFiles={onFiles} />
        </div>
        <p className={`${styles.aside} ${styles.forMouse}`}>Whole folders work too, and so does pasting.</p>
      </div>
      <p className={styles.promise}>
        <LockIcon />
        Nothing leaves this computer: there is no upload, and no server that could receive one.
      </p>
    </section>
  );
}
