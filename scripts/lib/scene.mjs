// A picture that codecs treat like a photo: sky over textured ground, a sharp horizon, grain. The same on every machine.

export const WIDTH = 480;
export const HEIGHT = 320;

/** A repeatable number from 0 to 1 for a place on a grid: rounds of multiply and shift. */
function random(x, y, seed) {
  let hash = Math.imul(x, 0x9e3779b1) ^ Math.imul(y, 0x85ebca77) ^ Math.imul(seed, 0xc2b2ae3d);
  for (const factor of [0x2c1b3c6d, 0x297a2d39]) hash = Math.imul(hash ^ (hash >>> 15), factor);
  return ((hash ^ (hash >>> 15)) >>> 8) / 2 ** 24;
}

/** Random values on a grid of whole numbers, blended between them. */
function smooth(x, y, seed) {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const ease = (t) => t * t * (3 - 2 * t);
  const [across, down] = [ease(x - left), ease(y - top)];
  const row = (y) => random(left, y, seed) * (1 - across) + random(left + 1, y, seed) * across;
  return row(top) * (1 - down) + row(top + 1) * down;
}

/** Noise of many sizes; finer ones are weaker, as in nature. About 0 to 1. */
function fractal(x, y, octaves, seed) {
  let [sum, weight, total, scale] = [0, 1, 0, 1];
  for (let octave = 0; octave < octaves; octave++) {
    sum += weight * smooth(x * scale, y * scale, seed * 31 + octave);
    total += weight;
    weight *= 0.62;
    scale *= 2;
  }
  return sum / total;
}

/** Red, green, blue, 8 bits each, rows from the top. */
export function photo() {
  const pixels = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const [u, v] = [(x / WIDTH) * 5, (y / HEIGHT) * 3.3];
      const horizon = 1.1 + 1.1 * (fractal(u * 0.8, 3, 6, 1) - 0.4);
      const cloud = Math.max(0, fractal(u * 0.7, v * 1.4, 6, 2) - 0.45) * 3;
      const light = 0.55 + 0.9 * fractal(u * 0.6, v * 0.6, 2, 3);
      const texture = fractal(u * 2, v * 5, 7, 4) - 0.5;
      const sky = [96 + 120 * cloud, 142 + 90 * cloud, 200 + 46 * cloud];
      const ground = [104 + 190 * texture, 112 + 160 * texture, 62 + 90 * texture].map(
        (level) => level * light,
      );
      const grain = (random(x, y, 5) - 0.5) * 8;
      const color = v < horizon ? sky : ground;
      for (let channel = 0; channel < 3; channel++) {
        pixels[(y * WIDTH + x) * 3 + channel] = Math.min(255, Math.max(0, color[channel] + grain));
      }
    }
  }
  return pixels;
}
