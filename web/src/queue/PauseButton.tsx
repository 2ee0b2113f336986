import { useStore } from "zustand";
import { Button } from "../ui/Button";
import { SUMMARY } from "../ui/page-text";
import type { Queue } from "./queue";

/** What is in work is finished either way. */
export function PauseButton({ queue }: { queue: Queue }) {
  const paused = useStore(queue.store, (state) => state.paused);
  return (
    <Button onClick={() => (paused ? queue.resume() : queue.pause())}>
      {paused ? SUMMARY.resume : SUMMARY.pause}
    </Button>
  );
}
