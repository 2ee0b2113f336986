//! sRGB samples to linear light, one row at a time.

use crate::metrics::image::{SrgbImage, SrgbPixels};
use std::sync::LazyLock;

/// Images are widened to this many pixels per side: the metric's smallest.
pub(super) const MIN_SIDE: usize = 8;

/// Linear light for every 8-bit sample, 0–1.
static FROM_8_BITS: LazyLock<[f32; 256]> =
    LazyLock::new(|| std::array::from_fn(|sample| decode(sample as f64 / 255.0)));

/// Linear light for every 16-bit sample, 0–1 (256 KiB).
static FROM_16_BITS: LazyLock<Vec<f32>> =
    LazyLock::new(|| (0..=u16::MAX).map(|sample| decode(f64::from(sample) / 65535.0)).collect());

/// The decoding function of IEC 61966-2-1, 0–1 to 0–1.
fn decode(encoded: f64) -> f32 {
    let linear = if encoded <= 0.04045 { encoded / 12.92 } else { libm::pow((encoded + 0.055) / 1.055, 2.4) };
    linear as f32
}

/// An image read as rows of linear light, at least [`MIN_SIDE`] pixels wide and high: smaller ones have their
/// last column and row repeated.
pub(super) struct LinearRows<'a> {
    image: SrgbImage<'a>,
    from_8_bits: &'static [f32; 256],
    from_16_bits: &'static [f32],
}

impl<'a> LinearRows<'a> {
    pub(super) fn new(image: SrgbImage<'a>) -> Self {
        // The tables are made here, before any other thread could wait for them.
        let from_16_bits: &'static [f32] = match image.pixels() {
            SrgbPixels::Gray16(_) | SrgbPixels::Rgb16(_) => &FROM_16_BITS,
            SrgbPixels::Gray8(_) | SrgbPixels::Rgb8(_) => &[],
        };
        Self { image, from_8_bits: &FROM_8_BITS, from_16_bits }
    }

    /// Reads row `y`; red, green and blue are each one padded row long.
    pub(super) fn read(&self, y: usize, [r, g, b]: [&mut [f32]; 3]) {
        let width = self.image.width() as usize;
        let y = y.min(self.image.height() as usize - 1);
        match self.image.pixels() {
            SrgbPixels::Gray8(samples) => {
                let row = &samples[y * width..][..width];
                expand_gray(row, [&mut *r, &mut *g, &mut *b], |sample| self.from_8_bits[usize::from(sample)]);
            }
            SrgbPixels::Rgb8(samples) => {
                let row = &samples[y * width * 3..][..width * 3];
                split_rgb(row, [&mut *r, &mut *g, &mut *b], |sample| self.from_8_bits[usize::from(sample)]);
            }
            SrgbPixels::Gray16(samples) => {
                let row = &samples[y * width..][..width];
                expand_gray(row, [&mut *r, &mut *g, &mut *b], |sample| {
                    self.from_16_bits[usize::from(sample)]
                });
            }
            SrgbPixels::Rgb16(samples) => {
                let row = &samples[y * width * 3..][..width * 3];
                split_rgb(row, [&mut *r, &mut *g, &mut *b], |sample| self.from_16_bits[usize::from(sample)]);
            }
        }
        for channel in [r, g, b] {
            let last = channel[width - 1];
            channel[width..].fill(last);
        }
    }
}

fn expand_gray<T: Copy>(row: &[T], [r, g, b]: [&mut [f32]; 3], linear: impl Fn(T) -> f32) {
    for (((&sample, r), g), b) in row.iter().zip(r).zip(g).zip(b) {
        let light = linear(sample);
        (*r, *g, *b) = (light, light, light);
    }
}

fn split_rgb<T: Copy>(row: &[T], [r, g, b]: [&mut [f32]; 3], linear: impl Fn(T) -> f32) {
    for (((pixel, r), g), b) in row.chunks_exact(3).zip(r).zip(g).zip(b) {
        (*r, *g, *b) = (linear(pixel[0]), linear(pixel[1]), linear(pixel[2]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_and_both_depths_agree() {
        assert!(FROM_8_BITS[0].abs() < f32::EPSILON && (FROM_8_BITS[255] - 1.0).abs() < f32::EPSILON);
        for sample in 0..=255_usize {
            assert_eq!(FROM_8_BITS[sample].to_bits(), FROM_16_BITS[sample * 257].to_bits());
        }
        assert!((FROM_8_BITS[188] - 0.502_886_4).abs() < 1e-6);
    }

    #[test]
    fn a_tiny_image_repeats_its_edges() {
        let samples = [0, 0, 0, 255, 255, 255];
        let image = SrgbImage::new(2, 1, SrgbPixels::Rgb8(&samples)).unwrap();
        let [mut r, mut g, mut b] = [[0.5; 8]; 3];
        LinearRows::new(image).read(7, [&mut r, &mut g, &mut b]);
        assert_eq!(r.map(|light| light as u8), [0, 1, 1, 1, 1, 1, 1, 1]);
        assert_eq!((r, r), (g, b));
    }
}
