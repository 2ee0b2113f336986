//! sRGB samples to linear light, one row at a time.

use crate::metrics::image::{SrgbImage, SrgbPixels};
use std::sync::LazyLock;

/// Images are widened to this many pixels per side: the metric's smallest.
pub(super) const MIN_SIDE: usize = 8;

/// Linear light for every 8-bit sample, 0–1.
static FROM_8_BITS: LazyLock<[f32; 256]> =
    LazyLock::new(|| std::array::from_fn(|sample| decode(sample as f32 / 255.0)));

/// Linear light for every 16-bit sample, 0–1 (256 KiB).
static FROM_16_BITS: LazyLock<Vec<f32>> =
    LazyLock::new(|| (0..=u16::MAX).map(|sample| decode(f32::from(sample) / 65535.0)).collect());

/// The decoding function of sRGB, 0–1 to 0–1, as the `yuvxyb` crate computes it for the `ssimulacra2` crate.
///
/// The power is approximated within 2 × 10⁻⁴. That is repeated here to the bit: what the metric's blur rounds
/// in a flat area depends on the last bit of its level.
fn decode(encoded: f32) -> f32 {
    // Chosen there so that both parts meet without a kink; IEC 61966-2-1 has 1.055 and 0.0031308.
    const ALPHA: f32 = 1.055_010_7;
    const BETA: f32 = 0.003_041_282_5;
    if encoded < 12.92 * BETA { encoded / 12.92 } else { exp2(log2((encoded + (ALPHA - 1.0)) / ALPHA) * 2.4) }
}

/// Coefficients from the constant upwards.
fn polynomial(x: f32, coefficients: [f32; 6]) -> f32 {
    coefficients.into_iter().rev().reduce(|sum, coefficient| x * sum + coefficient).unwrap_or_default()
}

/// Exponent, and a polynomial of the mantissa (José Fonseca, 2008).
fn log2(x: f32) -> f32 {
    let exponent = (x.to_bits() >> 23) as i32 - 127;
    let mantissa = f32::from_bits((x.to_bits() & 0x007f_ffff) | 1.0_f32.to_bits());
    let logarithm = polynomial(
        mantissa,
        [3.115_79, -3.324_199, 2.598_845_2, -1.231_530_3, 3.182_133_7E-1, -3.443_600_6E-2],
    );
    logarithm * (mantissa - 1.0) + exponent as f32
}

/// A power of two of the whole part, times a polynomial of the rest. For `x` from -126 to 0.
fn exp2(x: f32) -> f32 {
    let whole = (x - 0.5) as i32;
    let power = polynomial(
        x - whole as f32,
        [9.999_999_4E-1, 6.931_531E-1, 2.401_536_1E-1, 5.582_631_8E-2, 8.989_34E-3, 1.877_576_7E-3],
    );
    f32::from_bits(((whole + 127) << 23) as u32) * power
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
    #[inline(always)]
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

#[inline(always)]
fn expand_gray<T: Copy>(row: &[T], [r, g, b]: [&mut [f32]; 3], linear: impl Fn(T) -> f32) {
    for (((&sample, r), g), b) in row.iter().zip(r).zip(g).zip(b) {
        let light = linear(sample);
        (*r, *g, *b) = (light, light, light);
    }
}

#[inline(always)]
fn split_rgb<T: Copy>(row: &[T], [r, g, b]: [&mut [f32]; 3], linear: impl Fn(T) -> f32) {
    for (((pixel, r), g), b) in row.chunks_exact(3).zip(r).zip(g).zip(b) {
        (*r, *g, *b) = (linear(pixel[0]), linear(pixel[1]), linear(pixel[2]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_is_close_to_the_standard() {
        for sample in 0..=255_usize {
            let encoded = sample as f64 / 255.0;
            let exact =
                if encoded <= 0.04045 { encoded / 12.92 } else { libm::pow((encoded + 0.055) / 1.055, 2.4) };
            assert!((f64::from(FROM_8_BITS[sample]) - exact).abs() < 2e-4, "{sample}");
            assert!((FROM_8_BITS[sample] - FROM_16_BITS[sample * 257]).abs() < 1e-6, "{sample}");
        }
        assert!(FROM_8_BITS.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn a_tiny_image_repeats_its_edges() {
        let samples = [0, 0, 0, 255, 255, 255];
        let image = SrgbImage::new(2, 1, SrgbPixels::Rgb8(&samples)).unwrap();
        let [mut r, mut g, mut b] = [[0.5; 8]; 3];
        LinearRows::new(image).read(7, [&mut r, &mut g, &mut b]);
        assert_eq!(r.map(|light| light.round() as u8), [0, 1, 1, 1, 1, 1, 1, 1]);
        assert_eq!((r, r), (g, b));
    }
}
