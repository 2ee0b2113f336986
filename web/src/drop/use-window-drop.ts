import { useEffect, useState } from "react";
import { fromDataTransfer, type Incoming } from "./incoming";

/** The whole window takes files, dropped or pasted. Returns whether files hover over it. */
export function useWindowDrop(onFiles: (incoming: Incoming) => void): boolean {
  const [hovering, setHovering] = useState(false);

  useEffect(() => {
    // Entering a child comes before leaving its parent: only the balance says whether the pointer is inside.
    let depth = 0;
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const set = (next: number) => {
      depth = Math.max(0, next);
      setHovering(depth > 0);
    };
    const receive = (data: DataTransfer) => void fromDataTransfer(data).then(onFiles);

    const listeners = {
      dragenter: (event: DragEvent) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        set(depth + 1);
      },
      dragover: (event: DragEvent) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
      },
      dragleave: (event: DragEvent) => {
        if (hasFiles(event)) set(depth - 1);
      },
      drop: (event: DragEvent) => {
        if (!event.dataTransfer || !hasFiles(event)) return;
        event.preventDefault();
        set(0);
        receive(event.dataTransfer);
      },
      paste: (event: ClipboardEvent) => {
        if (event.clipboardData && event.clipboardData.files.length > 0) receive(event.clipboardData);
      },
    };
    const removal = new AbortController();
    for (const [name, listener] of Object.entries(listeners)) {
      window.addEventListener(name, listener as EventListener, { signal: removal.signal });
    }
    return () => removal.abort();
  }, [onFiles]);

  return hovering;
}
