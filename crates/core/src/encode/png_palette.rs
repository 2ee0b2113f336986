//! Lossy PNG: at most 256 colours, in a palette.
//!
//! Quality is a number of colours, in steps that each change the file noticeably: 1 is 2 colours, 50 is 32, 80 is
//! 112, 100 is 256. What a number of colours does to an image depends on the image far more than with other
//! encoders; a goal by score finds the number.

use super::palette::Mapping;
use super::{EncodeInput, EncodeSettings, EncoderKind, failed, png};
use crate::context::OptimizeContext;
use crate::error::OptimizationError;
use crate::units::Quality;
use oxipng::{BitDepth, ColorType, RGBA8, RawImage};

/// The numbers of colours, from quality 1 to quality 100 in even steps.
const COLORS: [u16; 31] = [
    2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20, 24, 28, 32, 36, 40, 48, 56, 64, 72, 80, 96, 112, 128, 144,
    160, 192, 224, 256,
];
const LAST_STEP: u16 = COLORS.len() as u16 - 1;

/// How much of the error dithering hands on.
const DITHERING: f32 = 0.75;
/// How much worse a neighbour's colour may be, in mean squared errors of the image.
const COHERENCE: f32 = 1.0;

/// The qualities that give different numbers of colours, ascending.
pub(super) fn qualities() -> Vec<Quality> {
    let range = u16::from(Quality::MAX - Quality::MIN);
    (0..=LAST_STEP)
        .map(|step| Quality::clamped(Quality::MIN + ((step * range + LAST_STEP / 2) / LAST_STEP) as u8))
        .collect()
}

/// How many colours a quality stands for.
pub(super) fn color_count(quality: Quality) -> u16 {
    let range = u16::from(Quality::MAX - Quality::MIN);
    let step = (u16::from(quality.get() - Quality::MIN) * LAST_STEP + range / 2) / range;
    COLORS[usize::from(step.min(LAST_STEP))]
}

/// Reduces the colours and packs the indices.
pub(super) fn encode(
    input: &EncodeInput<'_>,
    settings: EncodeSettings,
    context: &OptimizeContext<'_>,
) -> Result<Vec<u8>, OptimizationError> {
    let error = |error: oxipng::PngError| failed(EncoderKind::PngPalette, error);
    let count = color_count(settings.quality.unwrap_or(Quality::clamped(Quality::MAX)));
    let mapping =
        Mapping { dithering: if settings.dithering { DITHERING } else { 0.0 }, coherence: COHERENCE };
    let image = input.colors().reduced(usize::from(count), mapping);
    context.check_cancelled()?;
    // A profile for grey pixels does not go with a palette, which is coloured by definition (PNG third edition,
    // 11.3.2.3): the few greys are then written as such.
    let gray = input.pixels.channels().is_gray() && input.metadata.icc.is_some();
    let (color_type, data) = if gray {
        let with_alpha = input.pixels.channels().has_alpha();
        let shade = |&index: &u8| image.palette.get(usize::from(index)).copied().unwrap_or_default();
        if with_alpha {
            let data =
                image.indices.iter().map(shade).flat_map(|[gray, _, _, alpha]| [gray, alpha]).collect();
            (ColorType::GrayscaleAlpha, data)
        } else {
            let data = image.indices.iter().map(|index| shade(index)[0]).collect();
            (ColorType::Grayscale { transparent_shade: None }, data)
        }
    } else {
        let palette = image.palette.iter().map(|&[r, g, b, a]| RGBA8 { r, g, b, a }).collect();
        (ColorType::Indexed { palette }, image.indices)
    };
    let mut raw =
        RawImage::new(input.pixels.width(), input.pixels.height(), color_type, BitDepth::Eight, data)
            .map_err(error)?;
    png::add_metadata(&mut raw, input);
    let options =
        if settings.draft { png::draft_options(input) } else { png::options(input, settings.effort) };
    let bytes = raw.create_optimized_png(&options).map_err(error)?;
    context.check_cancelled()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_colors_has_a_quality_and_every_quality_a_number() {
        let counts: Vec<u16> = qualities().into_iter().map(color_count).collect();
        assert_eq!(counts, COLORS);
        let all: Vec<u16> = (1..=100).map(|quality| color_count(Quality::clamped(quality))).collect();
        assert!(all.is_sorted());
        assert_eq!((all[0], all[49], all[79], all[99]), (2, 32, 112, 256));
    }
}
