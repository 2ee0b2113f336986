import { useEffect, useState } from "react";
import type { QueueItem } from "../queue/item";
import type { Thumbnail, Thumbnails } from "./loader";

/** What is in sight for less flies past: nobody sees its picture, and making it would slow the scrolling. */
const STAY_MS = 160;

/** An image's small picture, asked for as long as the component is mounted. */
export function useThumbnail(thumbnails: Thumbnails, { id, file }: QueueItem): Thumbnail | null | undefined {
  const [thumbnail, setThumbnail] = useState(() => thumbnails.peek(id));
  useEffect(() => {
    let stop: (() => void) | undefined;
    const watch = () => {
      stop = thumbnails.watch(id, file, setThumbnail);
    };
    const known = thumbnails.peek(id) !== undefined;
    const timer = known ? undefined : setTimeout(watch, STAY_MS);
    if (known) watch();
    return () => {
      clearTimeout(timer);
      stop?.();
    };
  }, [thumbnails, id, file]);
  return thumbnail;
}
