//! Still GIF, through the gif crate: the frame on its screen.

use super::{DecodedImage, SourceTraits};
use crate::animation::{Source, first_gif_frame};
use crate::container::gif;
use crate::context::Limits;
use crate::error::OptimizationError;
use crate::format::Format;
use crate::pixels::{Channels, Orientation, PixelBuffer, Samples};

/// Width and height of the logical screen.
pub(super) fn read_dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    gif::read_screen(bytes).map(|screen| (u32::from(screen.width), u32::from(screen.height)))
}

/// Decodes a GIF of one frame: the frame on the logical screen, transparent where it does not reach.
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<DecodedImage, OptimizationError> {
    if let Some((width, height)) = read_dimensions(bytes) {
        limits.check_dimensions(width, height)?;
    }
    let summary = gif::summarise(bytes)?;
    if summary.frames > 1 {
        return Err(OptimizationError::unsupported("GIF", "animation"));
    }
    let whole = gif::with_trailer(bytes, &summary);
    let pixels = first_gif_frame(&whole, &summary, limits)?;
    let source = Source::open(bytes, Format::Gif, limits)?;
    let image = PixelBuffer::new(source.width, source.height, Channels::Rgba, Samples::U8(pixels))?;
    Ok(DecodedImage {
        pixels: image,
        metadata: source.metadata,
        orientation: Orientation::Upright,
        source: SourceTraits { lossless: true, tainted: source.tainted, ..SourceTraits::default() },
        warnings: source.warnings,
    })
}
