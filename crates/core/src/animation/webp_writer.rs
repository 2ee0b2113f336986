//! Writes animated `WebP`s: each frame is the rectangle that changes, coded by libwebp, in a container of our own.
//!
//! Frames are drawn over what is there: with unchanged pixels transparent, or replacing the whole rectangle,
//! whichever is smaller. With loss, each frame may still be coded without where that is smaller: line art often is.

use super::changes::{Patch, changed, patch};
use super::prepared::{Preparation, play};
use super::{FrameStream, Source};
use crate::analyse::ImageKind;
use crate::container::webp::{Frame, image_chunks};
use crate::context::OptimizeContext;
use crate::encode::EncoderKind;
use crate::error::OptimizationError;
use crate::units::{Effort, Quality};
use planish_ffi::FfiError;
use planish_ffi::webp::{Config, Preset, encode};
use rayon::prelude::*;

/// Frames are composed one after another and coded side by side, this many pixels at a time: a bound on memory.
const BATCH_PIXELS: usize = 4_000_000;
/// And this many frames.
const BATCH_FRAMES: usize = 64;
/// Longest duration of a frame in milliseconds: 24 bits.
pub(crate) const MAX_DURATION: u32 = (1 << 24) - 1;

/// How frames are coded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coding<'a> {
    /// With loss, or without.
    pub(crate) quality: Option<Quality>,
    /// Time against size.
    pub(crate) effort: Effort,
    /// What they look like.
    pub(crate) kind: ImageKind,
    /// The same frames coded without loss, to take where they are smaller.
    pub(crate) without_loss: Option<&'a [Frame]>,
}

/// Codes all frames; `durations` are theirs, in milliseconds.
///
/// # Errors
/// What the player says, [`OptimizationError::Encode`] and [`OptimizationError::Cancelled`].
pub(crate) fn frames(
    source: &Source<'_>,
    preparation: Preparation<'_>,
    width: u32,
    durations: &[u32],
    coding: Coding<'_>,
    context: &OptimizeContext<'_>,
) -> Result<Vec<Frame>, OptimizationError> {
    let mut player = play(source, preparation)?;
    let mut before: Vec<u8> = Vec::new();
    let mut out: Vec<Frame> = Vec::with_capacity(durations.len());
    let mut batch: Vec<Patch> = Vec::new();
    loop {
        let more = player.next_frame()?.is_some();
        if more {
            let canvas = player.canvas();
            // The canvas is transparent to begin with.
            before.resize(canvas.len(), 0);
            let rect = changed(&before, canvas, width).evenly_placed();
            batch.push(patch(&before, canvas, width, rect));
            before.copy_from_slice(canvas);
        }
        let pixels: usize = batch.iter().map(|patch| patch.rect.area()).sum();
        if !more || pixels >= BATCH_PIXELS || batch.len() >= BATCH_FRAMES {
            context.check_cancelled()?;
            let first = out.len();
            let coded: Result<Vec<Frame>, OptimizationError> = batch
                .par_iter()
                .enumerate()
                .map(|(index, patch)| {
                    let duration = durations.get(first + index).copied().unwrap_or(0);
                    let exact = coding.without_loss.and_then(|frames| frames.get(first + index));
                    frame(patch, duration, coding, exact, context)
                })
                .collect();
            out.extend(coded?);
            batch.clear();
        }
        if !more {
            return Ok(out);
        }
    }
}

/// One frame, in the way that takes the fewest bytes.
fn frame(
    patch: &Patch,
    duration: u32,
    coding: Coding<'_>,
    exact: Option<&Frame>,
    context: &OptimizeContext<'_>,
) -> Result<Frame, OptimizationError> {
    let mut best: Option<Frame> = exact.cloned();
    // With next to nothing to leave out, or hardly anything to draw, one of the two ways is not worth trying.
    let area = patch.rect.area();
    let holes = patch.holes.as_deref().filter(|_| patch.unchanged * 16 >= area);
    let solid =
        (holes.is_none() || patch.unchanged * 4 <= area * 3 || area < 4096).then_some(patch.solid.as_slice());
    for (pixels, blend) in [(solid, false), (holes, true)] {
        let Some(pixels) = pixels else { continue };
        let opaque = pixels.chunks_exact(4).all(|pixel| pixel[3] == 255);
        let file = still(pixels, patch, opaque, coding, context)?;
        let chunks = image_chunks(&file);
        if best.as_ref().is_none_or(|best| chunks.len() < best.chunks.len()) {
            let rect = [patch.rect.left, patch.rect.top, patch.rect.width, patch.rect.height];
            best = Some(Frame { rect, duration, blend, alpha: !opaque, chunks });
        }
    }
    best.ok_or_else(|| OptimizationError::Internal { message: "a frame without pixels".into() })
}

fn still(
    pixels: &[u8],
    patch: &Patch,
    opaque: bool,
    coding: Coding<'_>,
    context: &OptimizeContext<'_>,
) -> Result<Vec<u8>, OptimizationError> {
    let lossless = coding.quality.is_none();
    let effort = coding.effort.get();
    let config = Config {
        lossless,
        // Without loss it is effort: 75 is libwebp's default, 100 its slowest.
        quality: match coding.quality {
            Some(quality) => quality.get(),
            None => {
                if effort >= 8 {
                    100.0
                } else {
                    75.0
                }
            }
        },
        // The slowest method costs many times the time for a percent or two, and there are many frames.
        method: match effort {
            0..=4 => effort,
            5..=7 => 4,
            _ => 6,
        },
        alpha_quality: 100,
        exact: false,
        sharp_yuv: coding.kind == ImageKind::Graphic && !lossless,
        preset: match coding.kind {
            ImageKind::Photo => Preset::Photo,
            ImageKind::Graphic => Preset::Picture,
        },
        noise_shaping: None,
        deblocking: None,
    };
    let keep_going = || !context.cancel.is_cancelled();
    let (width, height) = (patch.rect.width, patch.rect.height);
    let result = if opaque {
        let rgb: Vec<u8> = pixels.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        encode(&rgb, width, height, false, &config, &keep_going)
    } else {
        encode(pixels, width, height, true, &config, &keep_going)
    };
    let kind = if lossless { EncoderKind::WebpLossless } else { EncoderKind::WebpLossy };
    result.map_err(|error| match error {
        FfiError::Cancelled => OptimizationError::Cancelled,
        other => OptimizationError::Encode { encoder: kind.name(), message: other.to_string() },
    })
}
