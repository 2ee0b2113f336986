//! Makes the planned candidates: lossless ones first, then lossy ones under the bound of what passed.
//!
//! Candidates of one phase are made side by side, and none hears of another's size before the phase is over: so
//! the result does not depend on which thread is faster.

mod drafts;

use crate::context::{OptimizeContext, Stage};
use crate::decode::decode;
use crate::encode::{EncodeInput, EncodeSettings, EncoderKind, encode};
use crate::error::OptimizationError;
use crate::measure::Measurer;
use crate::plan::{PlannedCandidate, Task};
use crate::result::{Candidate, Outcome};
use crate::search::{Probe, Target, search};
use crate::timings::Timings;
use crate::units::{Quality, Score};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};

/// A size this far below the limit (as a logarithm: 3 %) is close enough.
const SIZE_TOLERANCE: f64 = 0.03;
/// How much larger the next quality's file is, to begin with (as a logarithm).
const SIZE_SLOPE: f64 = 0.03;

/// A file that was made.
pub(crate) struct Made {
    /// By whom.
    pub(crate) encoder: EncoderKind,
    /// With which quality.
    pub(crate) quality: Option<Quality>,
    /// The file.
    pub(crate) bytes: Vec<u8>,
    /// SSIMULACRA2 of its decoded pixels; 100 where lossless.
    pub(crate) score: Score,
}

/// What became of one planned candidate.
pub(crate) struct Attempted {
    /// The file that meets the goal, if there is one.
    pub(crate) best: Option<Made>,
    /// Every file that was made on the way and does not meet it or is larger, for the report.
    pub(crate) others: Vec<Candidate>,
    /// Why nothing was made, where the encoder failed.
    pub(crate) error: Option<OptimizationError>,
}

/// How files of one encoder and quality differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Variant {
    /// Whether chroma is kept at half resolution.
    subsample_chroma: bool,
    /// Whether a palette's errors are spread.
    dithering: bool,
    /// How often the error allowed for longer runs is doubled.
    coherence: u8,
    /// Whether it is only to be judged.
    draft: bool,
}

/// What all candidates of an image share.
pub(crate) struct Race<'a> {
    /// The pixels and what goes with them.
    pub(crate) input: &'a EncodeInput<'a>,
    /// The same on a matte, for formats without alpha.
    pub(crate) flat_input: Option<&'a EncodeInput<'a>>,
    /// Scores candidates against the pixels; there is one where lossy candidates are planned.
    pub(crate) measurer: Option<&'a Measurer>,
    /// Scores candidates against the pixels on a matte.
    pub(crate) flat_measurer: Option<&'a Measurer>,
    /// The world.
    pub(crate) context: &'a OptimizeContext<'a>,
    /// Where time is booked.
    pub(crate) timings: &'a Timings<'a>,
    /// Encodes made so far.
    pub(crate) encodes: AtomicU32,
}

impl Race<'_> {
    /// Makes candidates side by side.
    ///
    /// # Errors
    /// [`OptimizationError::Cancelled`] and [`OptimizationError::Internal`]; an encoder's failure costs only its
    /// own candidate.
    pub(crate) fn run(
        &self,
        planned: &[PlannedCandidate],
        bound: Option<u64>,
    ) -> Result<Vec<Attempted>, OptimizationError> {
        planned.par_iter().map(|candidate| self.attempt(candidate, bound)).collect()
    }

    fn attempt(
        &self,
        planned: &PlannedCandidate,
        bound: Option<u64>,
    ) -> Result<Attempted, OptimizationError> {
        let mut made = Vec::new();
        let variant = Variant { subsample_chroma: planned.subsample_chroma, ..Variant::default() };
        let one = |quality| self.make(planned, quality, variant);
        let found = match planned.task {
            _ if planned.encoder.has_drafts() => self.by_drafts(planned, bound, &mut made),
            Task::Lossless => one(None).map(|file| {
                made.push(file);
                Some(0)
            }),
            Task::Fixed(quality) => one(Some(quality)).map(|file| {
                made.push(file);
                Some(0)
            }),
            Task::ReachScore(score) => self.reach_score(planned, score, bound, &mut made),
            Task::FitBytes(bytes) => self.fit_bytes(planned, variant, bytes.0, &mut made),
        };
        let found = match found {
            Ok(found) => found,
            Err(error @ (OptimizationError::Cancelled | OptimizationError::Internal { .. })) => {
                return Err(error);
            }
            Err(error) => {
                return Ok(Attempted { best: None, others: Vec::new(), error: Some(error) });
            }
        };
        let passes = |file: &Made| match planned.task {
            Task::ReachScore(score) => file.score >= score,
            Task::FitBytes(bytes) => file.bytes.len() as u64 <= bytes.0,
            Task::Lossless | Task::Fixed(_) => true,
        };
        let others = made
            .iter()
            .enumerate()
            .filter(|(index, _)| Some(*index) != found)
            .map(|(_, file)| file.report(if passes(file) { Outcome::Larger } else { Outcome::MissesGoal }))
            .collect();
        Ok(Attempted { best: found.map(|index| made.swap_remove(index)), others, error: None })
    }

    /// The index of the smallest file with the score; chroma at full resolution is tried where half does not
    /// reach it.
    fn reach_score(
        &self,
        planned: &PlannedCandidate,
        score: Score,
        bound: Option<u64>,
        made: &mut Vec<Made>,
    ) -> Result<Option<usize>, OptimizationError> {
        let (start, _) = planned.encoder.predicted(score.get());
        let start = nearest(&planned.encoder.qualities(), start);
        let variants: &[bool] = if planned.subsample_chroma { &[true, false] } else { &[false] };
        for &subsample_chroma in variants {
            let first = made.len();
            let variant = Variant { subsample_chroma, ..Variant::default() };
            if let Some(found) = self.search_score(planned, variant, score, start, bound, made)? {
                return Ok(Some(found));
            }
            // Stopped by the bound: full resolution would be larger still.
            if bound.is_some_and(|bound| made[first..].iter().any(|file| file.bytes.len() as u64 >= bound)) {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// The index of the file with the lowest quality that has the score. `start` is the step to start with.
    fn search_score(
        &self,
        planned: &PlannedCandidate,
        variant: Variant,
        score: Score,
        start: usize,
        bound: Option<u64>,
        made: &mut Vec<Made>,
    ) -> Result<Option<usize>, OptimizationError> {
        let qualities = planned.encoder.qualities();
        let (_, slope) = planned.encoder.predicted(score.get());
        let target = Target {
            value: score.get(),
            tolerance: planned.encoder.score_tolerance(),
            start: start as f64,
            slope,
            bound,
        };
        self.search_qualities(planned, &qualities, variant, target, |file| file.score.get(), made)
    }

    /// The index of the best file of at most `limit` bytes.
    fn fit_bytes(
        &self,
        planned: &PlannedCandidate,
        variant: Variant,
        limit: u64,
        made: &mut Vec<Made>,
    ) -> Result<Option<usize>, OptimizationError> {
        // The search looks for the lowest step that passes; the highest quality comes first.
        let qualities: Vec<Quality> = planned.encoder.qualities().into_iter().rev().collect();
        let target = Target {
            value: -(limit.max(1) as f64).ln(),
            tolerance: SIZE_TOLERANCE,
            start: qualities.len() as f64 * 0.25,
            slope: SIZE_SLOPE,
            bound: None,
        };
        let value = |file: &Made| -(file.bytes.len().max(1) as f64).ln();
        self.search_qualities(planned, &qualities, variant, target, value, made)
    }

    /// Searches a list of qualities; gives the index of the file that was found among those made.
    fn search_qualities(
        &self,
        planned: &PlannedCandidate,
        qualities: &[Quality],
        variant: Variant,
        target: Target,
        value: impl Fn(&Made) -> f64,
        made: &mut Vec<Made>,
    ) -> Result<Option<usize>, OptimizationError> {
        let first = made.len();
        let mut steps = Vec::new();
        let found = search(qualities.len(), target, |step| {
            let file = self.make(planned, qualities.get(step).copied(), variant)?;
            let probe = Probe { size: file.bytes.len() as u64, value: value(&file) };
            made.push(file);
            steps.push(step);
            Ok(probe)
        })?;
        Ok(found.and_then(|found| steps.iter().position(|&step| step == found)).map(|index| first + index))
    }

    /// The pixels for an encoder, and whether they lie on a matte.
    fn input_for(&self, encoder: EncoderKind) -> (&EncodeInput<'_>, bool) {
        match self.flat_input {
            Some(flat) if !encoder.format().supports_alpha() => (flat, true),
            _ => (self.input, false),
        }
    }

    /// Encodes one file.
    fn encode(
        &self,
        planned: &PlannedCandidate,
        quality: Option<Quality>,
        variant: Variant,
    ) -> Result<Vec<u8>, OptimizationError> {
        let Variant { subsample_chroma, dithering, coherence, draft } = variant;
        let (input, _) = self.input_for(planned.encoder);
        let settings =
            EncodeSettings { quality, effort: planned.effort, subsample_chroma, dithering, coherence, draft };
        let bytes =
            self.timings.time(Stage::Encode, || encode(planned.encoder, input, settings, self.context))?;
        let encodes = self.encodes.fetch_add(1, Ordering::Relaxed) + 1;
        // The number of encodes is not known beforehand; this approaches the end without reaching it.
        self.context.progress.progress(Stage::Encode, 0.9 - 0.8 / (1.0 + encodes as f32 * 0.35));
        Ok(bytes)
    }

    /// Encodes, decodes and measures one file.
    fn make(
        &self,
        planned: &PlannedCandidate,
        quality: Option<Quality>,
        variant: Variant,
    ) -> Result<Made, OptimizationError> {
        let encoder = planned.encoder;
        let (_, flat) = self.input_for(encoder);
        let bytes = self.encode(planned, quality, variant)?;
        if encoder.is_lossless() {
            return Ok(Made { encoder, quality: None, bytes, score: Score::IDENTICAL });
        }
        self.context.check_cancelled()?;
        let measurer = flat.then_some(self.flat_measurer).flatten().or(self.measurer).ok_or_else(|| {
            OptimizationError::Internal { message: "a lossy candidate without a measurer".into() }
        })?;
        let score = self.timings.time(Stage::Measure, || {
            let decoded = decode(&bytes, encoder.format(), self.context)?;
            measurer.score(&decoded.pixels)
        })?;
        Ok(Made { encoder, quality, bytes, score })
    }
}

impl Made {
    /// How it appears in the result.
    pub(crate) fn report(&self, outcome: Outcome) -> Candidate {
        Candidate {
            format: self.encoder.format(),
            encoder: self.encoder.name().into(),
            quality: self.quality,
            size: self.bytes.len() as u64,
            score: Some(self.score),
            outcome,
        }
    }
}

/// The index of the quality nearest to a wanted one.
fn nearest(qualities: &[Quality], wanted: f64) -> usize {
    qualities
        .iter()
        .position(|quality| f64::from(quality.get()) >= wanted)
        .unwrap_or(qualities.len().saturating_sub(1))
}
