//! The JPEG codings that zune-jpeg leaves out, through libjpeg-turbo-rs: arithmetic coding, 12 bits per sample,
//! gray without loss. Rare, so they pay for no speed: what matters is that a file from a scanner or a camera's
//! archive opens at all.

use crate::context::Limits;
use crate::pixels::Samples;
use libjpeg_turbo_rs::{
    DecodeLimits, Decoder, PixelFormat, precision::decompress_12bit_with_limits,
    precision::decompress_lossless_arbitrary,
};
use std::panic::catch_unwind;

/// How a file is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// 8 bits per sample.
    EightBit,
    /// 12 bits per sample, sequential.
    TwelveBit,
    /// Predicted instead of transformed, 2 to 16 bits, one component.
    LosslessGray,
}

/// Bytes per pixel that one decode may take: samples of 16 bits in four components, three times over.
const MEMORY_PER_PIXEL: u64 = 32;

/// The samples of an image whose size has been checked: gray, RGB, or four inks as they are stored (YCCK resolved).
/// Depths beyond 8 bits are stretched to 16.
pub(super) fn decode(
    bytes: &[u8],
    coding: Coding,
    components: u8,
    limits: &Limits,
) -> Result<Samples, String> {
    // A parser of its own kind: a panic must cost no more than this file.
    catch_unwind(|| decode_unguarded(bytes, coding, components, limits))
        .unwrap_or_else(|_| Err("the decoder stopped on this file".into()))
}

fn decode_unguarded(
    bytes: &[u8],
    coding: Coding,
    components: u8,
    limits: &Limits,
) -> Result<Samples, String> {
    let text = |error: libjpeg_turbo_rs::JpegError| error.to_string();
    let bounds = DecodeLimits {
        max_pixels: limits.max_pixels.0,
        max_scans: limits.max_scans as usize,
        max_memory: Some(limits.max_pixels.0.saturating_mul(MEMORY_PER_PIXEL)),
        ..DecodeLimits::default()
    };
    match coding {
        Coding::EightBit => {
            let mut decoder = Decoder::new_with_limits(bytes, bounds).map_err(text)?;
            decoder.set_output_format(match components {
                1 => PixelFormat::Grayscale,
                4 => PixelFormat::Cmyk,
                _ => PixelFormat::Rgb,
            });
            // A file that has lost pixels is damaged, not gray in places.
            decoder.set_stop_on_warning(true);
            decoder.decode_image().map(|image| Samples::U8(image.data)).map_err(text)
        }
        Coding::TwelveBit => {
            let image = decompress_12bit_with_limits(bytes, &bounds).map_err(text)?;
            let sample = |value: i16| stretched(value.clamp(0, 4095) as u16, 12);
            Ok(Samples::U16(image.data.into_iter().map(sample).collect()))
        }
        Coding::LosslessGray => {
            let image = decompress_lossless_arbitrary(bytes).map_err(text)?;
            let depth = u32::from(image.precision);
            if depth == 8 {
                return Ok(Samples::U8(image.data.into_iter().map(|value| value.min(255) as u8).collect()));
            }
            Ok(Samples::U16(image.data.into_iter().map(|value| stretched(value, depth)).collect()))
        }
    }
}

/// A sample of `depth` bits (2 to 16) over the whole range of 16, rounded.
fn stretched(value: u16, depth: u32) -> u16 {
    let max = (1u32 << depth.clamp(1, 16)) - 1;
    ((u32::from(value).min(max) * 65_535 + max / 2) / max) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depths_are_stretched_over_the_whole_range() {
        assert_eq!((stretched(0, 12), stretched(4095, 12), stretched(65_535, 16)), (0, 65_535, 65_535));
        assert_eq!((stretched(1, 12), stretched(2048, 12), stretched(9999, 12)), (16, 32_776, 65_535));
    }

    #[test]
    fn arithmetic_coding_is_read() {
        let pixels: Vec<u8> = (0..40 * 30 * 3).map(|i| (i % 251) as u8).collect();
        let jpeg = libjpeg_turbo_rs::compress_arithmetic(
            &pixels,
            40,
            30,
            PixelFormat::Rgb,
            90,
            libjpeg_turbo_rs::Subsampling::S444,
        )
        .unwrap();
        let samples = decode(&jpeg, Coding::EightBit, 3, &Limits::default()).unwrap();
        let Samples::U8(samples) = samples else { panic!("depth") };
        let error: u32 = samples.iter().zip(&pixels).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        assert_eq!(samples.len(), pixels.len());
        assert!(error / (samples.len() as u32) < 12, "{error}");
    }

    #[test]
    fn gray_without_loss_comes_back_as_it_was() {
        let pixels: Vec<u8> = (0..33 * 21).map(|i| (i * 7 % 256) as u8).collect();
        let jpeg = libjpeg_turbo_rs::compress_lossless(&pixels, 33, 21, PixelFormat::Grayscale).unwrap();
        assert_eq!(decode(&jpeg, Coding::LosslessGray, 1, &Limits::default()), Ok(Samples::U8(pixels)));
    }
}
