//! Lossy PNG: at most 256 colours, in a palette. What a quality is: see [`super::palette`].

use super::palette::in_few_colors;
use super::{EncodeInput, EncodeSettings, EncoderKind, failed, png};
use crate::context::OptimizeContext;
use crate::error::OptimizationError;
use oxipng::{BitDepth, ColorType, FilterStrategy, RGBA8, RawImage, indexset};

/// Below this effort indices are not filtered: differences between indices say nothing, so it hardly ever pays.
const FILTERS_FROM: u8 = 2;

/// Reduces the colours and packs the indices.
pub(super) fn encode(
    input: &EncodeInput<'_>,
    settings: EncodeSettings,
    context: &OptimizeContext<'_>,
) -> Result<Vec<u8>, OptimizationError> {
    let error = |error: oxipng::PngError| failed(EncoderKind::PngPalette, error);
    let image = in_few_colors(input, settings);
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
