//! Pictures made up here, for where there is no folder of real ones. They are the same on every machine.

/// 8-bit pixels, three or four samples each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scene {
    /// File name without extension.
    pub(crate) name: &'static str,
    /// Width in pixels.
    pub(crate) width: u32,
    /// Height in pixels.
    pub(crate) height: u32,
    /// 3 (RGB) or 4 (RGBA).
    pub(crate) channels: usize,
    /// Rows from the top.
    pub(crate) pixels: Vec<u8>,
}

/// Four like photos, from clean to very grainy.
pub(crate) fn photos(width: u32, height: u32) -> Vec<Scene> {
    [("hills", 5, 2.0), ("meadow", 7, 6.0), ("forest", 8, 12.0), ("night", 6, 24.0)]
        .into_iter()
        .enumerate()
        .map(|(seed, (name, octaves, grain))| photo(name, width, height, seed as u32 + 1, octaves, grain))
        .collect()
}

/// Three graphics: flat shapes, a window full of text, a soft badge on transparency.
pub(crate) fn graphics(width: u32, height: u32) -> Vec<Scene> {
    vec![shapes(width, height), window(width, height), badge(width / 2, height / 2)]
}

/// A repeatable number from 0 to 1 for a place on a grid.
fn random(x: u32, y: u32, seed: u32) -> f32 {
    // Rounds of multiply and shift until neighbouring places have nothing in common.
    let mut hash = x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77) ^ seed.wrapping_mul(0xc2b2_ae3d);
    for _ in 0..2 {
        hash = (hash ^ (hash >> 15)).wrapping_mul(0x2c1b_3c6d);
        hash = (hash ^ (hash >> 12)).wrapping_mul(0x297a_2d39);
    }
    ((hash ^ (hash >> 15)) >> 8) as f32 / (1 << 24) as f32
}

/// Smooth noise: random values on a grid of whole numbers, blended between them.
fn smooth(x: f32, y: f32, seed: u32) -> f32 {
    let (left, top) = (x.floor(), y.floor());
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (across, down) = (ease(x - left), ease(y - top));
    let at = |dx: u32, dy: u32| random(left as u32 + dx, top as u32 + dy, seed);
    let upper = at(0, 0) + (at(1, 0) - at(0, 0)) * across;
    let lower = at(0, 1) + (at(1, 1) - at(0, 1)) * across;
    upper + (lower - upper) * down
}

/// Noise of many sizes on top of each other: finer ones are weaker, as in nature.
fn fractal(x: f32, y: f32, octaves: u32, seed: u32) -> f32 {
    let (mut sum, mut weight, mut total) = (0.0, 1.0, 0.0);
    let mut scale = 1.0;
    for octave in 0..octaves {
        sum += weight * smooth(x * scale, y * scale, seed * 31 + octave);
        total += weight;
        weight *= 0.58;
        scale *= 2.0;
    }
    sum / total
}

/// Sky over textured ground with a sharp horizon, coloured light, and grain of a strength in levels of 255.
fn photo(name: &'static str, width: u32, height: u32, seed: u32, octaves: u32, grain: f32) -> Scene {
    let mut pixels = Vec::with_capacity((width * height * 3) as usize);
    let unit = 4.0 / width as f32;
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (x as f32 * unit, y as f32 * unit);
            let horizon = 0.8 + 0.9 * fractal(u, seed as f32, 5, seed + 100);
            let texture = fractal(u + 3.0, v * 2.0, octaves, seed);
            let light = fractal(u * 0.5, v * 0.5, 2, seed + 200);
            let color = if v < horizon {
                let cloud = (fractal(u, v * 1.6, 4, seed + 300) - 0.45).max(0.0) * 1.6;
                [110.0 + 130.0 * cloud, 150.0 + 95.0 * cloud, 205.0 + 40.0 * cloud]
            } else {
                let shade = (texture - 0.2) * 1.5;
                [190.0 * shade * light + 35.0, 170.0 * shade + 20.0, 105.0 * shade * (1.2 - light) + 15.0]
            };
            for (channel, value) in color.into_iter().enumerate() {
                let noise =
                    random(x, y, seed * 7 + channel as u32) + random(y, x, seed * 11 + channel as u32);
                pixels.push((value + (noise - 1.0) * grain).clamp(0.0, 255.0) as u8);
            }
        }
    }
    Scene { name, width, height, channels: 3, pixels }
}

/// A canvas to draw rectangles and discs on.
struct Canvas {
    width: u32,
    height: u32,
    pixels: Vec<[u8; 4]>,
}

impl Canvas {
    fn new(width: u32, height: u32, color: [u8; 4]) -> Self {
        Self { width, height, pixels: vec![color; (width * height) as usize] }
    }

    fn rectangle(&mut self, (left, top): (u32, u32), (width, height): (u32, u32), color: [u8; 4]) {
        for y in top..(top + height).min(self.height) {
            for x in left..(left + width).min(self.width) {
                self.pixels[(y * self.width + x) as usize] = color;
            }
        }
    }

    /// A disc with a soft edge one pixel wide; `color` gives the colour for a place.
    fn disc(&mut self, (cx, cy): (f32, f32), radius: f32, color: impl Fn(f32, f32) -> [f32; 3]) {
        for y in 0..self.height {
            for x in 0..self.width {
                let (dx, dy) = (x as f32 + 0.5 - cx, y as f32 + 0.5 - cy);
                let cover = (radius - (dx * dx + dy * dy).sqrt() + 0.5).clamp(0.0, 1.0);
                if cover == 0.0 {
                    continue;
                }
                let under = &mut self.pixels[(y * self.width + x) as usize];
                let behind = f32::from(under[3]) / 255.0;
                let alpha = cover + behind * (1.0 - cover);
                let over = color(dx / radius, dy / radius);
                for (channel, value) in over.into_iter().enumerate() {
                    let mixed = value * cover + f32::from(under[channel]) * behind * (1.0 - cover);
                    under[channel] = (mixed / alpha).clamp(0.0, 255.0) as u8;
                }
                under[3] = (alpha * 255.0 + 0.5) as u8;
            }
        }
    }

    fn scene(self, name: &'static str, channels: usize) -> Scene {
        let pixels = self.pixels.iter().flat_map(|pixel| pixel.iter().copied().take(channels)).collect();
        Scene { name, width: self.width, height: self.height, channels, pixels }
    }
}

/// Flat colours with soft edges.
fn shapes(width: u32, height: u32) -> Scene {
    let mut canvas = Canvas::new(width, height, [250, 248, 242, 255]);
    for index in 0..16 {
        let place = |what: u32| random(index, what, 40);
        let color = [0, 1, 2].map(|channel| (place(10 + channel) * 6.0).floor() * 51.0);
        if index % 2 == 0 {
            let corner = ((place(0) * width as f32) as u32, (place(1) * height as f32) as u32);
            let solid = color.map(|value| value as u8);
            canvas.rectangle(corner, (width / 5, height / 6), [solid[0], solid[1], solid[2], 255]);
        } else {
            let center = (place(2) * width as f32, place(3) * height as f32);
            canvas.disc(center, height as f32 * (0.05 + 0.12 * place(4)), |_, _| color);
        }
    }
    canvas.scene("shapes", 3)
}

/// A title bar, a side bar and rows of strokes like letters, in two shades as if smoothed.
fn window(width: u32, height: u32) -> Scene {
    let mut canvas = Canvas::new(width, height, [255, 255, 255, 255]);
    canvas.rectangle((0, 0), (width, 28), [52, 73, 94, 255]);
    canvas.rectangle((0, 28), (width / 5, height), [236, 240, 241, 255]);
    for line in 0..(height.saturating_sub(40)) / 16 {
        let top = 36 + line * 16;
        let ink = if line % 7 == 0 { [41, 98, 255] } else { [44, 44, 48] };
        let mut left = if line % 5 == 4 { width / 5 + 40 } else { width / 5 + 12 };
        let end = left + ((width - left - 12) as f32 * (0.4 + 0.6 * random(line, 0, 50))) as u32;
        while left < end {
            let letter = (random(left, line, 51) * 12.0) as u32;
            if letter > 1 {
                let pale = [0, 1, 2].map(|channel: usize| ink[channel] / 2 + 127);
                canvas.rectangle(
                    (left, top + letter % 3),
                    (2, 9 - letter % 3),
                    [ink[0], ink[1], ink[2], 255],
                );
                canvas.rectangle((left + 2, top + 3), (1, 6), [pale[0], pale[1], pale[2], 255]);
                canvas.rectangle((left, top + letter % 7), (5, 1), [ink[0], ink[1], ink[2], 255]);
            }
            left += 7;
        }
    }
    canvas.scene("window", 3)
}

/// Discs with gradients on a transparent ground.
fn badge(width: u32, height: u32) -> Scene {
    let mut canvas = Canvas::new(width, height, [0; 4]);
    let (center, radius) = ((width as f32 / 2.0, height as f32 / 2.0), height as f32 * 0.46);
    canvas.disc(center, radius, |x, y| [40.0 + 60.0 * x.abs(), 110.0 - 50.0 * y, 190.0 - 40.0 * y]);
    canvas.disc(center, radius * 0.7, |x, y| {
        let shine = (1.0 - (x + 0.4) * (x + 0.4) - (y + 0.4) * (y + 0.4)).max(0.0);
        [200.0 + 55.0 * shine, 90.0 + 150.0 * shine, 60.0 + 140.0 * shine]
    });
    canvas.scene("badge", 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenes_have_their_size_and_are_the_same_each_time() {
        for (scene, again) in photos(64, 48).into_iter().zip(photos(64, 48)) {
            assert_eq!(scene.pixels.len(), 64 * 48 * 3);
            assert_eq!(scene, again);
        }
        for scene in graphics(64, 48) {
            assert_eq!(scene.pixels.len(), (scene.width * scene.height) as usize * scene.channels);
        }
    }

    #[test]
    fn photos_differ_in_grain_and_graphics_are_flat() {
        let equal_neighbours = |scene: &Scene| {
            let pixels: Vec<_> = scene.pixels.chunks_exact(scene.channels).collect();
            pixels.windows(2).filter(|pair| pair[0] == pair[1]).count() as f64 / pixels.len() as f64
        };
        assert!(photos(96, 64).iter().all(|scene| equal_neighbours(scene) < 0.1));
        assert!(graphics(192, 128).iter().all(|scene| equal_neighbours(scene) > 0.35));
        let badge = graphics(192, 128).pop().unwrap();
        assert!(badge.pixels.chunks_exact(4).any(|pixel| pixel[3] == 0));
    }
}
