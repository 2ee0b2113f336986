//! JPEG XL, through jixel: lossy, without loss, and from a JPEG's own coefficients.
//!
//! jixel runs on one thread, without SIMD and at its faster settings: only so are its bytes the same natively and in the
//! browser.

use super::{EncodeInput, EncodeSettings, EncoderKind, failed};
use crate::container::jxl as container;
use crate::error::OptimizationError;
use crate::metadata::exif;
use crate::pixels::{Channels, PixelBuffer, Samples};
use crate::units::Quality;
use img_parts::jpeg::{Jpeg, markers};
use img_parts::{Bytes, ImageEXIF};
use jixel::{CodingTransform, EncodeConfig, EncodeError, JpegTranscodeConfig, Speed};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Alpha is never coded more coarsely than this: it is small, and its errors show as fringes.
const ALPHA_MAX_DISTANCE: f32 = 1.0;

/// Qualities and the Butteraugli distances they stand for: those at which ten photos of half a megapixel score, at the
/// median, about as many points of SSIMULACRA2. So a quality of 80 asks for the same looks here as it does of JPEG and
/// WebP, and one step up is about one point. (libjxl's own scale has 88 there, and steps of three points above 95.)
const DISTANCES: [(f32, f32); 13] = [
    (1.0, 20.0),
    (26.0, 9.1),
    (39.0, 6.0),
    (45.0, 4.6),
    (50.0, 3.7),
    (56.0, 2.8),
    (64.0, 2.08),
    (74.0, 1.56),
    (80.0, 1.2),
    (85.0, 0.8),
    (90.0, 0.4),
    (95.0, 0.17),
    (100.0, 0.05),
];

/// The distance of a quality: linear between the measured ones.
pub(super) fn distance(quality: Quality) -> f32 {
    let quality = quality.get();
    DISTANCES.windows(2).find(|pair| quality <= pair[1].0).map_or(1.0, |pair| {
        let ((low, far), (high, near)) = (pair[0], pair[1]);
        far + (near - far) * (quality - low) / (high - low)
    })
}

/// Encodes with loss.
pub(super) fn encode(
    input: &EncodeInput<'_>,
    settings: EncodeSettings,
) -> Result<Vec<u8>, OptimizationError> {
    let kind = EncoderKind::Jxl;
    let distance = settings.quality.map_or(1.0, distance);
    // "Fastest" is 1.5 % larger at equal score and takes half the time; "medium" takes 1.6 times as long as "fast" and
    // was no smaller.
    let speed = if settings.effort.get() <= 3 { Speed::Fastest } else { Speed::Fast };
    let mut config = EncodeConfig::default()
        .with_num_threads(1)
        .with_speed(speed)
        .with_distance(distance)
        .with_alpha_distance(distance.min(ALPHA_MAX_DISTANCE));
    if let Some(icc) = &input.metadata.icc {
        // XYB is independent of the profile, and coming back to the profile's own values takes a colour management
        // that readers need not have. So samples stay in the profile's space.
        config = config.with_icc_profile(icc.clone()).with_coding_transform(CodingTransform::YCbCr);
    }
    finish(&encode_pixels(input.pixels, &config, kind)?, input, kind)
}

/// Encodes without loss.
pub(super) fn encode_lossless(input: &EncodeInput<'_>) -> Result<Vec<u8>, OptimizationError> {
    let kind = EncoderKind::JxlLossless;
    let mut config = EncodeConfig::default().with_num_threads(1).with_speed(Speed::Fast).with_lossless(true);
    if let Some(icc) = &input.metadata.icc {
        config = config.with_icc_profile(icc.clone());
    }
    finish(&encode_pixels(input.pixels, &config, kind)?, input, kind)
}

fn encode_pixels(
    pixels: &PixelBuffer,
    config: &EncodeConfig,
    kind: EncoderKind,
) -> Result<Vec<u8>, OptimizationError> {
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    let encode = || match (pixels.samples(), pixels.channels()) {
        (Samples::U8(samples), Channels::Gray) => jixel::encode_image_gray(samples, width, height, config),
        (Samples::U8(samples), Channels::Rgb) => jixel::encode_image(samples, width, height, config),
        (Samples::U8(samples), Channels::GrayAlpha) => {
            jixel::encode_image_gray_alpha(samples, width, height, config)
        }
        (Samples::U8(samples), Channels::Rgba) => {
            jixel::encode_image_with_alpha(samples, width, height, config)
        }
        (Samples::U16(samples), Channels::Gray) => {
            jixel::encode_image_gray_16bit(samples, width, height, config)
        }
        (Samples::U16(samples), Channels::Rgb) => jixel::encode_image_16bit(samples, width, height, config),
        (Samples::U16(samples), Channels::GrayAlpha) => {
            jixel::encode_image_gray_alpha_16bit(samples, width, height, config)
        }
        (Samples::U16(samples), Channels::Rgba) => {
            jixel::encode_image_with_alpha_16bit(samples, width, height, config)
        }
    };
    caught(kind, encode)
}

/// A JPEG's coefficients as they are, coded anew. With `keep_metadata` the file can be turned back into the very
/// JPEG, byte by byte; otherwise what was to be stripped would be in it.
pub(super) fn transcode(input: &EncodeInput<'_>) -> Result<Vec<u8>, OptimizationError> {
    let kind = EncoderKind::JxlTranscode;
    let original = input.original.ok_or_else(|| failed(kind, "the original file is needed"))?;
    let config = |reconstruction| {
        JpegTranscodeConfig::default()
            .with_num_threads(1)
            .with_speed(Speed::Fast)
            .with_jpeg_reconstruction(reconstruction)
    };
    if input.keep_metadata {
        return caught(kind, || jixel::encode_jpeg_lossless_with_config(original, &config(true)));
    }
    let jpeg = bare_jpeg(original, input).map_err(|error| failed(kind, error))?;
    let bytes = caught(kind, || jixel::encode_jpeg_lossless_with_config(&jpeg, &config(false)))?;
    // The orientation is in the codestream by now.
    let file = container::read(&bytes, 0)?;
    Ok(container::write(&file.codestream, file.level_10, None, None))
}

/// The JPEG with what decides how it looks: profile, orientation and Adobe's colour transform.
fn bare_jpeg(original: &[u8], input: &EncodeInput<'_>) -> Result<Vec<u8>, img_parts::Error> {
    let mut jpeg = Jpeg::from_bytes(Bytes::copy_from_slice(original))?;
    let keeps_profile = input.metadata.icc.is_some();
    jpeg.segments_mut().retain(|segment| match segment.marker() {
        markers::APP2 => keeps_profile && segment.contents().starts_with(b"ICC_PROFILE\0"),
        markers::APP0 | markers::APP14 => true,
        markers::APP1..=markers::APP15 | markers::COM => false,
        _ => true,
    });
    jpeg.set_exif(exif::for_stored_rows(None, input.orientation).map(Bytes::from));
    Ok(jpeg.encoder().bytes().to_vec())
}

/// The original's codestream in a container with the metadata that is to be kept.
pub(super) fn rewrite(input: &EncodeInput<'_>) -> Result<Vec<u8>, OptimizationError> {
    let kind = EncoderKind::JxlRewrite;
    let original = input.original.ok_or_else(|| failed(kind, "the original file is needed"))?;
    let file = container::read(original, 0)?;
    Ok(with_metadata(&file, input))
}

/// What an encoder made, with metadata.
pub(super) fn finish(
    bytes: &[u8],
    input: &EncodeInput<'_>,
    kind: EncoderKind,
) -> Result<Vec<u8>, OptimizationError> {
    let file = container::read(bytes, 0).map_err(|error| failed(kind, error))?;
    Ok(with_metadata(&file, input))
}

fn with_metadata(file: &container::JxlFile<'_>, input: &EncodeInput<'_>) -> Vec<u8> {
    let metadata = input.metadata;
    container::write(&file.codestream, file.level_10, metadata.exif.as_deref(), metadata.xmp.as_deref())
}

/// Runs the encoder; a panic of its own costs no more than this candidate.
fn caught(
    kind: EncoderKind,
    encode: impl FnOnce() -> Result<Vec<u8>, EncodeError>,
) -> Result<Vec<u8>, OptimizationError> {
    catch_unwind(AssertUnwindSafe(encode))
        .map_err(|_| failed(kind, "the encoder stopped on this image"))?
        .map_err(|error| failed(kind, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_quality_is_a_smaller_distance() {
        let distances: Vec<f32> = Quality::ladder(4).into_iter().map(distance).collect();
        assert!(distances.windows(2).all(|pair| pair[0] > pair[1]));
        assert!((distance(Quality::new(80).unwrap()) - 1.2).abs() < 1e-6);
        assert!((distances[0] - 20.0).abs() < 1e-6 && (distances[99] - 0.05).abs() < 1e-6);
    }
}
