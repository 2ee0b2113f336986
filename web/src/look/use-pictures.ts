import { useEffect, useState } from "react";
import { closePicture, decodePicture } from "./decoder";
import type { Picture } from "./draw";

export type Shown =
  | { state: "none" }
  | { state: "loading" }
  | { state: "ready"; picture: Picture }
  /** The browser does not know the format, or the file is broken. */
  | { state: "impossible" };

/**
 * A file, decoded. With `hold`, the picture of before stays until the next one is there: an image that is made
 * anew does not flicker.
 */
export function usePicture(file: Blob | null, hold: unknown): Shown {
  const [shown, setShown] = useState<Shown>({ state: "none" });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is held belongs to `hold`, and goes with it
  useEffect(() => () => setShown(released), [hold]);
  useEffect(() => {
    if (!file) return;
    const abort = new AbortController();
    setShown((now) => (now.state === "ready" ? now : { state: "loading" }));
    decodePicture(file, abort.signal).then(
      (picture) => {
        if (abort.signal.aborted) closePicture(picture);
        else setShown((now) => replaced(now, picture));
      },
      () => {
        if (!abort.signal.aborted) setShown((now) => replaced(now, null));
      },
    );
    return () => abort.abort();
  }, [file]);
  return shown;
}

function replaced(now: Shown, picture: Picture | null): Shown {
  released(now);
  return picture ? { state: "ready", picture } : { state: "impossible" };
}

function released(now: Shown): Shown {
  // Not in the same breath: the last frame may still be drawing it.
  if (now.state === "ready") setTimeout(closePicture, 1_000, now.picture);
  return { state: "none" };
}
