//! Makes the planned candidates: lossless ones first, then lossy ones under the bound of what passed.
//!
//! Lossy searches find their way on a small sample of a large image; the sample also tells which formats can win.
//! What is handed out was always measured whole.
//!
//! Candidates of one phase are made side by side, and none hears of another's size before the phase is over: so
//! the result does not depend on which thread is faster.

mod drafts;

use crate::analyse::ImageKind;
use crate::context::{OptimizeContext, Stage};
use crate::curve::Curve;
use crate::decode::{DecodedImage, decode};
use crate::encode::{EncodeInput, EncodeSettings, EncoderKind, encode, repacked};
use crate::error::OptimizationError;
use crate::expected::Expected;
use crate::judge::Judge;
use crate::metadata::Metadata;
use crate::plan::{PlannedCandidate, Task};
use crate::result::{Candidate, Outcome};
use crate::sample::{SAMPLE_BIAS, Sample};
use crate::search::{Probe, Target, aim, search};
use crate::timings::Timings;
use crate::units::{Effort, Quality, Score};
use crate::yardstick::Yardstick;
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// A score this many times the tolerance above the target is close enough once a few encodes are made.
const RELAXED_SCORE_TOLERANCE: f64 = 2.4;
/// A size this far below the limit (as a logarithm: 3 %) is close enough.
const SIZE_TOLERANCE: f64 = 0.03;
/// And this far below once a few encodes are made.
const RELAXED_SIZE_TOLERANCE: f64 = 0.05;
/// How much smaller a file gets over the whole scale of qualities (as a logarithm), to begin with.
const SIZE_RANGE: f64 = 3.0;

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
    /// Whether it is the score of a sample of the pixels.
    pub(crate) score_sampled: bool,
    /// Whether these very bytes were decoded whole, to be scored, and are what they should be: then they need not be
    /// decoded once more.
    pub(crate) verified: bool,
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

impl Attempted {
    /// Lets go of a file that is larger than `limit` bytes: it saves too little for the damage it does. Whether it did.
    pub(crate) fn drop_above(&mut self, limit: u64) -> bool {
        let dropped = self.best.take_if(|file| file.bytes.len() as u64 > limit);
        self.others.extend(dropped.as_ref().map(|file| file.report(Outcome::SavesTooLittle)));
        dropped.is_some()
    }
}

/// How files of one encoder and quality differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Variant {
    /// Whether chroma is kept at half resolution.
    subsample_chroma: bool,
    /// Whether a palette's errors are spread.
    dithering: bool,
    /// The error allowed for longer runs: see [`EncodeSettings`].
    coherence: u8,
    /// Whether it is only to be judged.
    draft: bool,
}

/// Pixels to encode and what they are held against.
pub(crate) struct Subject<'a> {
    /// The pixels and what goes with them.
    pub(crate) input: EncodeInput<'a>,
    /// Scores candidates against the pixels; there where lossy candidates are planned.
    pub(crate) yardstick: Option<&'a Yardstick<'a>>,
    /// A part of a large image, for finding the way cheaply.
    pub(crate) sample: Option<&'a Sample>,
    /// Scores candidates of a large image that are to be judged quickly.
    pub(crate) judge: Option<Judge<'a>>,
}

/// What all candidates of an image share.
pub(crate) struct Race<'a> {
    /// The image.
    pub(crate) image: Subject<'a>,
    /// The image on a matte, for formats without alpha.
    pub(crate) flat: Option<Subject<'a>>,
    /// The world.
    pub(crate) context: &'a OptimizeContext<'a>,
    /// Where time is booked.
    pub(crate) timings: &'a Timings<'a>,
    /// Encodes of the whole image made so far.
    pub(crate) encodes: AtomicU32,
    /// Encodes of its sample.
    pub(crate) sample_encodes: AtomicU32,
    /// When searches end, by the context's clock.
    pub(crate) deadline: Option<f64>,
    /// Whether a file that meets its goal is there.
    pub(crate) has_passed: AtomicBool,
    /// Whether a decoded candidate is what it should be.
    pub(crate) check: &'a Check<'a>,
}

/// Checks a decoded candidate of an encoder.
pub(crate) type Check<'a> = dyn Fn(&DecodedImage, EncoderKind) -> Result<(), OptimizationError> + Sync + 'a;

/// A candidate that has looked at the sample, where there is one.
struct Prepared<'a> {
    planned: PlannedCandidate,
    /// Ways to code chroma, the most promising first, with what the sample told of each.
    variants: Vec<(bool, Option<Curve<'a>>)>,
    /// Expected bytes of the whole file.
    predicted: Option<f64>,
}

/// The file of a lossless PNG's lowest effort is less than this many times as large as one of a higher effort.
const LOSSLESS_DRAFT_EXCESS: f64 = 1.6;
/// A candidate this many times larger than the best, by the sample, does not run. The sample's sizes are within a few
/// percent of the image's.
const HOPELESS: f64 = 1.15;

impl Race<'_> {
    /// Makes lossless candidates side by side.
    ///
    /// # Errors
    /// [`OptimizationError::Cancelled`], [`OptimizationError::Internal`] and [`OptimizationError::InvalidSetting`]; another
    /// failure of an encoder costs only its own candidate.
    pub(crate) fn run_lossless(
        &self,
        planned: &[PlannedCandidate],
    ) -> Result<Vec<Attempted>, OptimizationError> {
        planned
            .par_iter()
            .map(|&planned| {
                let variants = vec![(planned.subsample_chroma, None)];
                self.attempt(Prepared { planned, variants, predicted: None }, None)
            })
            .collect()
    }

    /// Makes lossless candidates that have waited for a lossy file of `best` bytes, without those whose draft is so much
    /// larger that packing it well would not make up for it.
    ///
    /// # Errors
    /// As [`run_lossless`](Self::run_lossless).
    pub(crate) fn run_waiting(
        &self,
        planned: &[PlannedCandidate],
        best: Option<u64>,
    ) -> Result<Vec<Attempted>, OptimizationError> {
        let mut worth_it = Vec::new();
        for &candidate in planned {
            let drafted = PlannedCandidate { effort: Effort::LEAST, ..candidate };
            let is_worth_it = match best {
                Some(best)
                    if candidate.encoder == EncoderKind::Oxipng && candidate.effort != Effort::LEAST =>
                {
                    // Why it fails, if it does, will come out when it is made.
                    let draft = self.encode(drafted, None, Variant::default());
                    draft.map_or(true, |draft| draft.len() as f64 <= best as f64 * LOSSLESS_DRAFT_EXCESS)
                }
                _ => true,
            };
            if is_worth_it {
                worth_it.push(candidate);
            }
        }
        self.run_lossless(&worth_it)
    }

    /// Makes lossy candidates side by side: those that can win, by what a sample says. `bound` is the size of the
    /// best lossless one.
    ///
    /// # Errors
    /// As [`run_lossless`](Self::run_lossless).
    pub(crate) fn run_lossy(
        &self,
        planned: &[PlannedCandidate],
        bound: Option<u64>,
    ) -> Result<Vec<Attempted>, OptimizationError> {
        let prepared: Vec<Prepared<'_>> =
            planned.par_iter().map(|planned| self.prepare(planned)).collect::<Result<_, _>>()?;
        let smallest = prepared
            .iter()
            .filter_map(|candidate| candidate.predicted)
            .chain(bound.map(|bound| bound as f64))
            .min_by(f64::total_cmp);
        let hopeless = |candidate: &Prepared<'_>| match (candidate.predicted, smallest) {
            (Some(predicted), Some(smallest)) => predicted > smallest * HOPELESS,
            _ => false,
        };
        prepared
            .into_par_iter()
            .filter(|candidate| !hopeless(candidate))
            .map(|candidate| self.attempt(candidate, bound))
            .collect()
    }

    /// The pixels a format is made from.
    fn subject(&self, encoder: EncoderKind) -> &Subject<'_> {
        match &self.flat {
            Some(flat) if encoder.needs_matte(self.image.input.traits.alpha) => flat,
            _ => &self.image,
        }
    }

    /// Learns from the sample which variant is smallest, how large it will be and where to look for its quality.
    fn prepare(&self, planned: &PlannedCandidate) -> Result<Prepared<'_>, OptimizationError> {
        let encoder = planned.encoder;
        let other_variant = encoder.subsamples_chroma() && matches!(planned.task, Task::ReachScore(_));
        let unguided = || {
            let mut variants = vec![(planned.subsample_chroma, None)];
            if other_variant && planned.subsample_chroma {
                variants.push((false, None));
            }
            Prepared { planned: *planned, variants, predicted: None }
        };
        let Some(sample) = self.subject(encoder).sample.filter(|_| encoder.can_be_sampled()) else {
            return Ok(unguided());
        };
        let mut guided = Vec::new();
        match planned.task {
            Task::ReachScore(score) => {
                let gray = sample.pixels.channels().is_gray();
                let variants: &[bool] = if other_variant && !gray { &[true, false] } else { &[false] };
                for &subsample_chroma in variants {
                    let mut curve = self.score_curve(*planned, score, sample, subsample_chroma);
                    let predicted = match curve.step_reaching(score.get()) {
                        Ok(step) => step
                            .and_then(|step| curve.log_size_at(step))
                            .map(|log_size| libm::exp(log_size) * sample.scale),
                        Err(error) if ends_the_job(&error) => return Err(error),
                        // The whole image will tell what is wrong.
                        Err(_) => return Ok(unguided()),
                    };
                    guided.push((predicted, subsample_chroma, curve));
                }
            }
            Task::FitBytes(bytes) => {
                let curve = self.size_curve(*planned, bytes.0, sample);
                guided.push((None, planned.subsample_chroma, curve));
            }
            Task::Lossless | Task::Fixed(_) => return Ok(unguided()),
        }
        // Out of reach comes last; of equals, half resolution first.
        guided.sort_by(|(a, ..), (b, ..)| a.unwrap_or(f64::INFINITY).total_cmp(&b.unwrap_or(f64::INFINITY)));
        let predicted = guided.first().and_then(|(predicted, ..)| *predicted);
        let variants = guided.into_iter().map(|(_, subsample, curve)| (subsample, Some(curve))).collect();
        Ok(Prepared { planned: *planned, variants, predicted })
    }

    /// The sample's score as a function of the quality.
    fn score_curve<'b>(
        &'b self,
        planned: PlannedCandidate,
        score: Score,
        sample: &'b Sample,
        subsample_chroma: bool,
    ) -> Curve<'b> {
        let encoder = planned.encoder;
        let qualities = encoder.qualities();
        let Target { expected, start, .. } =
            score_target((encoder, sample.traits.kind), &qualities, score, None);
        let probe = move |step: usize| {
            let quality = qualities.get(step).copied();
            let bytes = self.encode_sample(planned, quality, subsample_chroma, sample)?;
            let value = self.timings.time(Stage::Measure, || {
                let decoded = decode(&bytes, encoder.format(), self.context)?;
                sample.measurer.score(&decoded.pixels)
            })?;
            Ok(Probe { size: bytes.len() as u64, value: value.get() - SAMPLE_BIAS })
        };
        Curve::new(Box::new(probe), expected, start, encoder.score_tolerance() / 2.0)
    }

    /// Minus the logarithm of the whole file's size, by the sample, as a function of the steps of
    /// [`fit_bytes`](Self::fit_bytes).
    fn size_curve<'b>(&'b self, planned: PlannedCandidate, limit: u64, sample: &'b Sample) -> Curve<'b> {
        let qualities = falling_qualities(planned.encoder);
        let target = size_target(limit, qualities.len());
        let probe = move |step: usize| {
            let quality = qualities.get(step).copied();
            let bytes = self.encode_sample(planned, quality, planned.subsample_chroma, sample)?;
            let size = (bytes.len() as f64 * sample.scale) as u64;
            Ok(Probe { size, value: size_value(size) })
        };
        Curve::new(Box::new(probe), target.expected, target.start, target.tolerance / 2.0)
    }

    fn encode_sample(
        &self,
        planned: PlannedCandidate,
        quality: Option<Quality>,
        subsample_chroma: bool,
        sample: &Sample,
    ) -> Result<Vec<u8>, OptimizationError> {
        const NO_METADATA: &Metadata = &Metadata { icc: None, exif: None, xmp: None, iptc: None };
        let input = EncodeInput::plain(&sample.pixels, &sample.traits, NO_METADATA);
        let settings = EncodeSettings {
            quality,
            effort: planned.effort,
            subsample_chroma,
            dithering: false,
            coherence: 0,
            draft: false,
        };
        self.sample_encodes.fetch_add(1, Ordering::Relaxed);
        self.timings.time(Stage::Encode, || encode(planned.encoder, &input, settings, self.context))
    }

    fn attempt(&self, prepared: Prepared<'_>, bound: Option<u64>) -> Result<Attempted, OptimizationError> {
        let Prepared { planned, mut variants, .. } = prepared;
        let mut made = Vec::new();
        if self.is_out_of_time() {
            return Ok(Attempted { best: None, others: Vec::new(), error: None });
        }
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
            Task::ReachScore(score) => self.reach_score(planned, score, &mut variants, bound, &mut made),
            Task::FitBytes(bytes) => {
                let guide = variants.first_mut().and_then(|(_, guide)| guide.as_mut());
                self.fit_bytes(planned, variant, bytes.0, guide, &mut made)
            }
        };
        let found = match found {
            Ok(found) => found,
            Err(error) if ends_the_job(&error) => return Err(error),
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
        self.has_passed.fetch_or(found.is_some(), Ordering::Relaxed);
        let best = found.map(|index| self.packed(planned, made.swap_remove(index))).transpose()?;
        Ok(Attempted { best, others, error: None })
    }

    /// The file that was found, packed as closely as it gets with the same pixels.
    fn packed(&self, planned: PlannedCandidate, mut file: Made) -> Result<Made, OptimizationError> {
        let input = &self.subject(planned.encoder).input;
        // Beside a search it takes little time, beside a single encode a quarter.
        let thorough = !matches!(planned.task, Task::Fixed(_));
        let smaller = self.timings.time(Stage::Encode, || {
            repacked(planned.encoder, &file.bytes, input, planned.effort, thorough)
        })?;
        if let Some(bytes) = smaller {
            file.bytes = bytes;
            file.verified = false;
        }
        Ok(file)
    }

    /// Whether no further encode may begin: the time is up, and something can be handed out.
    fn is_out_of_time(&self) -> bool {
        self.has_passed.load(Ordering::Relaxed)
            && self.deadline.is_some_and(|deadline| self.context.clock.now_ms() >= deadline)
    }

    /// The index of the smallest file with the score. Where one way to code chroma does not reach it, the next is
    /// tried.
    fn reach_score(
        &self,
        planned: PlannedCandidate,
        score: Score,
        variants: &mut [(bool, Option<Curve<'_>>)],
        bound: Option<u64>,
        made: &mut Vec<Made>,
    ) -> Result<Option<usize>, OptimizationError> {
        let qualities = planned.encoder.qualities();
        let kind = self.subject(planned.encoder).input.traits.kind;
        let target = score_target((planned.encoder, kind), &qualities, score, bound);
        for (subsample_chroma, guide) in variants {
            let first = made.len();
            let variant = Variant { subsample_chroma: *subsample_chroma, ..Variant::default() };
            if let Some(found) = self.search_score(planned, variant, &target, guide.as_mut(), made)? {
                return Ok(Some(found));
            }
            // Stopped by the bound: what comes next would be larger still.
            if bound.is_some_and(|bound| made[first..].iter().any(|file| file.bytes.len() as u64 >= bound)) {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// The index of the file with the lowest quality that has the target's score.
    fn search_score(
        &self,
        planned: PlannedCandidate,
        variant: Variant,
        target: &Target,
        guide: Option<&mut Curve<'_>>,
        made: &mut Vec<Made>,
    ) -> Result<Option<usize>, OptimizationError> {
        let qualities = planned.encoder.qualities();
        self.search_qualities(planned, &qualities, variant, target, guide, |file| file.score.get(), made)
    }

    /// The index of the best file of at most `limit` bytes.
    fn fit_bytes(
        &self,
        planned: PlannedCandidate,
        variant: Variant,
        limit: u64,
        guide: Option<&mut Curve<'_>>,
        made: &mut Vec<Made>,
    ) -> Result<Option<usize>, OptimizationError> {
        let qualities = falling_qualities(planned.encoder);
        let target = size_target(limit, qualities.len());
        let value = |file: &Made| size_value(file.bytes.len() as u64);
        self.search_qualities(planned, &qualities, variant, &target, guide, value, made)
    }

    /// Searches a list of qualities; gives the index of the file that was found among those made.
    #[allow(clippy::too_many_arguments, reason = "what is made, how, what for, and where to")]
    fn search_qualities(
        &self,
        planned: PlannedCandidate,
        qualities: &[Quality],
        variant: Variant,
        target: &Target,
        guide: Option<&mut Curve<'_>>,
        value: impl Fn(&Made) -> f64,
        made: &mut Vec<Made>,
    ) -> Result<Option<usize>, OptimizationError> {
        let first = made.len();
        let mut steps = Vec::new();
        let found = search(target, guide, |step| {
            if self.is_out_of_time() {
                return Ok(None);
            }
            let file = self.make(planned, qualities.get(step).copied(), variant)?;
            let probe = Probe { size: file.bytes.len() as u64, value: value(&file) };
            self.has_passed.fetch_or(probe.value >= target.value, Ordering::Relaxed);
            made.push(file);
            steps.push(step);
            Ok(Some(probe))
        })?;
        Ok(found.and_then(|found| steps.iter().position(|&step| step == found)).map(|index| first + index))
    }

    /// Encodes one file.
    fn encode(
        &self,
        planned: PlannedCandidate,
        quality: Option<Quality>,
        variant: Variant,
    ) -> Result<Vec<u8>, OptimizationError> {
        let Variant { subsample_chroma, dithering, coherence, draft } = variant;
        let input = &self.subject(planned.encoder).input;
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
        planned: PlannedCandidate,
        quality: Option<Quality>,
        variant: Variant,
    ) -> Result<Made, OptimizationError> {
        let encoder = planned.encoder;
        let bytes = self.encode(planned, quality, variant)?;
        if encoder.is_lossless() {
            return Ok(Made {
                encoder,
                quality: None,
                bytes,
                score: Score::IDENTICAL,
                score_sampled: false,
                verified: false,
            });
        }
        self.context.check_cancelled()?;
        let subject = self.subject(encoder);
        let yardstick = subject.yardstick.ok_or_else(|| OptimizationError::Internal {
            message: "a lossy candidate without anything to hold it against".into(),
        })?;
        let judge = subject.judge.as_ref().filter(|_| planned.is_judged_quickly());
        let (score, verified) = self.timings.time(Stage::Measure, || {
            let decoded = decode(&bytes, encoder.format(), self.context)?;
            let score = match judge {
                Some(judge) => judge.score(&decoded.pixels)?,
                None => yardstick.score(&decoded.pixels)?,
            };
            Ok::<_, OptimizationError>((score, (self.check)(&decoded, encoder).is_ok()))
        })?;
        Ok(Made { encoder, quality, bytes, score, score_sampled: judge.is_some(), verified })
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

/// Whether an encoder's error is no matter of its candidate alone: nobody wants the result, something is broken, or an
/// encoder that was asked for by name cannot be had.
const fn ends_the_job(error: &OptimizationError) -> bool {
    use OptimizationError::{Cancelled, Internal, InvalidSetting};
    matches!(error, Cancelled | Internal { .. } | InvalidSetting { .. })
}

/// Qualities from the best to the worst: a search for the lowest step that passes finds the best that fits.
pub(crate) fn falling_qualities(encoder: EncoderKind) -> Vec<Quality> {
    encoder.qualities().into_iter().rev().collect()
}

/// What a search over [`falling_qualities`] looks for.
pub(crate) fn size_target(limit: u64, steps: usize) -> Target {
    let start = steps / 4;
    let value = size_value(limit);
    Target {
        value,
        tolerance: SIZE_TOLERANCE,
        relaxed_tolerance: RELAXED_SIZE_TOLERANCE,
        expected: Expected::line(steps, (start as f64, value), SIZE_RANGE / steps.max(1) as f64),
        start,
        bound: None,
    }
}

/// What grows as a file gets smaller.
pub(crate) fn size_value(size: u64) -> f64 {
    -libm::log(size.max(1) as f64)
}

/// What a search over an encoder's qualities looks for.
pub(crate) fn score_target(
    (encoder, kind): (EncoderKind, ImageKind),
    qualities: &[Quality],
    score: Score,
    bound: Option<u64>,
) -> Target {
    let (value, tolerance) = (score.get(), encoder.score_tolerance());
    let expected = Expected::scores(qualities, encoder.typical_scores(kind));
    let start = expected.first_reaching(aim(value, tolerance)).min(qualities.len().saturating_sub(1));
    Target {
        value,
        tolerance,
        relaxed_tolerance: tolerance * RELAXED_SCORE_TOLERANCE,
        expected,
        start,
        bound,
    }
}

/// The index of the quality nearest to a wanted one.
fn nearest(qualities: &[Quality], wanted: f64) -> usize {
    qualities
        .iter()
        .position(|&quality| f64::from(quality) >= wanted)
        .unwrap_or(qualities.len().saturating_sub(1))
}
