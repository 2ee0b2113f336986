//! AVIF and JPEG XL by Squoosh's codecs, which run outside of this crate.
//!
//! Their modules know pixels only: what else goes into the file is put there here.

use super::{EncodeInput, EncodeSettings, EncoderKind, avif, failed, jxl};
use crate::container::avif as container;
use crate::context::OptimizeContext;
use crate::error::OptimizationError;
use crate::pixels::{Channels, PixelBuffer, Samples};
use crate::settings::ImageSettings;
use crate::squoosh::{AvifOptions, JxlOptions, RawImage, SquooshCodec, SquooshError, SquooshOptions};
use crate::units::Quality;
use std::borrow::Cow;

/// Whether the codecs that the settings name for these formats can be run at all.
///
/// # Errors
/// [`OptimizationError::InvalidSetting`] where they cannot: other bytes than those asked for would not do.
pub(crate) fn check_available(
    settings: &ImageSettings,
    input: crate::format::Format,
    context: &OptimizeContext<'_>,
) -> Result<(), OptimizationError> {
    let formats = settings.formats.candidates(input);
    let wanted = settings.squoosh.iter().any(|codec| formats.contains(&codec.format()));
    if wanted && context.squoosh.is_none() {
        return Err(unavailable("none: they need threads in a browser, and Node natively"));
    }
    Ok(())
}

fn unavailable(actual: impl Into<String>) -> OptimizationError {
    OptimizationError::InvalidSetting {
        field: "squoosh".into(),
        expected: "Squoosh's codecs to be at hand".into(),
        actual: actual.into(),
    }
}

/// For an encode without a quality, of which there is none but in tests.
const DEFAULT_AVIF_QUALITY: u8 = 60;

/// One quality per quantiser of libavif's, of which there are 64, ascending.
pub(super) fn avif_qualities() -> Vec<Quality> {
    let mut qualities: Vec<Quality> = Quality::ladder(4);
    qualities.dedup_by_key(|quality| ((100.0 - quality.get()) * 63.0 + 50.0) as u16 / 100);
    qualities
}

/// AVIF in 10 bits, as the built-in encoder makes it.
pub(super) fn encode_avif(
    input: &EncodeInput<'_>,
    settings: EncodeSettings,
    context: &OptimizeContext<'_>,
) -> Result<Vec<u8>, OptimizationError> {
    let kind = EncoderKind::SquooshAvif;
    let quality = settings.quality.map_or_else(|| Quality::new(DEFAULT_AVIF_QUALITY), Ok)?;
    let options = AvifOptions::lossy(quality, avif::speed(settings.effort), settings.subsample_chroma);
    let file = run(kind, input.pixels, 10, SquooshOptions::Avif(options), context)?;
    // Rewritten only where there is something to put in: the module's own file is well-formed.
    let metadata = input.metadata;
    if metadata.icc.is_none() && metadata.exif.is_none() && metadata.xmp.is_none() {
        return Ok(file);
    }
    let coded = container::read(&file).map_err(|error| failed(kind, error))?;
    let unknown = || failed(kind, "the codec wrote no AVIF that can be taken apart");
    let (bit_depth, subsampling) = container::read_coding(&file).ok_or_else(unknown)?;
    let cicp =
        coded.cicp.unwrap_or(container::Cicp { primaries: 1, transfer: 13, matrix: 6, full_range: true });
    container::write(&container::AvifImage {
        color: coded.color.whole().ok_or_else(unknown)?,
        alpha: coded.alpha.as_ref().map(|alpha| alpha.whole().ok_or_else(unknown)).transpose()?,
        width: coded.size.0,
        height: coded.size.1,
        bit_depth,
        subsampling: subsampling.map(|(across, down)| (across == 2, down == 2)),
        // With a profile the code points say "unspecified", so that readers use the profile.
        cicp: if metadata.icc.is_some() {
            container::Cicp { primaries: 2, transfer: 2, ..cicp }
        } else {
            cicp
        },
        icc: metadata.icc.as_deref(),
        exif: metadata.exif.as_deref(),
        xmp: metadata.xmp.as_deref(),
    })
}

/// JPEG XL with or without loss. The module takes 8 bits and sRGB, and nothing else.
pub(super) fn encode_jxl(
    input: &EncodeInput<'_>,
    settings: EncodeSettings,
    lossless: bool,
    context: &OptimizeContext<'_>,
) -> Result<Vec<u8>, OptimizationError> {
    let kind = if lossless { EncoderKind::SquooshJxlLossless } else { EncoderKind::SquooshJxl };
    if input.metadata.icc.is_some() {
        return Err(failed(kind, "it takes sRGB without a profile; color = \"srgb\" converts to it"));
    }
    if lossless && input.pixels.bit_depth() > 8 {
        return Err(failed(kind, "16-bit samples do not fit without loss"));
    }
    let effort = settings.effort.get();
    let options = if lossless {
        JxlOptions::lossless(effort)
    } else {
        JxlOptions::lossy(settings.quality.map_or(1.0, jxl::distance), effort)
    };
    let file = run(kind, input.pixels, 8, SquooshOptions::Jxl(options), context)?;
    jxl::finish(&file, input, kind)
}

fn run(
    kind: EncoderKind,
    pixels: &PixelBuffer,
    bits: u8,
    options: SquooshOptions,
    context: &OptimizeContext<'_>,
) -> Result<Vec<u8>, OptimizationError> {
    let codecs = context.squoosh.ok_or_else(|| unavailable("none"))?;
    let rgba = if bits == 8 { rgba8(pixels, kind)? } else { Cow::Owned(rgba10(pixels)) };
    let image = RawImage { width: pixels.width(), height: pixels.height(), bits, rgba: &rgba };
    codecs.encode(&image, &options, &context.cancel).map_err(|error| match error {
        SquooshError::Unavailable(reason) => unavailable(reason),
        SquooshError::Failed(message) => failed(kind, message),
        SquooshError::Cancelled => OptimizationError::Cancelled,
    })
}

/// Eight-bit red, green, blue and alpha; deeper samples are rounded.
fn rgba8(pixels: &PixelBuffer, kind: EncoderKind) -> Result<Cow<'_, [u8]>, OptimizationError> {
    if let (Samples::U8(samples), Channels::Rgba) = (pixels.samples(), pixels.channels()) {
        return Ok(Cow::Borrowed(samples));
    }
    let rounded = pixels.to_8_bit();
    let pixels = rounded.as_ref().unwrap_or(pixels);
    let Samples::U8(samples) = pixels.samples() else {
        return Err(failed(kind, "8-bit samples expected"));
    };
    Ok(Cow::Owned(spread(samples, pixels.channels(), u8::MAX)))
}

/// Ten-bit samples in two bytes each, the lower first.
fn rgba10(pixels: &PixelBuffer) -> Vec<u8> {
    let samples: Vec<u16> = match pixels.samples() {
        Samples::U8(samples) => samples.iter().map(|&v| ten_bits(u32::from(v) * 257)).collect(),
        Samples::U16(samples) => samples.iter().map(|&v| ten_bits(u32::from(v))).collect(),
    };
    spread(&samples, pixels.channels(), 1023).into_iter().flat_map(u16::to_le_bytes).collect()
}

/// 0 to 65535 as 0 to 1023, rounded to nearest.
const fn ten_bits(value: u32) -> u16 {
    ((value * 1023 + 32_767) / 65_535) as u16
}

/// Four samples a pixel, whatever there were.
fn spread<T: Copy>(samples: &[T], channels: Channels, opaque: T) -> Vec<T> {
    let count = channels.count();
    let mut out = Vec::with_capacity(samples.len() / count * 4);
    for pixel in samples.chunks_exact(count) {
        out.extend(match *pixel {
            [gray] => [gray, gray, gray, opaque],
            [gray, alpha] => [gray, gray, gray, alpha],
            [red, green, blue] => [red, green, blue, opaque],
            [red, green, blue, alpha, ..] => [red, green, blue, alpha],
            [] => [opaque; 4],
        });
    }
    out
}

/// The encoder that makes a format's lossy files, by the settings.
pub(crate) fn lossy_kind(codec: SquooshCodec, settings: &ImageSettings) -> EncoderKind {
    match (codec, settings.squoosh.contains(&codec)) {
        (SquooshCodec::Avif, true) => EncoderKind::SquooshAvif,
        (SquooshCodec::Avif, false) => EncoderKind::Aom,
        (SquooshCodec::Jxl, true) => EncoderKind::SquooshJxl,
        (SquooshCodec::Jxl, false) => EncoderKind::Jxl,
    }
}

/// The encoder that makes lossless JPEG XL, by the settings.
pub(crate) fn lossless_jxl_kind(settings: &ImageSettings) -> EncoderKind {
    if settings.squoosh.contains(&SquooshCodec::Jxl) {
        EncoderKind::SquooshJxlLossless
    } else {
        EncoderKind::JxlLossless
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_of_any_kind_become_four_samples() {
        assert_eq!(spread(&[7u8, 9], Channels::Gray, 255), [7, 7, 7, 255, 9, 9, 9, 255]);
        assert_eq!(spread(&[7u8, 9], Channels::GrayAlpha, 255), [7, 7, 7, 9]);
        assert_eq!(spread(&[1u8, 2, 3], Channels::Rgb, 255), [1, 2, 3, 255]);
        let image = PixelBuffer::new(1, 1, Channels::Gray, Samples::U16(vec![0x8080])).unwrap();
        assert_eq!(rgba8(&image, EncoderKind::SquooshJxl).unwrap().as_ref(), [128, 128, 128, 255]);
        // 0x8080 of 0xffff is 513.5 of 1023, rounded up or down the same way for 8 bits of 128.
        assert_eq!(rgba10(&image)[..2], ten_bits(0x8080).to_le_bytes());
        assert_eq!((ten_bits(0), ten_bits(65_535), ten_bits(128 * 257)), (0, 1023, ten_bits(0x8080)));
    }
}
