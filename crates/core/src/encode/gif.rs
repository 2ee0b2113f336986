//! Still GIF.

use super::{EncodeInput, EncodeSettings, EncoderKind, failed};
use crate::animation::indexed_gif;
use crate::container::gif;
use crate::error::OptimizationError;
use crate::format::Format;
use crate::pixels::Samples;
use crate::units::Quality;

/// Colours at a quality: 100 takes all 256, 50 half of them. Without a quality, all.
pub(crate) fn colors(quality: Option<Quality>) -> usize {
    quality.map_or(256, |quality| ((quality.get() * 2.56).ceil() as usize).clamp(2, 256))
}

/// Every tenth: palettes of nearly the same size give nearly the same file.
pub(super) fn qualities() -> Vec<Quality> {
    Quality::ladder(4).into_iter().skip(9).step_by(10).collect()
}

/// Encodes at 8 bits in at most 256 colours; without loss where they are that few.
pub(super) fn encode(
    input: &EncodeInput<'_>,
    settings: EncodeSettings,
    lossless: bool,
) -> Result<Vec<u8>, OptimizationError> {
    let kind = if lossless { EncoderKind::Gif } else { EncoderKind::GifLossy };
    let pixels = input.pixels;
    let (Ok(width), Ok(height)) = (u16::try_from(pixels.width()), u16::try_from(pixels.height())) else {
        return Err(failed(kind, "a width or height over 65535"));
    };
    let rounded = pixels.to_8_bit();
    let pixels = rounded.as_ref().unwrap_or(pixels);
    let color = pixels.gray_as_rgb();
    let pixels = color.as_ref().unwrap_or(pixels);
    let Samples::U8(samples) = pixels.samples() else {
        return Err(failed(kind, "8-bit samples expected"));
    };
    let mut rgba: Vec<u8> = if pixels.channels().has_alpha() {
        samples.clone()
    } else {
        samples.chunks_exact(3).flat_map(|rgb| [rgb[0], rgb[1], rgb[2], 255]).collect()
    };
    for pixel in rgba.chunks_exact_mut(4) {
        match pixel[3] {
            255 => {}
            0 if !input.exact || pixel[..3] == [0; 3] => {}
            0 => return Err(failed(kind, "colours under transparent pixels cannot be kept")),
            _ => return Err(failed(kind, "partial transparency cannot be kept")),
        }
    }
    let max_colors = (!lossless).then(|| colors(settings.quality));
    indexed_gif(&rgba, (width, height), max_colors, input.metadata)
        .ok_or_else(|| failed(kind, "more than 256 colours"))
}

/// The original's frame with the metadata that is to be kept.
pub(super) fn rewrite(input: &EncodeInput<'_>) -> Result<Vec<u8>, OptimizationError> {
    let original = input
        .original
        .filter(|bytes| crate::sniff::sniff(bytes) == Ok(Format::Gif))
        .ok_or_else(|| failed(EncoderKind::GifRewrite, "the original file is needed"))?;
    gif::stripped(original, input.metadata.icc.is_some(), input.metadata.xmp.is_some())
}
