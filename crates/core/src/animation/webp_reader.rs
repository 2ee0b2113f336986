//! Plays an animated WebP, through libwebp.

use super::{Delay, FrameStream};
use crate::container::webp::Summary;
use crate::context::Limits;
use crate::error::OptimizationError;
use crate::format::Format;
use planish_ffi::FfiError;
use planish_ffi::webp_animation::AnimationDecoder;

/// A WebP being played.
pub(crate) struct WebpReader<'a> {
    decoder: AnimationDecoder<'a>,
    durations: &'a [u32],
    canvas: Vec<u8>,
    next: usize,
}

/// Opens a WebP whose chunks are known.
pub(crate) fn open<'a>(
    bytes: &'a [u8],
    summary: &'a Summary,
    limits: &Limits,
) -> Result<WebpReader<'a>, OptimizationError> {
    // libwebp adds all durations up in 32 bits, with a sign.
    if summary.duration > i32::MAX as u64 {
        return Err(OptimizationError::LimitExceeded {
            limit: "milliseconds of animation",
            allowed: i32::MAX as u64,
            actual: summary.duration,
        });
    }
    let features = planish_ffi::webp::features(bytes).map_err(error)?;
    limits.check_dimensions(features.width, features.height)?;
    let decoder = AnimationDecoder::new(bytes).map_err(error)?;
    let info = decoder.info();
    limits.check_dimensions(info.width, info.height)?;
    if info.frames != summary.frames || info.frames == 0 {
        return Err(OptimizationError::corrupt(Format::Webp, "frames are cut short or out of place"));
    }
    Ok(WebpReader { decoder, durations: &summary.durations, canvas: Vec::new(), next: 0 })
}

impl FrameStream for WebpReader<'_> {
    fn next_frame(&mut self) -> Result<Option<Delay>, OptimizationError> {
        let Some(canvas) = self.decoder.next_frame().map_err(error)? else { return Ok(None) };
        self.canvas.clear();
        self.canvas.extend_from_slice(canvas);
        let duration = self.durations.get(self.next).copied().unwrap_or(0);
        self.next += 1;
        Ok(Some(Delay::new(duration, 1000)))
    }

    fn canvas(&self) -> &[u8] {
        &self.canvas
    }
}

fn error(error: FfiError) -> OptimizationError {
    OptimizationError::corrupt(Format::Webp, error)
}
