import { useEffect, useRef, useState } from "react";
import type { Queue } from "../queue/queue";
import { remainingSeconds, type Sample, withSample } from "./remaining";

/** Seconds the batch still takes, looked at once a second while there is work. */
export function useRemaining(queue: Queue, active: boolean): number | null {
  const [seconds, setSeconds] = useState<number | null>(null);
  const samples = useRef<readonly Sample[]>([]);
  useEffect(() => {
    if (!active) return;
    const look = () => {
      const { progress } = queue.store.getState().totals;
      samples.current = withSample(samples.current, { at: performance.now(), progress });
      setSeconds(remainingSeconds(samples.current));
    };
    look();
    const timer = setInterval(look, 1_000);
    return () => {
      clearInterval(timer);
      samples.current = [];
      setSeconds(null);
    };
  }, [queue, active]);
  return seconds;
}
