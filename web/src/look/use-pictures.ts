import { useEffect, useState } from "react";
import type { Engine } from "../engine/port";
import { closePicture, decodePicture } from "./decoder";
import type { Picture } from "./draw";

/** Of what the engine decodes for the browser: pixel for pixel for most images. */
const PREVIEW_EDGE = 8_192;

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
export function usePicture(file: Blob | null, hold: unknown, engine: () => Promise<Engine>): Shown {
  const [shown, setShown] = useState<Shown>({ state: "none" });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is held belongs to `hold`, and goes with it
  useEffect(() => () => setShown(released), [hold]);
  useEffect(() => {
    if (!file) return;
    const abort = new AbortController();
    setShown((now) => (now.state === "ready" ? now : { state: "loading" }));
    decodeAnything(file, engine, abort.signal).then(
      (picture) => {
        if (abort.signal.aborted) closePicture(picture);
        else setShown((now) => replaced(now, picture));
      },
      () => {
        if (!abort.signal.aborted) setShown((now) => replaced(now, null));
      },
    );
    return () => abort.abort();
  }, [file, engine]);
  return shown;
}

/** By the browser where it can: that is quickest. The engine reads the rest, only smaller. */
async function decodeAnything(
  file: Blob,
  engine: () => Promise<Engine>,
  signal: AbortSignal,
): Promise<Picture | null> {
  const picture = await decodePicture(file, signal);
  if (picture || signal.aborted) return picture;
  const running = await engine();
  if (!running.info.looks) return null;
  const { rgba, width, height, fullWidth, fullHeight } = await running.preview(file, PREVIEW_EDGE, {
    signal,
  });
  const full = await createImageBitmap(new ImageData(rgba, width, height));
  return { full, preview: null, width: fullWidth, height: fullHeight };
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
