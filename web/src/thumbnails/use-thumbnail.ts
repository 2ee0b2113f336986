import { useEffect, useState } from "react";
import type { QueueItem } from "../queue/item";
import type { Thumbnail, Thumbnails } from "./loader";

/** An image's small picture, asked for as long as the component is mounted. */
export function useThumbnail(thumbnails: Thumbnails, { id, file }: QueueItem): Thumbnail | null | undefined {
  const [thumbnail, setThumbnail] = useState(() => thumbnails.peek(id));
  useEffect(() => thumbnails.watch(id, file, setThumbnail), [thumbnails, id, file]);
  return thumbnail;
}
