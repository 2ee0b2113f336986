/** Pictures made of numbers: photo-like, seeded, the same on every machine. */
export interface Pixels {
  width: number;
  height: number;
  /** RGB or RGBA, 8 bits. */
  data: Buffer;
  channels: 3 | 4;
}

/** mulberry32 */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One octave of smooth noise: a grid of random values, interpolated. */
function octave(width: number, height: number, cell: number, next: () => number): Float32Array {
  const columns = Math.ceil(width / cell) + 2;
  const rows = Math.ceil(height / cell) + 2;
  const grid = Float32Array.from({ length: columns * rows }, () => next() - 0.5);
  const smooth = (t: number) => t * t * (3 - 2 * t);
  const out = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const gy = Math.floor(y / cell);
    const fy = smooth(y / cell - gy);
    for (let x = 0; x < width; x++) {
      const gx = Math.floor(x / cell);
      const fx = smooth(x / cell - gx);
      const at = gy * columns + gx;
      const top = (grid[at] ?? 0) * (1 - fx) + (grid[at + 1] ?? 0) * fx;
      const bottom = (grid[at + columns] ?? 0) * (1 - fx) + (grid[at + columns + 1] ?? 0) * fx;
      out[y * width + x] = top * (1 - fy) + bottom * fy;
    }
  }
  return out;
}

/** A sky with clouds over hills, a sun, a few hard-edged things, and the noise of a sensor. */
export function photo(width: number, height: number, seed: number): Pixels {
  const next = random(seed);
  const clouds = octave(width, height, Math.ceil(width / 5), next);
  const hills = octave(width, height, Math.ceil(width / 9), next);
  const leaves = octave(width, height, 17, next);
  const grain = octave(width, height, 5, next);
  const horizon = height * (0.45 + next() * 0.2);
  const sun = { x: width * next(), y: horizon * next(), r: height * 0.07 };
  const hue = next();
  const poles = Array.from({ length: 6 }, () => ({
    x: next() * width,
    w: 3 + next() * width * 0.02,
    top: next() * height,
  }));
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const edge = horizon + (hills[(i % width) + Math.floor(horizon) * width] ?? 0) * height * 0.25;
      let r: number;
      let g: number;
      let b: number;
      if (y < edge) {
        const t = y / edge;
        const cloud = (clouds[i] ?? 0) * 90 + (hills[i] ?? 0) * 40;
        r = 90 + 110 * t + cloud + 40 * hue;
        g = 130 + 80 * t + cloud;
        b = 215 - 30 * t + cloud * 0.6 - 60 * hue;
        const d = Math.hypot(x - sun.x, y - sun.y) / sun.r;
        if (d < 3) {
          const glow = Math.max(0, 1 - d / 3) * 120 + (d < 1 ? 80 : 0);
          r += glow;
          g += glow * 0.9;
          b += glow * 0.5;
        }
      } else {
        const texture = (leaves[i] ?? 0) * 80 + (grain[i] ?? 0) * 50 + (hills[i] ?? 0) * 60;
        const far = 1 - (y - edge) / (height - edge + 1);
        r = 70 + 40 * hue + texture + 50 * far;
        g = 95 + texture * 1.1 + 40 * far;
        b = 45 + 60 * (1 - hue) + texture * 0.7 + 60 * far;
      }
      for (const pole of poles) {
        if (x > pole.x && x < pole.x + pole.w && y > pole.top) {
          const shade = (x - pole.x) / pole.w;
          r = 60 + 90 * shade;
          g = 45 + 70 * shade;
          b = 40 + 50 * shade;
        }
      }
      const noise = (next() - 0.5) * 7;
      data[i * 3] = clamp(r + noise);
      data[i * 3 + 1] = clamp(g + noise);
      data[i * 3 + 2] = clamp(b + noise);
    }
  }
  return { width, height, data, channels: 3 };
}

/** Flat colours, hard edges, a soft shadow: what a logo or a screenshot is made of. With an alpha channel. */
export function graphic(width: number, height: number, seed: number): Pixels {
  const next = random(seed);
  const data = Buffer.alloc(width * height * 4);
  const discs = Array.from({ length: 7 }, () => ({
    x: next() * width,
    y: next() * height,
    r: (0.05 + next() * 0.2) * height,
    color: [next() * 255, next() * 255, next() * 255] as const,
  }));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 4;
      for (const { x: cx, y: cy, r, color } of discs) {
        const d = Math.hypot(x - cx, y - cy);
        if (d < r) {
          data.set([...color.map(Math.round), 255], at);
        } else if (d < r * 1.15 && data[at + 3] !== 255) {
          data[at + 3] = Math.max(data[at + 3] ?? 0, clamp(160 * (1 - (d - r) / (r * 0.15))));
        }
      }
      if (x % 40 < 2 && y % 40 < 26) data.set([20, 20, 30, 255], at);
    }
  }
  return { width, height, data, channels: 4 };
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}
