//! Scores how much one animation looks like another, whoever made them.
//!
//! Files of one animation differ in their frames: equal ones in a row may be one. So they are not counted but shown:
//! at every moment the frames that both show are a pair.

use super::compare::{score_frame, scored_frames};
use super::prepared::{Preparation, play};
use super::{FrameStream, Source};
use crate::analyse::AlphaKind;
use crate::context::OptimizeContext;
use crate::error::OptimizationError;
use crate::pixels::{Channels, PixelBuffer, Samples};
use crate::settings::{ColorPolicy, ImageSettings};
use crate::sniff::sniff;
use crate::units::Score;
use serde::Serialize;

/// Two frames that are shown together for no longer than this, in nanoseconds, are a matter of rounding.
const ROUNDING: u64 = 20_000_000;
/// What viewers make of delays that are too short, in nanoseconds.
const SHORTEST: u64 = 10_000_000;
const INSTEAD: u64 = 100_000_000;

/// How much one animation looks like another. JSON uses camelCase.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AnimationComparison {
    /// The worst score of the moments that were looked at.
    pub score: Score,
    /// The mean score of those moments.
    pub mean_score: Score,
    /// How many moments were looked at: all, up to 24 of them spread evenly.
    pub moments: u32,
    /// The frame of the first file that is shown at the worst of them, counted from 0.
    pub worst_frame: u32,
    /// How long the first file plays once, in milliseconds.
    pub duration: f64,
    /// How long the second file plays once, in milliseconds.
    pub other_duration: f64,
}

/// Plays both files side by side, at most to the end of the shorter one, and scores what they show.
///
/// # Errors
/// What the decoders say, [`OptimizationError::InvalidSetting`] for files of different sizes, and
/// [`OptimizationError::Unsupported`] for formats without animations.
pub fn compare_animations(
    reference: &[u8],
    candidate: &[u8],
    context: &OptimizeContext<'_>,
) -> Result<AnimationComparison, OptimizationError> {
    context.limits.check_input(reference.len().max(candidate.len()))?;
    let reference = Source::open(reference, sniff(reference)?, &context.limits)?;
    let candidate = Source::open(candidate, sniff(candidate)?, &context.limits)?;
    let (width, height) = (reference.width, reference.height);
    if (candidate.width, candidate.height) != (width, height) {
        return Err(OptimizationError::InvalidSetting {
            field: "the file to compare".into(),
            expected: format!("{width} × {height} pixels"),
            actual: format!("{} × {}", candidate.width, candidate.height),
        });
    }
    let (times, other_times) = (delays(&reference, context)?, delays(&candidate, context)?);
    let pairs = pairs(&times, &other_times);
    let looked_at: Vec<(usize, usize)> =
        scored_frames(pairs.len()).into_iter().filter_map(|index| pairs.get(index).copied()).collect();
    let in_srgb = ImageSettings { color: ColorPolicy::Srgb, ..ImageSettings::default() };
    let limits = &context.limits;
    let preparation = |icc: &'_ Option<Vec<u8>>| icc.is_some().then_some((&in_srgb, limits));
    let (icc, other_icc) = (&reference.metadata.icc, &candidate.metadata.icc);
    let mut first = play(
        &reference,
        Preparation { settings: preparation(icc), icc: icc.as_deref(), ..Preparation::NONE },
    )?;
    let mut second = play(
        &candidate,
        Preparation { settings: preparation(other_icc), icc: other_icc.as_deref(), ..Preparation::NONE },
    )?;
    let (mut at, mut other_at) = (0, 0);
    let (mut worst, mut sum) = ((f64::INFINITY, 0), 0.0);
    for &(frame, other_frame) in &looked_at {
        context.check_cancelled()?;
        advance(&mut first, &mut at, frame)?;
        advance(&mut second, &mut other_at, other_frame)?;
        let image =
            |canvas: &[u8]| PixelBuffer::new(width, height, Channels::Rgba, Samples::U8(canvas.to_vec()));
        let (a, b) = (image(first.canvas())?, image(second.canvas())?);
        let is_opaque = |canvas: &[u8]| canvas.chunks_exact(4).all(|pixel| pixel[3] == 255);
        let opaque = is_opaque(first.canvas()) && is_opaque(second.canvas());
        let score = score_frame(&a, &b, if opaque { AlphaKind::None } else { AlphaKind::Full })?;
        sum += score;
        if score < worst.0 {
            worst = (score, frame);
        }
    }
    let milliseconds = |times: &[u64]| times.iter().sum::<u64>() as f64 / 1e6;
    Ok(AnimationComparison {
        score: Score::measured(worst.0),
        mean_score: Score::measured(sum / looked_at.len().max(1) as f64),
        moments: looked_at.len() as u32,
        worst_frame: worst.1 as u32,
        duration: milliseconds(&times),
        other_duration: milliseconds(&other_times),
    })
}

/// Composes frames until `wanted` is on the canvas; `shown` counts those that were.
fn advance(player: &mut impl FrameStream, shown: &mut usize, wanted: usize) -> Result<(), OptimizationError> {
    while *shown <= wanted {
        let missing = || OptimizationError::Verify { check: format!("frames: frame {wanted} is missing") };
        player.next_frame()?.ok_or_else(missing)?;
        *shown += 1;
    }
    Ok(())
}

/// How long each frame is shown, in nanoseconds, as viewers do.
fn delays(source: &Source<'_>, context: &OptimizeContext<'_>) -> Result<Vec<u64>, OptimizationError> {
    let mut player = source.play()?;
    let mut delays = Vec::new();
    while let Some(delay) = player.next_frame()? {
        context.check_cancelled()?;
        let delay = delay.nanoseconds();
        delays.push(if delay <= SHORTEST { INSTEAD } else { delay });
    }
    Ok(delays)
}

/// The frames that are shown together, in order, while both files play. Never empty where both have frames.
fn pairs(times: &[u64], others: &[u64]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let (mut a, mut b) = (0, 0);
    let (mut left, mut other_left) =
        (times.first().copied().unwrap_or(0), others.first().copied().unwrap_or(0));
    while a < times.len() && b < others.len() {
        let together = left.min(other_left);
        if together > ROUNDING || together == times[a] || together == others[b] {
            pairs.push((a, b));
        }
        left -= together;
        other_left -= together;
        if left == 0 {
            a += 1;
            left = times.get(a).copied().unwrap_or(0);
        }
        if other_left == 0 {
            b += 1;
            other_left = others.get(b).copied().unwrap_or(0);
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::pairs;

    const MS: u64 = 1_000_000;

    #[test]
    fn merged_frames_meet_each_of_those_they_stand_for() {
        assert_eq!(pairs(&[100 * MS; 4], &[100 * MS, 200 * MS, 100 * MS]), [(0, 0), (1, 1), (2, 1), (3, 2)]);
    }

    #[test]
    fn rounded_delays_make_no_pairs_of_their_own() {
        let thirtieths = [33_333_333; 6];
        let hundredths = [30 * MS, 40 * MS, 30 * MS, 30 * MS, 40 * MS, 30 * MS];
        assert_eq!(pairs(&thirtieths, &hundredths), [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5)]);
    }

    #[test]
    fn the_shorter_animation_ends_it() {
        assert_eq!(pairs(&[100 * MS, 100 * MS], &[100 * MS]), [(0, 0)]);
    }
}
