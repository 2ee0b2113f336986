//! The first frame alone, for previews.

use super::Source;
use crate::context::Limits;
use crate::error::OptimizationError;
use crate::format::Format;
use crate::pixels::{Channels, PixelBuffer, Samples};

/// The first frame of an animation and its profile.
///
/// # Errors
/// As [`Source::open`], and [`OptimizationError::Corrupt`] for an animation without frames.
pub(crate) fn first_frame(
    bytes: &[u8],
    format: Format,
    limits: &Limits,
) -> Result<(PixelBuffer, Option<Vec<u8>>), OptimizationError> {
    let mut source = Source::open(bytes, format, limits)?;
    let icc = source.metadata.icc.take();
    let mut player = source.play()?;
    player.next_frame()?.ok_or_else(|| OptimizationError::corrupt(format, "there are no frames in it"))?;
    let samples = Samples::U8(player.canvas().to_vec());
    Ok((PixelBuffer::new(source.width, source.height, Channels::Rgba, samples)?, icc))
}
