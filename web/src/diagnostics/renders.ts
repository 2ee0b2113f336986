/** How often which part of the page was rendered: what shows at once when something renders too much. */
import { useEffect } from "react";

const counts = new Map<string, number>();

/** After the commit rather than while rendering: a render that is thrown away is not counted. */
export function useCountedRenders(part: string): void {
  useEffect(() => {
    counts.set(part, (counts.get(part) ?? 0) + 1);
  });
}

export function renderCounts(): readonly (readonly [part: string, count: number])[] {
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}
