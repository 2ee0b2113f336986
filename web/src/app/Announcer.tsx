import { useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import type { Queue } from "../queue/queue";
import { ANNOUNCED } from "../ui/page-text";

/** Tells screen readers when a batch begins and ends; what lies between would only be noise. */
export function Announcer({ queue, notice }: { queue: Queue; notice: string }) {
  const { active, count, done, failed, bytesBefore, bytesAfter } = useStore(
    queue.store,
    ({ totals }) => totals,
  );
  const wasActive = useRef(0);
  const [message, setMessage] = useState("");
  useEffect(() => {
    if (wasActive.current === 0 && active > 0) setMessage(ANNOUNCED.begun(active));
    if (wasActive.current > 0 && active === 0 && count > 0) {
      setMessage(ANNOUNCED.ended(done, Math.max(0, bytesBefore - bytesAfter), failed));
    }
    wasActive.current = active;
  }, [active, count, done, failed, bytesBefore, bytesAfter]);
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {message} {notice}
    </div>
  );
}
