//! One image through Sharp: the same goals as in the core, met by asking the core to measure what Sharp made.
//!
//! ```text
//! inspect → resolve the geometry → search the quality on a sample, per format → encode the whole → measure a sample
//! of what came out, which also reads it to its end
//! ```
//!
//! Neither side ever holds the whole image: Sharp streams from file to file, and the core sees samples.

mod choose;
mod explain;

use super::connection::Answer;
use super::messages::{
    Encoded, Inspected, Metadata, Opening, PixelLimit, Place, Region, Request, Size, Transform,
};
use super::sample::SamplePlan;
use super::supervisor::Supervisor;
use super::usage::MadeFile;
use super::{geometry, quality};
use choose::{Choice, EXACT, with_quality};
use explain::{unmet, unopened_heic, without_hevc};
use planish::settings::{ColorPolicy, MetadataPolicy};
use planish::{
    Candidate, Comparison, Format, Goal, ImageSettings, KeptReason, Limits, OptimizationError,
    OptimizationResult, OptimizeContext, Outcome, Rights, Score, Stage, Timing, Warning,
};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

/// Longest time for one request.
const DEADLINE: Duration = Duration::from_mins(30);

/// Encodes of the whole image, at most: the sample may have promised too much.
const MAX_ENCODES: u32 = 4;

/// Quality steps that are taken away when the whole is larger than the sample promised.
const SMALLER_STEP: u8 = 4;

/// A score that misses its goal by less counts as met: the sample is a sample.
const SLACK: f64 = 0.1;

/// What one image needs to go through Sharp.
pub(crate) struct Job<'a> {
    supervisor: &'a Supervisor,
    /// A file.
    source: &'a str,
    /// Bytes of the source.
    source_size: u64,
    /// Where to write. Nothing of use is there when the result says that the original is kept.
    target: &'a str,
    settings: &'a ImageSettings,
    /// Pixels that are allowed, all frames together.
    max_pixels: u64,
    /// Bytes that Sharp may use for one image.
    memory: u64,
    context: &'a OptimizeContext<'a>,
    /// Where the time went, as far as it went into requests and measuring.
    timings: RefCell<Vec<Timing>>,
}

/// Everything known about the image before it is encoded.
struct Subject {
    input: Format,
    inspected: Inspected,
    /// Whether it is HEIC: a relative of AVIF, which it is called in results.
    is_heic: bool,
    animated: bool,
    transform: Transform,
    size: Size,
    metadata: Metadata,
    plan: SamplePlan,
    /// At the picture, or at the first, the middle and the last frame.
    looks: Vec<Look>,
}

/// A frame's sample before anything is made of it.
struct Look {
    frame: u32,
    /// A PNG.
    sample: Vec<u8>,
    reference: Comparison,
}

impl<'a> Job<'a> {
    /// `source`: a path and its bytes. `memory`: bytes that Sharp may use for the image.
    pub(crate) fn new(
        supervisor: &'a Supervisor,
        (source, source_size): (&'a str, u64),
        target: &'a str,
        settings: &'a ImageSettings,
        memory: u64,
        context: &'a OptimizeContext<'a>,
    ) -> Self {
        let max_pixels = context.limits.max_pixels.0;
        let timings = RefCell::default();
        Self { supervisor, source, source_size, target, settings, max_pixels, memory, context, timings }
    }

    /// Does the work.
    ///
    /// # Errors
    /// See [`OptimizationError`]; nothing of use is at the target then.
    pub(crate) fn run(&self) -> Result<OptimizationResult, OptimizationError> {
        let began = Instant::now();
        let subject = self.look()?;
        let mut choices = Vec::new();
        for format in self.formats(&subject)? {
            self.context.check_cancelled()?;
            choices.extend(self.choose(&subject, format)?);
        }
        choices.sort_by(|a, b| a.probe.size.total_cmp(&b.probe.size));
        let mut warnings = subject.warnings();
        let mut candidates = Vec::new();
        let mut encodes = 0;
        let sample_encodes = choices.iter().map(|choice| choice.probes).sum();
        let mut done = None;
        for choice in &choices {
            done = self.encode_until_met(&subject, choice, &mut candidates, &mut encodes)?;
            // The sample promised what the whole does not keep.
            if done.is_none()
                && !choice.lossless
                && let Some(exact) = self.exact_instead(&subject, choice.format, choice.probes)?
            {
                done = self.encode_until_met(&subject, &exact, &mut candidates, &mut encodes)?;
            }
            if done.is_some() {
                break;
            }
        }
        let Some((choice, encoded, score)) = done else {
            return Err(OptimizationError::GoalUnreachable { message: unmet(&candidates) });
        };
        let may_keep = choice.format == subject.input && self.may_keep(&subject.inspected);
        let kept = may_keep && encoded.size >= self.source_size;
        if !choice.lossless && !subject.plan.is_whole() {
            warnings.push(Warning::new(
                "sampled_score",
                format!(
                    "the score was measured on a sample, one pixel in {:.0}: the image is too large to be measured whole",
                    subject.plan.scale()
                ),
            ));
        }
        let optimized_size = if kept { self.source_size } else { encoded.size };
        Ok(OptimizationResult {
            input_path: String::new(),
            output_path: String::new(),
            original_size: self.source_size,
            optimized_size,
            compression_ratio: optimized_size as f64 / self.source_size.max(1) as f64,
            elapsed_time: began.elapsed().as_secs_f64() * 1000.0,
            input_format: subject.input,
            format: choice.format,
            width: if kept { subject.inspected.width } else { encoded.width },
            height: if kept { subject.inspected.height } else { encoded.height },
            frames: encoded.frames,
            goal: self.settings.goal_for(choice.format),
            quality: choice.quality().filter(|_| !kept),
            lossless: kept || choice.lossless,
            score: Score::measured(if kept || choice.lossless { 100.0 } else { score }),
            score_sampled: false,
            engine: "sharp".into(),
            engine_reason: None,
            original_allowed: may_keep,
            kept_original: kept.then_some(KeptReason::AlreadySmallest),
            candidates,
            encodes,
            sample_encodes,
            warnings,
            timings: self.timings.take(),
            attempts: 1,
            peak_bytes: encoded.peak_rss,
        })
    }

    /// Reads the header, resolves the geometry and takes the sample.
    fn look(&self) -> Result<Subject, OptimizationError> {
        self.context.progress.progress(Stage::Decode, 0.0);
        let opening = self.opening(Place::File(self.source), true);
        let answer = self.ask(Stage::Sniff, "inspect", None, &Request::Inspect { opening }, &[]);
        let answer = answer.map_err(|error| unopened_heic(self.source, error))?;
        let exif = answer.body.clone();
        let inspected: Inspected = read(answer)?;
        if inspected.width == 0 || inspected.height == 0 || inspected.frames == 0 {
            let message = "the sidecar says that the image has no pixels".into();
            return Err(OptimizationError::Sidecar { message, transient: false });
        }
        self.context.limits.check_dimensions(inspected.width, inspected.height)?;
        let input = Format::from_name(if inspected.format == "heif" { "avif" } else { &inspected.format })
            .ok_or_else(|| OptimizationError::Unsupported {
                format: inspected.format.to_uppercase(),
                feature: "making such files smaller is".into(),
            })?;
        let is_heic = inspected.format == "heif" && inspected.compression.as_deref() != Some("av1");
        let animated = inspected.frames > 1 && matches!(input, Format::Gif | Format::Webp | Format::Png);
        let (mut transform, size) = geometry::resolve(self.settings, inspected.width, inspected.height)?;
        transform.background = self.settings.background.map(|color| color.rgb);
        let plan = SamplePlan::of(size);
        self.context.progress.progress(Stage::Analyse, 0.0);
        let mut looks = Vec::new();
        for frame in looked_at(if animated { inspected.frames } else { 1 }) {
            let sample = self.sample(&plan, Place::File(self.source), frame, transform);
            let sample = sample.map_err(|error| if is_heic { without_hevc(error) } else { error })?;
            let reference =
                self.time(Stage::Measure, || Comparison::with(&sample, &self.sample_context()))?;
            looks.push(Look { frame, sample, reference });
        }
        let metadata = self.metadata(&exif, &inspected);
        Ok(Subject { input, inspected, is_heic, animated, transform, size, metadata, plan, looks })
    }

    /// Whether the input itself could be handed out: nothing is asked for that it is not, and it holds nothing that
    /// is to go.
    fn may_keep(&self, inspected: &Inspected) -> bool {
        let metadata = inspected.exif_bytes.saturating_add(inspected.xmp_bytes);
        !self.settings.changes_pixels()
            && (metadata == 0 || self.settings.metadata == MetadataPolicy::Keep)
            && (!inspected.has_profile || self.settings.color == ColorPolicy::Keep)
    }

    /// Encodes the whole, a little better each time while it misses its goal.
    fn encode_until_met(
        &self,
        subject: &Subject,
        choice: &Choice,
        candidates: &mut Vec<Candidate>,
        encodes: &mut u32,
    ) -> Result<Option<(Choice, Encoded, f64)>, OptimizationError> {
        let goal = self.settings.goal_for(choice.format);
        let mut choice = *choice;
        let mut missed = Vec::new();
        for _ in 0..MAX_ENCODES {
            self.context.check_cancelled()?;
            self.context.progress.progress(Stage::Encode, 0.4);
            let request = Request::Encode {
                opening: self.opening(Place::File(self.source), subject.animated),
                target: Place::File(self.target),
                transform: subject.transform,
                encode: choice.encode,
                metadata: subject.metadata.clone(),
            };
            let began = Instant::now();
            let encoded: Encoded =
                read(self.ask(Stage::Encode, "encode", Some(choice.format), &request, &[])?)?;
            let elapsed = began.elapsed();
            *encodes += 1;
            self.context.progress.progress(Stage::Verify, 0.9);
            let (score, equal) = self.verify(subject, &choice, &encoded)?;
            if choice.encode.has_palette() {
                // Of pictures with few colours it has them all.
                choice.lossless = equal && subject.plan.is_whole() && !subject.animated;
            }
            self.supervisor.made(&MadeFile {
                format: choice.format,
                pixels: u64::from(encoded.width)
                    .saturating_mul(u64::from(encoded.height))
                    .saturating_mul(u64::from(encoded.frames)),
                bytes: encoded.size,
                score,
                elapsed,
                peak_memory: encoded.peak_rss,
            });
            let (met, better) = match goal {
                _ if choice.lossless && !matches!(goal, Goal::MaxBytes(_)) => (true, None),
                Goal::Score(wanted) => {
                    missed.push((choice.probe.quality, score));
                    (score >= wanted.get() - SLACK, quality::raised(wanted.get(), &missed))
                }
                Goal::MaxBytes(bytes) => (
                    encoded.size <= bytes.0,
                    choice.probe.quality.checked_sub(SMALLER_STEP).filter(|quality| *quality >= 1),
                ),
                Goal::Quality(_) => (true, None),
                Goal::Lossless => (false, None),
            };
            candidates.push(Candidate {
                format: choice.format,
                encoder: "sharp".into(),
                quality: choice.quality(),
                size: encoded.size,
                score: Some(Score::measured(score)),
                outcome: if met { Outcome::Selected } else { Outcome::MissesGoal },
            });
            if met {
                return Ok(Some((choice, encoded, score)));
            }
            let Some(quality) = better.filter(|_| choice.quality().is_some()) else { break };
            choice.probe.quality = quality;
            choice.encode = with_quality(choice.encode, f64::from(quality));
        }
        Ok(None)
    }

    /// Reads what was written to its end: its size must be right, and its score is that of its samples, the lowest of
    /// them. And whether the samples have the very pixels of the input.
    fn verify(
        &self,
        subject: &Subject,
        choice: &Choice,
        encoded: &Encoded,
    ) -> Result<(f64, bool), OptimizationError> {
        let failed = |check: &str| Err(OptimizationError::Verify { check: check.into() });
        if (encoded.width, encoded.height) != (subject.size.width, subject.size.height) {
            return failed("dimensions");
        }
        if encoded.frames != if subject.animated { subject.inspected.frames } else { 1 } {
            return failed("frames");
        }
        if fs::metadata(self.target).map_or(0, |file| file.len()) != encoded.size {
            return failed("size");
        }
        let (mut lowest, mut equal) = (f64::INFINITY, true);
        for look in &subject.looks {
            let target = Place::File(self.target);
            let written = self.sample(&subject.plan, target, look.frame, Transform::default())?;
            equal &= written == look.sample;
            lowest = lowest.min(self.measure(look, &written)?);
        }
        if choice.lossless && lowest < EXACT {
            return failed("pixels");
        }
        Ok((lowest, equal))
    }

    fn sample(
        &self,
        plan: &SamplePlan,
        source: Place<'_>,
        frame: u32,
        transform: Transform,
    ) -> Result<Vec<u8>, OptimizationError> {
        let regions: Vec<Region> = plan.regions();
        let request = Request::Sample { opening: self.opening(source, false), frame, transform, regions };
        let answer = self.ask(Stage::Decode, "sample", None, &request, &[])?;
        plan.assemble(answer.body)?.png()
    }

    /// The score of an encoded sample.
    fn measure(&self, look: &Look, file: &[u8]) -> Result<f64, OptimizationError> {
        let score = self.time(Stage::Measure, || look.reference.score(file, &self.sample_context()));
        Ok(score?.get())
    }

    fn metadata(&self, exif: &[u8], inspected: &Inspected) -> Metadata {
        let profile = inspected.has_profile && self.settings.color == ColorPolicy::Keep;
        match self.settings.metadata {
            MetadataPolicy::Keep => Metadata::Keep { profile },
            MetadataPolicy::Strip => Metadata::Only { profile, exif: BTreeMap::new() },
            MetadataPolicy::Safe => {
                let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
                let Rights { copyright, artist } = Rights::find(Some(exif), None, None);
                let fields = [("Copyright", copyright), ("Artist", artist)];
                let exif = fields
                    .into_iter()
                    .filter_map(|(name, text)| Some((name.to_owned(), String::from_utf8(text?).ok()?)))
                    .collect();
                Metadata::Only { profile, exif }
            }
        }
    }

    fn opening<'b>(&self, source: Place<'b>, animated: bool) -> Opening<'b> {
        Opening {
            source,
            animated,
            limits: PixelLimit { max_pixels: self.max_pixels },
            deadline_seconds: DEADLINE.as_secs(),
        }
    }

    /// Samples are small whatever the image is.
    fn sample_context(&self) -> OptimizeContext<'_> {
        OptimizeContext { limits: Limits::default(), ..self.context.clone() }
    }

    /// Asks, and books the time on a stage. `operation` and `format`: what the request is counted as.
    fn ask(
        &self,
        stage: Stage,
        operation: &'static str,
        format: Option<Format>,
        request: &Request<'_>,
        body: &[u8],
    ) -> Result<Answer, OptimizationError> {
        // The sidecar keeps the deadline itself; this one is for a sidecar that does not.
        let deadline = DEADLINE + Duration::from_secs(30);
        let began = Instant::now();
        let answer =
            self.time(stage, || self.supervisor.request(request, body, deadline, &self.context.cancel));
        let answer = answer.map_err(|error| self.error_of(error))?;
        self.supervisor.count(operation, format, began.elapsed(), &answer);
        Ok(answer)
    }

    /// Books the time of some work on a stage.
    fn time<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        self.context.progress.stage_began(stage);
        let running = Running { context: self.context, stage };
        let done = work();
        drop(running);
        let ms = began.elapsed().as_secs_f64() * 1000.0;
        let mut timings = self.timings.borrow_mut();
        match timings.iter_mut().find(|timing| timing.stage == stage) {
            Some(timing) => timing.ms += ms,
            None => timings.push(Timing { stage, ms }),
        }
        timings.sort_by_key(|timing| timing.stage);
        done
    }
}

impl Subject {
    /// Whether there are more pages behind the one that is worked on.
    fn has_pages(&self) -> bool {
        self.input == Format::Tiff && self.inspected.frames > 1
    }
}

/// The frames that are looked at: the first, the middle and the last.
fn looked_at(frames: u32) -> Vec<u32> {
    let mut looked = vec![0, frames / 2, frames - 1];
    looked.sort_unstable();
    looked.dedup();
    looked
}

/// Tells that a stage has ended, after a panic too.
struct Running<'a> {
    context: &'a OptimizeContext<'a>,
    stage: Stage,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.context.progress.stage_ended(self.stage);
    }
}

fn read<T: serde::de::DeserializeOwned>(answer: Answer) -> Result<T, OptimizationError> {
    serde_json::from_value(Value::Object(answer.header)).map_err(|error| OptimizationError::Sidecar {
        message: format!("an answer of the sidecar cannot be read: {error}"),
        transient: false,
    })
}
