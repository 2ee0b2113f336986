/** How long a batch still takes, from how it went in the last while. */
export interface Sample {
  /** Milliseconds. */
  at: number;
  /** 0 to 1 over the whole batch. */
  progress: number;
}

/** Long enough to even out large and small images, short enough to notice a change. */
const WINDOW_MS = 45_000;

/** Before that, an estimate would only be a guess. */
const SETTLE_MS = 3_000;

/** Adds a sample. Progress that goes back (images were added, or made again) begins anew. */
export function withSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = samples.at(-1);
  if (last && sample.progress < last.progress) return [sample];
  return [...samples.filter(({ at }) => sample.at - at <= WINDOW_MS), sample];
}

/** Seconds; null while nothing can be said. */
export function remainingSeconds(samples: readonly Sample[]): number | null {
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last || last.at - first.at < SETTLE_MS) return null;
  const done = last.progress - first.progress;
  if (done <= 0) return null;
  return ((1 - last.progress) * (last.at - first.at)) / done / 1_000;
}
