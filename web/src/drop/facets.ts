/**
 * The facets a hammer leaves: every blow flattens what is nearer to it than to any other blow, so the pattern
 * is a Voronoi diagram of slightly scattered points.
 */
type Point = readonly [x: number, y: number];

/** A fixed pseudo-random number in 0..1: the same plate on every visit. */
function scatter(n: number): number {
  const x = Math.sin(n * 127.1 + 11.7) * 43758.5453;
  return x - Math.floor(x) - 0.5;
}

/** The middle of the blow in this cell of a grid whose odd rows are shifted by half. */
function blow(column: number, row: number): Point {
  const seed = row * 613 + column;
  return [column + (row % 2) / 2 + scatter(seed) * 0.72, (row + scatter(seed + 9_001) * 0.72) * 0.87];
}

/** Cuts away what is nearer to `other` than to `own`. */
function cut(polygon: readonly Point[], own: Point, other: Point): Point[] {
  const dx = other[0] - own[0];
  const dy = other[1] - own[1];
  const middle = (dx * (own[0] + other[0]) + dy * (own[1] + other[1])) / 2;
  const outside = ([x, y]: Point) => dx * x + dy * y - middle;
  const kept: Point[] = [];
  polygon.forEach((from, index) => {
    const to = polygon[(index + 1) % polygon.length] ?? from;
    const a = outside(from);
    const b = outside(to);
    if (a <= 0) kept.push(from);
    if (a < 0 !== b < 0) {
      const part = a / (a - b);
      kept.push([from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part]);
    }
  });
  return kept;
}

/** Two rings of neighbours: none further away can touch a cell that is scattered by less than half a step. */
const REACH = 2;

/** SVG paths of all facets, `scale` units wide each. */
export function facets(columns: number, rows: number, scale: number): string[] {
  const paths: string[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const own = blow(column, row);
      const [x, y] = own;
      let cell: Point[] = [
        [x - 2, y - 2],
        [x + 2, y - 2],
        [x + 2, y + 2],
        [x - 2, y + 2],
      ];
      for (let dr = -REACH; dr <= REACH; dr++) {
        for (let dc = -REACH; dc <= REACH; dc++) {
          if (dr !== 0 || dc !== 0) cell = cut(cell, own, blow(column + dc, row + dr));
        }
      }
      paths.push(
        `M${cell.map(([px, py]) => `${Math.round(px * scale)} ${Math.round(py * scale)}`).join("L")}Z`,
      );
    }
  }
  return paths;
}
