/** Decimal units, as shops, disks and `--max-size` count them. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${Math.round(bytes)} B`;
  if (bytes < 999_500) return `${significant(bytes / 1_000)} kB`;
  if (bytes < 999_500_000) return `${significant(bytes / 1_000_000)} MB`;
  return `${significant(bytes / 1_000_000_000)} GB`;
}

/** Three digits say enough, and keep columns narrow. */
function significant(value: number): string {
  const decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return value.toFixed(decimals);
}

/** `−63 %`; a larger file (a conversion can be one) says `+4 %`. */
export function formatSaving(before: number, after: number): string {
  if (before === 0 || before === after) return "0 %";
  const percent = (after / before - 1) * 100;
  const rounded = Math.abs(percent) < 9.95 ? Math.abs(percent).toFixed(1) : Math.abs(percent).toFixed(0);
  return `${percent < 0 ? "−" : "+"}${rounded} %`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
