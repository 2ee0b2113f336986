//! The search among palettes, plain and dithered: on drafts, of which only the chosen one is packed well.

use super::{Made, Race, Variant, nearest};
use crate::error::OptimizationError;
use crate::plan::{PlannedCandidate, Task};

/// A draft is at most about this much larger than the file it stands for.
const DRAFT_EXCESS: f64 = 1.12;
/// Of two files that differ by less than this in score, the smaller one is better.
const SAME_SCORE: f64 = 1.0;

const PLAIN: Variant = Variant { subsample_chroma: false, dithering: false, draft: true };
const DITHERED: Variant = Variant { dithering: true, ..PLAIN };

impl Race<'_> {
    /// The index of the file that meets the candidate's goal best.
    pub(super) fn by_drafts(
        &self,
        planned: &PlannedCandidate,
        bound: Option<u64>,
        made: &mut Vec<Made>,
    ) -> Result<Option<usize>, OptimizationError> {
        let size = |file: &Made| file.bytes.len() as u64;
        let bound = bound.map(|bound| (bound as f64 * DRAFT_EXCESS) as u64);
        let plain;
        let chosen = match planned.task {
            Task::Lossless => return Ok(None),
            Task::Fixed(quality) => {
                made.push(self.make(planned, Some(quality), PLAIN)?);
                made.push(self.make(planned, Some(quality), DITHERED)?);
                plain = 1;
                let gain = made[1].score.get() - made[0].score.get();
                let dithered =
                    if gain.abs() < SAME_SCORE { size(&made[1]) < size(&made[0]) } else { gain > 0.0 };
                Some(usize::from(dithered))
            }
            Task::ReachScore(score) => {
                let qualities = planned.encoder.qualities();
                let start = nearest(&qualities, planned.encoder.predicted(score.get()).0);
                let found = self.search_score(planned, PLAIN, score, start, bound, made)?;
                plain = made.len();
                // Dithered, it is to be smaller than plain.
                let bound = found.map(|index| size(&made[index])).or(bound);
                let start = found
                    .and_then(|index| made[index].quality)
                    .and_then(|quality| qualities.iter().position(|&other| other == quality))
                    .unwrap_or(start);
                let dithered = self.search_score(planned, DITHERED, score, start, bound, made)?;
                found.into_iter().chain(dithered).min_by_key(|&index| size(&made[index]))
            }
            Task::FitBytes(bytes) => {
                let found = self.fit_bytes(planned, PLAIN, bytes.0, made)?;
                plain = made.len();
                let dithered = self.fit_bytes(planned, DITHERED, bytes.0, made)?;
                let score = |index: usize| made[index].score.get();
                found.into_iter().chain(dithered).reduce(|a, b| if score(b) > score(a) { b } else { a })
            }
        };
        let Some(index) = chosen else { return Ok(None) };
        let variant = Variant { dithering: index >= plain, draft: false, ..PLAIN };
        let bytes = self.encode(planned, made[index].quality, variant)?;
        // The same pixels, so the same score; the draft is smaller only where there is next to nothing to pack.
        if bytes.len() < made[index].bytes.len() {
            made[index].bytes = bytes;
        }
        Ok(Some(index))
    }
}
