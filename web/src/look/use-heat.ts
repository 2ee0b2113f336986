import { useEffect, useState } from "react";
import type { Engine } from "../engine/port";
import { LOOK } from "../ui/text";

export interface Heat {
  /** Whether this engine can say where two images differ. */
  available: boolean;
  bitmap: ImageBitmap | null;
  message: string;
}

/** Where the two files differ, asked of the engine only while it is shown. */
export function useHeat(
  engine: () => Promise<Engine>,
  wanted: boolean,
  original: Blob,
  optimized: Blob | null,
): Heat {
  const [running, setRunning] = useState<Engine | null>(null);
  const [map, setMap] = useState<{ of: Blob; bitmap: ImageBitmap | null; message: string } | null>(null);
  useEffect(() => {
    let current = true;
    engine().then(
      (started) => current && setRunning(started),
      // The page says so in its own place.
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [engine]);

  useEffect(() => {
    const compare = running?.compare?.bind(running);
    if (!wanted || !compare || !optimized) return;
    const abort = new AbortController();
    compare(original, optimized, { signal: abort.signal })
      .then(async ({ width, height, rgba }) => {
        const bitmap = await createImageBitmap(new ImageData(rgba, width, height));
        if (abort.signal.aborted) bitmap.close();
        else setMap({ of: optimized, bitmap, message: LOOK.heatHint });
      })
      .catch((thrown: unknown) => {
        const message = thrown instanceof Error ? thrown.message : String(thrown);
        if (!abort.signal.aborted) setMap({ of: optimized, bitmap: null, message });
      });
    return () => abort.abort();
  }, [running, wanted, original, optimized]);

  const mine = map !== null && map.of === optimized ? map : null;
  return {
    available: running?.compare !== undefined,
    bitmap: mine?.bitmap ?? null,
    message: mine?.message ?? LOOK.heatWorking,
  };
}
