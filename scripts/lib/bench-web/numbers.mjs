// Means and figures.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The geometric mean: that of ratios. */
export function mean(ratios) {
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
}

export function rounded(value, digits = 3) {
  return Number(value.toFixed(digits));
}

/** The value of y at x on the line between the nearest points around it; null outside of them. */
export function between(points, x) {
  const sorted = [...points].sort((a, b) => a.x - b.x);
  for (let index = 1; index < sorted.length; index += 1) {
    const [low, high] = [sorted[index - 1], sorted[index]];
    if (low.x <= x && x <= high.x && high.x > low.x) {
      return low.y + ((high.y - low.y) * (x - low.x)) / (high.x - low.x);
    }
  }
  return null;
}
