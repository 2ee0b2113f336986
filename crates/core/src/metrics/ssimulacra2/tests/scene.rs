//! Images made of integers alone, the same on every platform.

/// A picture with smooth areas, edges and some grain: RGB, 8 bits.
pub(crate) fn scene(width: usize, height: usize) -> Vec<u8> {
    let mut grain = Random(7);
    let mut pixels = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            let sky = 90 + 130 * y / height.max(1) + 20 * x / width.max(1);
            let stripes = if (x / 5 + y / 3) % 7 == 0 { 60 } else { 0 };
            let disc = (x as i64 - width as i64 / 3).pow(2) + (y as i64 - height as i64 / 2).pow(2);
            let inside = disc < (width.min(height) as i64 / 4).pow(2);
            let rough = if y > height / 2 { grain.below(24) } else { 0 };
            let base = sky as i64 - rough;
            let rgb = if inside {
                [200 - stripes, 40 + (disc % 64), 90 + stripes]
            } else {
                [base - stripes, base, base + 15]
            };
            pixels.extend(rgb.map(|value| value.clamp(0, 255) as u8));
        }
    }
    pixels
}

/// Changes every sample by up to `amount`, up or down.
pub(crate) fn noisy(pixels: &[u8], amount: i64) -> Vec<u8> {
    let mut random = Random(99);
    pixels
        .iter()
        .map(|&value| (i64::from(value) + random.below(2 * amount + 1) - amount).clamp(0, 255) as u8)
        .collect()
}

/// Keeps multiples of `step`.
pub(crate) fn posterized(pixels: &[u8], step: u8) -> Vec<u8> {
    pixels.iter().map(|&value| value / step * step).collect()
}

/// Replaces each pixel by the mean of its row's neighbours up to 2 pixels away.
pub(crate) fn smeared(pixels: &[u8], width: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(pixels.len());
    for row in pixels.chunks_exact(width * 3) {
        for x in 0..width {
            let (from, to) = (x.saturating_sub(2), (x + 3).min(width));
            for channel in 0..3 {
                let sum: usize = (from..to).map(|x| usize::from(row[x * 3 + channel])).sum();
                out.push((sum / (to - from)) as u8);
            }
        }
    }
    out
}

/// A linear congruential generator (Numerical Recipes).
struct Random(u32);

impl Random {
    /// A number from 0 up to, not including, `bound`.
    fn below(&mut self, bound: i64) -> i64 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (i64::from(self.0 >> 8) * bound) >> 24
    }
}
