//! Stage 3: what kind of image this is. Cheap and deterministic.

use crate::pixels::{Channels, PixelBuffer, Samples};
use std::collections::HashSet;

/// What analysis found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ImageTraits {
    /// Photo or graphic.
    pub(crate) kind: ImageKind,
    /// Number of distinct colours (with alpha), where there are at most 256.
    pub(crate) colors: Option<u16>,
    /// Transparency in use.
    pub(crate) alpha: AlphaKind,
    /// Whether red, green and blue are equal everywhere.
    pub(crate) gray: bool,
    /// How sharp colour edges are: mean chroma step between neighbouring pixels, 0 to 255. Photos lie below
    /// about 3; saturated line art far above.
    pub(crate) chroma_detail: f32,
}

/// Photo or graphic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ImageKind {
    /// Continuous tones and noise.
    Photo,
    /// Flat areas and few colours: screenshots, logos, line art.
    Graphic,
}

/// How transparency is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AlphaKind {
    /// Opaque everywhere, with or without an alpha channel.
    None,
    /// Only fully opaque and fully transparent pixels.
    Binary,
    /// In-between values.
    Full,
}

/// An image counts as a graphic when this share of pixels equals its left neighbour.
const FLAT_SHARE: f32 = 0.35;

/// The traits of an image.
pub(crate) fn analyse(image: &PixelBuffer) -> ImageTraits {
    match image.samples() {
        Samples::U8(samples) => analyse_samples(image, samples, |v| v),
        Samples::U16(samples) => analyse_samples(image, samples, |v| (v >> 8) as u8),
    }
}

fn analyse_samples<T: Copy + PartialEq + Bounded + Into<u64>>(
    image: &PixelBuffer,
    samples: &[T],
    to_byte: impl Fn(T) -> u8,
) -> ImageTraits {
    let channels = image.channels();
    let count = channels.count();
    let alpha = alpha_kind(samples, channels);
    let gray = channels.is_gray()
        || samples.chunks_exact(count).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]);
    let colors = count_colors(samples, count);
    let row = image.width() as usize * count;
    let (mut flat, mut pairs, mut chroma) = (0u64, 0u64, 0u64);
    for row in samples.chunks_exact(row) {
        for (left, right) in row.chunks_exact(count).zip(row.chunks_exact(count).skip(1)) {
            pairs += 1;
            flat += u64::from(left == right);
            if !channels.is_gray() {
                let difference = |pixel: &[T], channel: usize| {
                    i32::from(to_byte(pixel[channel])) - i32::from(to_byte(pixel[1]))
                };
                // R−G and B−G stand in for Cr and Cb: no multiplications.
                chroma += u64::from(difference(left, 0).abs_diff(difference(right, 0)));
                chroma += u64::from(difference(left, 2).abs_diff(difference(right, 2)));
            }
        }
    }
    let per_pair = |sum: u64| sum as f32 / pairs.max(1) as f32;
    let graphic = colors.is_some() && !gray || per_pair(flat) >= FLAT_SHARE;
    ImageTraits {
        kind: if graphic { ImageKind::Graphic } else { ImageKind::Photo },
        colors,
        alpha,
        gray,
        chroma_detail: per_pair(chroma) / 2.0,
    }
}

/// The largest value of a sample type.
trait Bounded {
    const MAX: Self;
    const MIN: Self;
}

impl Bounded for u8 {
    const MAX: Self = Self::MAX;
    const MIN: Self = Self::MIN;
}

impl Bounded for u16 {
    const MAX: Self = Self::MAX;
    const MIN: Self = Self::MIN;
}

fn alpha_kind<T: Copy + PartialEq + Bounded>(samples: &[T], channels: Channels) -> AlphaKind {
    if !channels.has_alpha() {
        return AlphaKind::None;
    }
    let count = channels.count();
    let mut kind = AlphaKind::None;
    for pixel in samples.chunks_exact(count) {
        let alpha = pixel[count - 1];
        if alpha == T::MIN {
            kind = AlphaKind::Binary;
        } else if alpha != T::MAX {
            return AlphaKind::Full;
        }
    }
    kind
}

/// Distinct pixel values, given up beyond 256.
fn count_colors<T: Copy + PartialEq + Into<u64>>(samples: &[T], count: usize) -> Option<u16> {
    let mut seen = HashSet::new();
    let mut last = None;
    for pixel in samples.chunks_exact(count) {
        let value = pixel.iter().fold(0u64, |value, &sample| value << 16 | sample.into());
        if last == Some(value) {
            continue;
        }
        last = Some(value);
        if seen.insert(value) && seen.len() > 256 {
            return None;
        }
    }
    Some(seen.len() as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(channels: Channels, samples: Vec<u8>) -> ImageTraits {
        let width = samples.len() / channels.count();
        analyse(&PixelBuffer::new(width as u32, 1, channels, Samples::U8(samples)).unwrap())
    }

    #[test]
    fn alpha_is_none_binary_or_full() {
        let alpha = |values: &[u8]| {
            image(Channels::GrayAlpha, values.iter().flat_map(|&alpha| [0, alpha]).collect()).alpha
        };
        assert_eq!(alpha(&[255, 255]), AlphaKind::None);
        assert_eq!(alpha(&[255, 0, 255]), AlphaKind::Binary);
        assert_eq!(alpha(&[255, 0, 7]), AlphaKind::Full);
    }

    #[test]
    fn noise_is_a_photo_and_stripes_are_a_graphic() {
        let mut state = 1u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(3000)
        .collect();
        assert_eq!(image(Channels::Rgb, noise).kind, ImageKind::Photo);
        let stripes = (0..3000).map(|i| if i / 30 % 2 == 0 { 0 } else { 255 }).collect();
        let traits = image(Channels::Rgb, stripes);
        assert_eq!((traits.kind, traits.colors, traits.gray), (ImageKind::Graphic, Some(2), true));
    }
}
