//! Plays two animations side by side: checks that one shows what the other does, or scores how close it comes.

use super::prepared::{Preparation, Prepared, play};
use super::{FrameStream, Source};
use crate::analyse::AlphaKind;
use crate::context::OptimizeContext;
use crate::error::OptimizationError;
use crate::format::Format;
use crate::pixels::{Channels, PixelBuffer, Samples};
use crate::units::Score;
use crate::yardstick::{Use, Yardstick};
use rayon::prelude::*;

/// So many frames are scored; of longer animations these, spread evenly from the first to the last.
pub(crate) const SCORED_FRAMES: usize = 24;
/// Frames are scored side by side, this many pixels at a time: a bound on memory.
const CHUNK_PIXELS: usize = 1_000_000;

/// What a file must show.
pub(crate) struct Expected<'a> {
    /// The animation it was made from.
    pub(crate) source: &'a Source<'a>,
    /// How its frames were prepared.
    pub(crate) preparation: Preparation<'a>,
    /// Width and height.
    pub(crate) size: (u32, u32),
    /// How long each frame is shown, in nanoseconds.
    pub(crate) delays: Vec<u64>,
    /// How often it plays.
    pub(crate) plays: u32,
    /// The profile.
    pub(crate) icc: Option<&'a [u8]>,
    /// Whether every pixel must be equal; transparency must be in any case.
    pub(crate) lossless: bool,
}

/// Decodes and checks a file.
///
/// # Errors
/// [`OptimizationError::Verify`] with the check that failed, or what the decoder said.
pub(crate) fn verify(
    bytes: &[u8],
    format: Format,
    expected: &Expected<'_>,
    context: &OptimizeContext<'_>,
) -> Result<(), OptimizationError> {
    let failed = |check: String| Err(OptimizationError::Verify { check });
    let made = Source::open(bytes, format, &context.limits)?;
    if (made.width, made.height) != expected.size {
        return failed(format!(
            "dimensions: expected {:?}, got {} × {}",
            expected.size, made.width, made.height
        ));
    }
    if made.frames as usize != expected.delays.len() {
        return failed(format!("frames: expected {}, got {}", expected.delays.len(), made.frames));
    }
    // How often a single frame plays makes no difference.
    if made.plays != expected.plays && made.frames > 1 {
        return failed(format!("loop count: expected {}, got {}", expected.plays, made.plays));
    }
    // An sRGB profile may be said in one byte instead.
    let said_otherwise = made.metadata.icc.is_none() && made.declares_srgb;
    if made.metadata.icc.as_deref() != expected.icc && !said_otherwise {
        return failed("profile: the colour profile is not the original's".into());
    }
    let mut reference = play(expected.source, expected.preparation)?;
    let mut candidate = play(&made, Preparation::NONE)?;
    for (index, &delay) in expected.delays.iter().enumerate() {
        context.check_cancelled()?;
        let (Some(_), Some(actual)) = (reference.next_frame()?, candidate.next_frame()?) else {
            return failed(format!("frames: frame {index} is missing"));
        };
        if actual.nanoseconds() != delay {
            return failed(format!(
                "delay of frame {index}: expected {delay} ns, got {}",
                actual.nanoseconds()
            ));
        }
        let (a, b) = (reference.canvas(), candidate.canvas());
        let same = if expected.lossless {
            a == b
        } else {
            a.len() == b.len() && a.chunks_exact(4).zip(b.chunks_exact(4)).all(|(a, b)| a[3] == b[3])
        };
        if !same {
            let what = if expected.lossless { "pixels" } else { "alpha" };
            return failed(format!("{what}: frame {index} differs from its original"));
        }
    }
    Ok(())
}

/// The frames that are scored, ascending.
pub(crate) fn scored_frames(count: usize) -> Vec<usize> {
    if count <= SCORED_FRAMES {
        return (0..count).collect();
    }
    (0..SCORED_FRAMES).map(|index| index * (count - 1) / (SCORED_FRAMES - 1)).collect()
}

/// The worst SSIMULACRA2 score of the frames that are scored.
///
/// # Errors
/// What the decoders say, and [`OptimizationError::Cancelled`].
pub(crate) fn score(
    bytes: &[u8],
    format: Format,
    expected: &Expected<'_>,
    alpha: AlphaKind,
    context: &OptimizeContext<'_>,
) -> Result<Score, OptimizationError> {
    let made = Source::open(bytes, format, &context.limits)?;
    let mut reference = play(expected.source, expected.preparation)?;
    let mut candidate = play(&made, Preparation::NONE)?;
    let (width, height) = expected.size;
    let at_once = (CHUNK_PIXELS / (width as usize * height as usize).max(1)).clamp(1, SCORED_FRAMES);
    let mut worst = f64::INFINITY;
    let mut pairs = Vec::new();
    let mut next = 0;
    let wanted = scored_frames(expected.delays.len());
    for (done, &index) in wanted.iter().enumerate() {
        context.check_cancelled()?;
        while next <= index {
            let missing = || OptimizationError::Verify { check: format!("frames: frame {next} is missing") };
            reference.next_frame()?.ok_or_else(missing)?;
            candidate.next_frame()?.ok_or_else(missing)?;
            next += 1;
        }
        let image = |player: &Prepared<'_>| {
            PixelBuffer::new(width, height, Channels::Rgba, Samples::U8(player.canvas().to_vec()))
        };
        pairs.push((image(&reference)?, image(&candidate)?));
        if pairs.len() == at_once || done + 1 == wanted.len() {
            let scores: Result<Vec<f64>, OptimizationError> = pairs
                .par_iter()
                .map(|(reference, candidate)| score_frame(reference, candidate, alpha))
                .collect();
            worst = scores?.into_iter().fold(worst, f64::min);
            pairs.clear();
        }
    }
    Ok(Score::measured(worst))
}

pub(super) fn score_frame(
    reference: &PixelBuffer,
    candidate: &PixelBuffer,
    alpha: AlphaKind,
) -> Result<f64, OptimizationError> {
    // Frames in which nothing was lost are common where only small parts move.
    if reference == candidate {
        return Ok(Score::IDENTICAL.get());
    }
    if alpha == AlphaKind::None {
        let opaque = |image: &PixelBuffer| image.without_alpha();
        if let (Some(reference), Some(candidate)) = (opaque(reference), opaque(candidate)) {
            return Ok(Yardstick::new(&reference, alpha, Use::Once)?.score(&candidate)?.get());
        }
    }
    Ok(Yardstick::new(reference, alpha, Use::Once)?.score(candidate)?.get())
}

#[cfg(test)]
mod tests {
    use super::scored_frames;

    #[test]
    fn scored_frames_reach_from_the_first_to_the_last() {
        assert_eq!(scored_frames(3), [0, 1, 2]);
        let frames = scored_frames(380);
        assert_eq!((frames.len(), frames[0], frames[23]), (24, 0, 379));
        assert!(frames.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
