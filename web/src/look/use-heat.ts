import { useEffect, useState } from "react";
import type { Engine } from "../engine/port";
import type { SettingsLayer } from "../engine/types";
import type { Output } from "../queue/item";
import { LOOK } from "../ui/text";

/** Finer than most screens, and small enough to be drawn in one go. */
const LONGEST_EDGE = 2_048;

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
  output: Pick<Output, "blob" | "settingsKey"> | null,
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

  const optimized = output?.blob ?? null;
  const settings = output?.settingsKey ?? "{}";
  useEffect(() => {
    if (!wanted || !running?.info.looks || !optimized) return;
    const abort = new AbortController();
    running
      .compare(original, optimized, JSON.parse(settings) as SettingsLayer, LONGEST_EDGE, {
        signal: abort.signal,
      })
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
  }, [running, wanted, original, optimized, settings]);

  const mine = map !== null && map.of === optimized ? map : null;
  return {
    available: running?.info.looks === true,
    bitmap: mine?.bitmap ?? null,
    message: mine?.message ?? LOOK.heatWorking,
  };
}
