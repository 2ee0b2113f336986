//! Pictures made by code, the same on every machine.

/// Pixels, 8 bits, rows contiguous.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA.
    pub(crate) channels: usize,
    pub(crate) samples: Vec<u8>,
}

impl Picture {
    fn draw<const CHANNELS: usize>(
        width: u32,
        height: u32,
        mut pixel: impl FnMut(u32, u32) -> [u8; CHANNELS],
    ) -> Self {
        let samples = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let samples = samples.flat_map(|(x, y)| pixel(x, y)).collect();
        Self { width, height, channels: CHANNELS, samples }
    }

    pub(crate) fn pixel(&self, x: u32, y: u32) -> &[u8] {
        let start = (y * self.width + x) as usize * self.channels;
        &self.samples[start..start + self.channels]
    }

    /// Largest difference of any sample.
    pub(crate) fn largest_difference(&self, other: &Self) -> u8 {
        assert_eq!((self.width, self.height, self.channels), (other.width, other.height, other.channels));
        let pairs = self.samples.iter().zip(&other.samples);
        pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap_or_default()
    }
}

/// Like a photo: soft light, a few round things, texture and a little noise.
pub(crate) fn photo(width: u32, height: u32, seed: u32) -> Picture {
    let mut random = Random(u64::from(seed) + 1);
    let blobs: Vec<[f32; 6]> = (0..14).map(|_| std::array::from_fn(|_| random.unit())).collect();
    let (w, h) = (width as f32, height as f32);
    Picture::draw(width, height, |x, y| {
        let (u, v) = (x as f32 / w, y as f32 / h);
        let mut color = [90.0 + 100.0 * v, 120.0 + 60.0 * u, 190.0 - 110.0 * v];
        for [bx, by, radius, r, g, b] in &blobs {
            let distance = ((u - bx).powi(2) + (v - by).powi(2)).sqrt() / (0.05 + 0.2 * radius);
            let weight = 1.0 / (1.0 + (8.0 * (distance - 1.0)).exp());
            for (channel, target) in color.iter_mut().zip([r, g, b]) {
                *channel += weight * (255.0 * target - *channel) * 0.7;
            }
        }
        let texture = 9.0 * (x as f32 * 0.7 + 3.0 * (y as f32 * 0.11).sin()).sin() * (y as f32 * 0.5).cos();
        let grain = 6.0 * (random.unit() - 0.5);
        color.map(|channel| (channel + texture + grain).clamp(0.0, 255.0) as u8)
    })
}

/// Like a screenshot: flat areas, sharp edges, few colours.
pub(crate) fn graphic(width: u32, height: u32) -> Picture {
    Picture::draw(width, height, graphic_pixel)
}

fn graphic_pixel(x: u32, y: u32) -> [u8; 3] {
    const INK: [u8; 3] = [24, 28, 36];
    const BUTTON: [u8; 3] = [32, 110, 220];
    if y < 24 {
        return [46, 52, 64];
    }
    // Rows of marks, like lines of text.
    let text = y % 16 < 9 && (x * 7 + y / 16 * 13) % 23 < 11 && (x + y).is_multiple_of(3);
    match () {
        () if x % 160 > 120 && y % 96 > 70 => BUTTON,
        () if text && x % 200 < 150 => INK,
        () => [245, 246, 248],
    }
}

/// A graphic that fades out to the right: fully opaque at the left edge, fully transparent at the right one.
pub(crate) fn translucent(width: u32, height: u32) -> Picture {
    Picture::draw(width, height, |x, y| {
        let [r, g, b] = graphic_pixel(x, y);
        [r, g, b, 255 - (255 * x / (width - 1)) as u8]
    })
}

/// Left half red, right half blue: enough to see which way up it is.
pub(crate) fn two_halves(width: u32, height: u32) -> Picture {
    Picture::draw(width, height, |x, _| if x < width / 2 { [220, 20, 20] } else { [20, 20, 220] })
}

/// splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1 << 24) as f32
    }
}
