/**
 * Paths for an archive: the folders kept, every name unique. Names that differ only in case count as equal,
 * because they are on the disks of most people who will unpack it.
 */
export function uniquePaths(paths: readonly string[]): string[] {
  const taken = new Set<string>();
  return paths.map((path) => {
    let candidate = path;
    for (let copy = 2; taken.has(candidate.toLowerCase()); copy++) candidate = numbered(path, copy);
    taken.add(candidate.toLowerCase());
    return candidate;
  });
}

/** `a/b.jpg` → `a/b (2).jpg` */
function numbered(path: string, copy: number): string {
  const dot = path.lastIndexOf(".");
  if (dot <= path.lastIndexOf("/") + 1) return `${path} (${copy})`;
  return `${path.slice(0, dot)} (${copy})${path.slice(dot)}`;
}
