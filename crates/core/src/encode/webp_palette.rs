//! Lossy WebP of graphics: at most 256 colours, coded without further loss. What a quality is: see [`super::palette`].
//!
//! libwebp's lossy coder knows transforms of square blocks and halved chroma, which flat areas, text and thin coloured lines
//! are not made of.

use super::palette::in_few_colors;
use super::{EncodeInput, EncodeSettings, EncoderKind, webp};
use crate::context::OptimizeContext;
use crate::error::OptimizationError;
use crate::units::Effort;

/// How drafts are packed, libwebp's method and how hard it tries: 4 to 7 % larger than the file at effort 5 in the mean (26 graphics,
/// scores of 80 and 90), in an eighth of the time.
const DRAFT: (u8, f32) = (3, 30.0);

/// The same of the file. The least is 2 % larger than the second, which takes nine times as long and is 1.5 % larger than the last;
/// that takes seven times as long again (26 graphics, a score of 80).
const fn packing(effort: Effort) -> (u8, f32) {
    match effort.get() {
        0..=4 => (4, 75.0),
        5..=7 => (5, 100.0),
        _ => (6, 100.0),
    }
}

/// Reduces the colours and packs the pixels.
pub(super) fn encode(
    input: &EncodeInput<'_>,
    settings: EncodeSettings,
    context: &OptimizeContext<'_>,
) -> Result<Vec<u8>, OptimizationError> {
    let image = in_few_colors(input, settings);
    context.check_cancelled()?;
    let color = |&index: &u8| image.palette.get(usize::from(index)).copied().unwrap_or_default();
    let has_alpha = image.palette.iter().any(|&[_, _, _, alpha]| alpha < u8::MAX);
    let samples: Vec<u8> = if has_alpha {
        image.indices.iter().flat_map(color).collect()
    } else {
        image.indices.iter().map(color).flat_map(|[r, g, b, _]| [r, g, b]).collect()
    };
    let (method, quality) = if settings.draft { DRAFT } else { packing(settings.effort) };
    let config = webp::lossless_config(method, quality);
    webp::pack(&samples, has_alpha, &config, input, EncoderKind::WebpPalette, context)
}
