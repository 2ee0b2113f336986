import { useStore } from "zustand";
import type { Queue } from "../queue/queue";
import { ImageRow } from "./ImageRow";
import styles from "./ImageRow.module.css";

export function ImageList({ queue }: { queue: Queue }) {
  const order = useStore(queue.store, (state) => state.order);
  return (
    <ul className={styles.list} aria-label="Images">
      {order.map((id) => (
        <ImageRow key={id} id={id} queue={queue} />
      ))}
    </ul>
  );
}
