//! Lossy PNG: at most 256 colours, in a palette.
//!
//! Quality is a number of colours: 1 to 31 stand for 2 to 32 colours, one by one; from there on each step is 3 %
//! more, so that 50 is 57 colours, 80 is 140 and 100 is 256. What a number of colours does to an image depends on
//! the image far more than with other encoders; a goal by score finds the number.

use super::palette::Mapping;
use super::{EncodeInput, EncodeSettings, EncoderKind, failed, png};
use crate::context::OptimizeContext;
use crate::error::OptimizationError;
use crate::units::Quality;
use oxipng::{BitDepth, ColorType, FilterStrategy, RGBA8, RawImage, indexset};

/// Up to here a quality more is a colour more.
const SINGLE_STEPS: f64 = 31.0;

/// How much of the error dithering hands on.
const DITHERING: f32 = 0.75;
/// How much worse a neighbour's colour may be, in mean squared errors of the image, to begin with: see
/// [`EncodeSettings::coherence`].
const COHERENCE: f32 = 1.5;

/// Below this effort indices are not filtered: differences between indices say nothing, so it hardly ever pays.
const FILTERS_FROM: u8 = 2;

/// How many colours a quality stands for.
pub(super) fn color_count(quality: Quality) -> u16 {
    let quality = f64::from(quality);
    if quality <= SINGLE_STEPS {
        return quality as u16 + 1;
    }
    // From 32 to 256 in even ratios.
    let part = (quality - SINGLE_STEPS) / (100.0 - SINGLE_STEPS);
    libm::round(libm::exp2(5.0 + 3.0 * part)) as u16
}

/// Reduces the colours and packs the indices.
pub(super) fn encode(
    input: &EncodeInput<'_>,
    settings: EncodeSettings,
    context: &OptimizeContext<'_>,
) -> Result<Vec<u8>, OptimizationError> {
    let error = |error: oxipng::PngError| failed(EncoderKind::PngPalette, error);
    let count = settings.quality.map_or(256, color_count);
    let mapping = Mapping {
        dithering: if settings.dithering { DITHERING } else { 0.0 },
        coherence: COHERENCE * f32::from((1u16 << settings.coherence.min(8)) / 2),
    };
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
    if settings.draft {
        return raw.create_optimized_png(&png::draft_options(input)).map_err(error);
    }
    let mut options = png::options(input, settings.effort);
    if settings.effort.get() < FILTERS_FROM {
        options.filters = indexset! {FilterStrategy::NONE};
    }
    let bytes = raw.create_optimized_png(&options).map_err(error)?;
    context.check_cancelled()?;
    Ok(png::squeezed(bytes, options, settings.effort))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quality_is_another_number_of_colors() {
        let counts: Vec<u16> = Quality::ladder(4).into_iter().map(color_count).collect();
        assert!(counts.windows(2).all(|pair| pair[0] < pair[1]), "{counts:?}");
        assert_eq!([0, 30, 31, 49, 79, 99].map(|index| counts[index]), [2, 32, 33, 57, 140, 256]);
    }
}
