//! The search among palettes, plain and dithered: on drafts, of which only the chosen one is packed well.

use super::{Made, Race, Variant, nearest, score_target};
use crate::analyse::ImageKind;
use crate::encode::EncoderKind;
use crate::error::OptimizationError;
use crate::plan::{PlannedCandidate, Task};

/// A draft is at most about this much larger than the file it stands for.
const DRAFT_EXCESS: f64 = 1.35;
/// What it usually is, of a PNG and of a WebP.
const TYPICAL_EXCESS_PNG: f64 = 1.15;
const TYPICAL_EXCESS_WEBP: f64 = 1.05;
/// How often a search for a size is made, at most.
const MAX_FITS: usize = 3;
/// Of a size limit, this share is used well.
const WELL_USED: f64 = 0.95;
/// Of two files that differ by less than this in score, the smaller one is better.
const SAME_SCORE: f64 = 1.0;

/// How often the error allowed for longer runs is doubled at most.
const MAX_COHERENCE: u8 = 4;

const PLAIN: Variant = Variant { subsample_chroma: false, dithering: false, coherence: 1, draft: true };
const DITHERED: Variant = Variant { dithering: true, ..PLAIN };
/// Every pixel in the palette's nearest colour: up to 2 % larger, for a score that nothing else reaches.
const NEAREST: Variant = Variant { coherence: 0, ..PLAIN };
/// Where the other ways fall short of the goal by more than this, it is not tried.
const NEAREST_GAIN: f64 = 1.5;

impl Race<'_> {
    /// The index of the file that meets the candidate's goal best.
    pub(super) fn by_drafts(
        &self,
        planned: PlannedCandidate,
        bound: Option<u64>,
        made: &mut Vec<Made>,
    ) -> Result<Option<usize>, OptimizationError> {
        let size = |file: &Made| file.bytes.len() as u64;
        let bound = bound.map(|bound| (bound as f64 * DRAFT_EXCESS) as u64);
        // How each of the files made was made.
        let mut variants: Vec<Variant> = Vec::new();
        let chosen = match planned.task {
            Task::Lossless => return Ok(None),
            Task::Fixed(quality) if planned.is_judged_quickly() => {
                made.push(self.make(planned, Some(quality), Variant { draft: false, ..PLAIN })?);
                return Ok(Some(0));
            }
            Task::Fixed(quality) => {
                for variant in [PLAIN, DITHERED] {
                    made.push(self.make(planned, Some(quality), variant)?);
                    variants.push(variant);
                }
                let gain = made[1].score.get() - made[0].score.get();
                let dithered =
                    if gain.abs() < SAME_SCORE { size(&made[1]) < size(&made[0]) } else { gain > 0.0 };
                Some(usize::from(dithered))
            }
            Task::ReachScore(score) => {
                let qualities = planned.encoder.qualities();
                let target = score_target((planned.encoder, ImageKind::Graphic), &qualities, score, bound);
                let plain = self.search_score(planned, PLAIN, &target, None, made)?;
                variants.resize(made.len(), PLAIN);
                // What is left of the score buys longer runs.
                if let Some(quality) = plain.and_then(|index| made[index].quality) {
                    for coherence in PLAIN.coherence + 1..=PLAIN.coherence + MAX_COHERENCE {
                        let variant = Variant { coherence, ..PLAIN };
                        made.push(self.make(planned, Some(quality), variant)?);
                        variants.push(variant);
                        if made.last().is_none_or(|file| file.score < score) {
                            break;
                        }
                    }
                }
                // The curve is not quite monotone: any file that passes may be the smallest.
                let smallest = |made: &[Made]| {
                    let passing = (0..made.len()).filter(|&index| made[index].score >= score);
                    passing.min_by_key(|&index| size(&made[index]))
                };
                let found = smallest(made);
                // Dithering takes fewer colours for the same score, but each costs more: it is worth a search where
                // two thirds of the quality do and are smaller.
                let mut target = target;
                let mut worth_it = true;
                if let Some((index, quality)) = found.and_then(|index| Some((index, made[index].quality?))) {
                    let plain = size(&made[index]);
                    let start = nearest(&qualities, f64::from(quality) * 2.0 / 3.0);
                    let file = self.make(planned, qualities.get(start).copied(), DITHERED)?;
                    worth_it = file.score >= score && size(&file) < plain && start > 0;
                    made.push(file);
                    variants.push(DITHERED);
                    target.start = start.saturating_sub(1);
                    target.bound = Some(plain);
                }
                if worth_it {
                    self.search_score(planned, DITHERED, &target, None, made)?;
                    variants.resize(made.len(), DITHERED);
                }
                let closest = made.iter().map(|file| file.score.get()).fold(0.0, f64::max);
                let stopped = bound.is_some_and(|bound| made.iter().any(|file| size(file) >= bound));
                if closest < score.get() && closest >= score.get() - NEAREST_GAIN && !stopped {
                    made.push(self.make(planned, qualities.last().copied(), NEAREST)?);
                    variants.push(NEAREST);
                }
                smallest(made)
            }
            Task::FitBytes(bytes) => return self.fit_packed(planned, bytes.0, made),
        };
        let Some(index) = chosen else { return Ok(None) };
        let variant = Variant { draft: false, ..variants[index] };
        let bytes = self.encode(planned, made[index].quality, variant)?;
        // The same pixels, so the same score; the draft is smaller only where there is next to nothing to pack.
        if bytes.len() < made[index].bytes.len() {
            made[index].bytes = bytes;
            made[index].verified = false;
        }
        Ok(Some(index))
    }

    /// The index of the best file of at most `limit` bytes: drafts are searched for one that will be as large as
    /// that when it is packed, and what packing really did corrects the next search.
    fn fit_packed(
        &self,
        planned: PlannedCandidate,
        limit: u64,
        made: &mut Vec<Made>,
    ) -> Result<Option<usize>, OptimizationError> {
        let mut variants = vec![PLAIN, DITHERED];
        let typical_excess = if planned.encoder == EncoderKind::WebpPalette {
            TYPICAL_EXCESS_WEBP
        } else {
            TYPICAL_EXCESS_PNG
        };
        let mut allowed = limit as f64 * typical_excess;
        let mut best: Option<usize> = None;
        for _ in 0..MAX_FITS {
            let mut found: Option<(usize, Variant)> = None;
            for &variant in &variants {
                let Some(index) = self.fit_bytes(planned, variant, allowed as u64, None, made)? else {
                    continue;
                };
                let better = found.is_none_or(|(other, _)| made[index].score > made[other].score);
                found = if better { Some((index, variant)) } else { found };
            }
            let Some((index, variant)) = found else { break };
            if best.is_some_and(|best| made[best].score >= made[index].score) {
                break;
            }
            let packed = self.encode(planned, made[index].quality, Variant { draft: false, ..variant })?;
            let packed =
                if packed.len() < made[index].bytes.len() { packed } else { made[index].bytes.clone() };
            let excess = made[index].bytes.len() as f64 / packed.len().max(1) as f64;
            let size = packed.len() as f64;
            // A little less than what just fits by this account: other numbers of colours pack a little worse.
            allowed = limit as f64 * excess * 0.98;
            variants = vec![variant];
            if packed.len() as u64 <= limit {
                made[index].bytes = packed;
                made[index].verified = false;
                best = Some(index);
                if size > limit as f64 * WELL_USED {
                    break;
                }
            }
        }
        Ok(best)
    }
}
