//! One image through Sharp: the same goals as in the core, met by asking the core to measure what Sharp made.
//!
//! ```text
//! inspect → resolve the geometry → search the quality on a sample, per format → encode the whole → measure a sample
//! of what came out, which also reads it to its end
//! ```
//!
//! Neither side ever holds the whole image: Sharp streams from file to file, and the core sees samples.

use super::connection::Answer;
use super::messages::{
    Chroma, Encode, Encoded, Failure, Inspected, Metadata, Opening, PixelLimit, Place, Region, Request, Size,
    Transform,
};
use super::quality::{self, Aim, Probe};
use super::sample::SamplePlan;
use super::supervisor::{SidecarError, Supervisor};
use super::{estimate, geometry};
use planish::settings::{ColorPolicy, MetadataPolicy};
use planish::{
    Candidate, Comparison, Format, FormatChoice, Goal, ImageSettings, KeptReason, Limits, OptimizationError,
    OptimizationResult, OptimizeContext, Outcome, Quality, Rights, Score, Stage, Timing, Warning,
};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Longest time for one request.
const DEADLINE: Duration = Duration::from_mins(30);

/// Encodes of the whole image, at most: the sample may have promised a little too much.
const MAX_ENCODES: u32 = 3;

/// Quality steps that are added when the whole misses what the sample promised.
const STEP: u8 = 2;

/// A score that misses its goal by less counts as met: the sample is a sample.
const SLACK: f64 = 0.1;

/// 4:4:4 has to bring this much score at a fixed quality to be worth its bytes (red text on black, say).
const CHROMA_GAIN: f64 = 4.0;

/// The largest edge that a format can say.
const fn largest_edge(format: Format) -> u32 {
    match format {
        Format::Webp => 16_383,
        Format::Avif => 16_384,
        Format::Jpeg | Format::Gif => 65_535,
        _ => 10_000_000,
    }
}

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

/// An output format with the settings that reach the goal on the sample.
#[derive(Debug, Clone, Copy)]
struct Choice {
    format: Format,
    encode: Encode,
    /// Whether every pixel stays.
    lossless: bool,
    /// What the sample promises for the whole.
    probe: Probe,
    probes: u32,
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
            return Err(OptimizationError::GoalUnreachable {
                message: format!("Sharp made {} files, none of which meets it", candidates.len()),
            });
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
            quality: (!kept && !choice.lossless).then(|| Quality::new(choice.probe.quality).ok()).flatten(),
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
        let answer = self.ask(Stage::Sniff, "inspect", None, &Request::Inspect { opening }, &[])?;
        let exif = answer.body.clone();
        let inspected: Inspected = read(answer)?;
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
        let sample = self.sample(&plan, Place::File(self.source), transform);
        let sample = sample.map_err(|error| if is_heic { without_hevc(error) } else { error })?;
        let reference = self.time(Stage::Measure, || Comparison::with(&sample, &self.sample_context()))?;
        let metadata = self.metadata(&exif, &inspected);
        Ok(Subject {
            input,
            inspected,
            is_heic,
            animated,
            transform,
            size,
            metadata,
            plan,
            sample,
            reference,
        })
    }

    /// Whether the input itself could be handed out: nothing is asked for that it is not, and it holds nothing that
    /// is to go.
    fn may_keep(&self, inspected: &Inspected) -> bool {
        let metadata = inspected.exif_bytes + inspected.xmp_bytes;
        !self.settings.changes_pixels()
            && (metadata == 0 || self.settings.metadata == MetadataPolicy::Keep)
            && (!inspected.has_profile || self.settings.color == ColorPolicy::Keep)
    }

    /// The formats that may come out of Sharp.
    fn formats(&self, subject: &Subject) -> Result<Vec<Format>, OptimizationError> {
        if subject.is_heic && self.settings.formats == FormatChoice::Keep {
            return Err(OptimizationError::InvalidSetting {
                field: "formats".into(),
                expected:
                    "a format to make of HEIC, which is read and not written (--format jpeg, avif, auto …)"
                        .into(),
                actual: "keep".into(),
            });
        }
        let asked = self.settings.formats.candidates(subject.input);
        let alpha = subject.inspected.has_alpha && self.settings.background.is_none();
        let longest = subject.size.width.max(subject.size.height);
        let possible: Vec<Format> = asked
            .iter()
            .copied()
            .filter(|format| *format != Format::Jxl)
            .filter(|format| format.supports_alpha() || !alpha)
            .filter(|format| !subject.animated || matches!(format, Format::Gif | Format::Webp))
            .filter(|format| *format != Format::Tiff || !subject.has_pages())
            .filter(|format| longest <= largest_edge(*format))
            .filter(|format| {
                *format != Format::Jpeg || !matches!(self.settings.goal_for(*format), Goal::Lossless)
            })
            .collect();
        if possible.is_empty() {
            let names: Vec<&str> = asked.iter().map(|format| format.title()).collect();
            let Size { width, height } = subject.size;
            let kind = match (subject.animated, subject.has_pages()) {
                (true, _) => "an animation of ",
                (false, true) => "several pages of ",
                (false, false) => "",
            };
            return Err(OptimizationError::Unsupported {
                format: names.join(", "),
                feature: format!("{kind}{width} × {height} pixels from Sharp for this goal"),
            });
        }
        let pixels = u64::from(subject.size.width) * u64::from(subject.size.height);
        Ok(estimate::fitting(possible, pixels, self.memory))
    }

    /// Finds the settings that reach the goal on the sample; `None` where the format cannot.
    fn choose(&self, subject: &Subject, format: Format) -> Result<Option<Choice>, OptimizationError> {
        let goal = self.settings.goal_for(format);
        let always_lossless = matches!(format, Format::Png | Format::Tiff | Format::Gif);
        let lossless = always_lossless || matches!(goal, Goal::Lossless);
        let mut probes = 0;
        let mut probe = |quality: u8, chroma: Chroma| {
            probes += 1;
            let encode = self.encode(subject, format, f64::from(quality), chroma, lossless);
            self.probe(subject, encode, quality)
        };
        let (chroma, probe) = match goal {
            _ if lossless => (Chroma::Full, probe(100, Chroma::Full)?),
            Goal::Lossless => return Ok(None),
            Goal::Quality(quality) => {
                let quality = quality.get().round() as u8;
                let half = probe(quality, Chroma::Half)?;
                let full = probe(quality, Chroma::Full)?;
                if full.score - half.score >= CHROMA_GAIN {
                    (Chroma::Full, full)
                } else {
                    (Chroma::Half, half)
                }
            }
            Goal::Score(score) => {
                let aim = Aim::Score(score.get());
                let found = Self::better_chroma(aim, format, &mut probe)?;
                if found.1.score < score.get() - SLACK {
                    return self.exact_instead(subject, format, probes);
                }
                found
            }
            Goal::MaxBytes(bytes) => {
                // A little less than allowed: the whole has headers too, and the sample is a sample.
                let aim = Aim::Bytes(bytes.0 as f64 * 0.97);
                Self::better_chroma(aim, format, &mut probe)?
            }
        };
        if let Goal::MaxBytes(bytes) = goal
            && lossless
            && probe.size > bytes.0 as f64 * 1.5
        {
            return Ok(None);
        }
        let encode = self.encode(subject, format, f64::from(probe.quality), chroma, lossless);
        Ok(Some(Choice { format, encode, lossless, probe, probes }))
    }

    /// What takes the place of lossy coding that does not reach a score, as in the core: lossless coding, where Sharp
    /// has it in this format. `None` where not, and for other goals.
    fn exact_instead(
        &self,
        subject: &Subject,
        format: Format,
        probes: u32,
    ) -> Result<Option<Choice>, OptimizationError> {
        // Its lossless AVIF is not: it goes through another colour space.
        if format != Format::Webp || !matches!(self.settings.goal_for(format), Goal::Score(_)) {
            return Ok(None);
        }
        let encode = self.encode(subject, format, 100.0, Chroma::Full, true);
        let probe = self.probe(subject, encode, 100)?;
        Ok(Some(Choice { format, encode, lossless: true, probe, probes: probes + 1 }))
    }

    /// The search with 4:2:0 and with 4:4:4, where the format knows both: the smaller file wins, or the better one
    /// where the size is given.
    fn better_chroma(
        aim: Aim,
        format: Format,
        probe: &mut impl FnMut(u8, Chroma) -> Result<Probe, OptimizationError>,
    ) -> Result<(Chroma, Probe), OptimizationError> {
        let start = if format == Format::Avif { 60 } else { 80 };
        let half = quality::search(aim, start, |quality| probe(quality, Chroma::Half))?;
        if format == Format::Webp {
            return Ok((Chroma::Half, half));
        }
        let full = quality::search(aim, half.quality, |quality| probe(quality, Chroma::Full))?;
        let full_is_better = match aim {
            Aim::Score(score) => {
                let (meets, half_meets) = (full.score >= score, half.score >= score);
                meets && (!half_meets || full.size < half.size)
            }
            Aim::Bytes(bytes) => full.size <= bytes && (full.score > half.score || half.size > bytes),
        };
        Ok(if full_is_better { (Chroma::Full, full) } else { (Chroma::Half, half) })
    }

    /// Encodes the sample, measures it, and says what that means for the whole.
    fn probe(&self, subject: &Subject, encode: Encode, quality: u8) -> Result<Probe, OptimizationError> {
        self.context.check_cancelled()?;
        self.context.progress.progress(Stage::Encode, 0.1);
        let request = Request::Encode {
            opening: self.opening(Place::Bytes, false),
            target: Place::Bytes,
            transform: Transform::default(),
            encode,
            metadata: Metadata::Only { profile: false, exif: BTreeMap::new() },
        };
        let answer = self.ask(Stage::Encode, "probe", Some(encode.format()), &request, &subject.sample)?;
        let lossless = matches!(encode, Encode::Png { .. } | Encode::Gif { .. } | Encode::Tiff { .. });
        let score = if lossless { 100.0 } else { self.measure(subject, &answer.body)? };
        let frames = if subject.animated { f64::from(subject.inspected.frames) } else { 1.0 };
        Ok(Probe { quality, score, size: answer.body.len() as f64 * subject.plan.scale() * frames })
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
            let encoded: Encoded =
                read(self.ask(Stage::Encode, "encode", Some(choice.format), &request, &[])?)?;
            *encodes += 1;
            self.context.progress.progress(Stage::Verify, 0.9);
            let score = self.verify(subject, &choice, &encoded)?;
            let (met, better) = match goal {
                _ if choice.lossless && !matches!(goal, Goal::MaxBytes(_)) => (true, None),
                Goal::Score(wanted) => (
                    score >= wanted.get() - SLACK,
                    choice.probe.quality.checked_add(STEP).filter(|q| *q <= 100),
                ),
                Goal::MaxBytes(bytes) => {
                    (encoded.size <= bytes.0, choice.probe.quality.checked_sub(STEP * 2).filter(|q| *q >= 1))
                }
                Goal::Quality(_) | Goal::Lossless => (true, None),
            };
            candidates.push(Candidate {
                format: choice.format,
                encoder: "sharp".into(),
                quality: (!choice.lossless).then(|| Quality::new(choice.probe.quality).ok()).flatten(),
                size: encoded.size,
                score: Some(Score::measured(score)),
                outcome: if met { Outcome::Selected } else { Outcome::MissesGoal },
            });
            if met {
                return Ok(Some((choice, encoded, score)));
            }
            let Some(quality) = better.filter(|_| !choice.lossless) else { break };
            choice.probe.quality = quality;
            choice.encode = with_quality(choice.encode, f64::from(quality));
        }
        Ok(None)
    }

    /// Reads what was written to its end: its size must be right, and its score is that of its sample.
    fn verify(
        &self,
        subject: &Subject,
        choice: &Choice,
        encoded: &Encoded,
    ) -> Result<f64, OptimizationError> {
        let failed = |check: &str| Err(OptimizationError::Verify { check: check.into() });
        if (encoded.width, encoded.height) != (subject.size.width, subject.size.height) {
            return failed("dimensions");
        }
        if subject.animated && encoded.frames != subject.inspected.frames {
            return failed("frames");
        }
        let written = self.sample(&subject.plan, Place::File(self.target), Transform::default())?;
        let score = self.measure(subject, &written)?;
        // Palettes of animations are the one thing Sharp reduces where it was asked not to.
        if choice.lossless && score < 99.99 && choice.format != Format::Gif {
            return failed("pixels");
        }
        Ok(score)
    }

    fn sample(
        &self,
        plan: &SamplePlan,
        source: Place<'_>,
        transform: Transform,
    ) -> Result<Vec<u8>, OptimizationError> {
        let regions: Vec<Region> = plan.regions();
        let request = Request::Sample { opening: self.opening(source, false), transform, regions };
        let answer = self.ask(Stage::Decode, "sample", None, &request, &[])?;
        plan.assemble(answer.body)?.png()
    }

    /// The score of an encoded sample.
    fn measure(&self, subject: &Subject, file: &[u8]) -> Result<f64, OptimizationError> {
        let score = self.time(Stage::Measure, || subject.reference.score(file, &self.sample_context()));
        Ok(score?.get())
    }

    fn encode(
        &self,
        subject: &Subject,
        format: Format,
        quality: f64,
        chroma: Chroma,
        lossless: bool,
    ) -> Encode {
        let effort = self.settings.effort_for(format).get();
        let pixels = u64::from(subject.size.width) * u64::from(subject.size.height);
        match format {
            Format::Jpeg => {
                let streaming = estimate::jpeg_streams(pixels, chroma == Chroma::Full, self.memory);
                Encode::Jpeg { quality, chroma, streaming }
            }
            Format::Webp => Encode::Webp { lossless, quality, effort },
            Format::Avif => Encode::Avif { lossless, quality, effort, chroma },
            Format::Gif => Encode::Gif { lossless: true, effort },
            Format::Tiff => {
                // Offsets of 32 bits end at 4 GiB; what is compressed is rarely larger than what is not.
                Encode::Tiff {
                    lossless: true,
                    quality,
                    big_tiff: pixels * 8 > u64::from(u32::MAX),
                    pyramid: false,
                }
            }
            _ => Encode::Png { effort, palette: false, quality: 100.0 },
        }
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

    /// An error of Sharp in the words of the core, where it has some.
    fn error_of(&self, error: SidecarError) -> OptimizationError {
        let text = error.to_string();
        match error {
            SidecarError::Cancelled => OptimizationError::Cancelled,
            SidecarError::TimedOut => OptimizationError::TimedOut,
            SidecarError::Failed(Failure { code, message, transient }) => {
                let message = plain(&message);
                match code.as_str() {
                    "cancelled" => OptimizationError::Cancelled,
                    "timed_out" => OptimizationError::TimedOut,
                    "io" => OptimizationError::Io {
                        operation: "sharp",
                        path: self.source.to_owned(),
                        message,
                        transient,
                    },
                    "unsupported" => {
                        OptimizationError::Unsupported { format: "Sharp".into(), feature: message }
                    }
                    "limit_exceeded" => OptimizationError::Sidecar {
                        message: format!("the image has more than {} pixels", self.max_pixels),
                        transient: false,
                    },
                    _ => OptimizationError::Sidecar { message, transient },
                }
            }
            _ => OptimizationError::Sidecar { message: text, transient: false },
        }
    }
}

impl Subject {
    /// Whether there are more pages behind the one that is worked on.
    fn has_pages(&self) -> bool {
        self.input == Format::Tiff && self.inspected.frames > 1
    }

    /// What the user should know before anything is made.
    fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if self.has_pages() {
            let pages = self.inspected.frames;
            let message = format!("the file has {pages} pages; the output has the first only");
            warnings.push(Warning::new("pages_dropped", message));
        }
        if self.is_heic {
            let message = "the input is HEIC, of the family that AVIF is of: inputFormat names that";
            warnings.push(Warning::new("heic_input", message));
        }
        warnings
    }
}

/// What a HEIC needs whose pixels Sharp cannot decode.
fn without_hevc(error: OptimizationError) -> OptimizationError {
    if !error.to_string().contains("HEVC") {
        return error;
    }
    let feature = "HEVC, for which Sharp's own libvips has no decoder (a libvips with libheif and libde265, and Sharp \
                   built against it by `npm rebuild sharp --build-from-source`, has one), is";
    OptimizationError::Unsupported { format: "HEIC".into(), feature: feature.into() }
}

/// The message without the lines in which libvips says where it looked for the end of a file.
fn plain(message: &str) -> String {
    let lines = message.split("; ").filter(|line| !line.contains("bad seek"));
    let plain = lines.collect::<Vec<_>>().join("; ");
    if plain.is_empty() { message.to_owned() } else { plain }
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

/// The same settings at another quality.
const fn with_quality(encode: Encode, quality: f64) -> Encode {
    match encode {
        Encode::Jpeg { chroma, streaming, .. } => Encode::Jpeg { quality, chroma, streaming },
        Encode::Webp { lossless, effort, .. } => Encode::Webp { lossless, quality, effort },
        Encode::Avif { lossless, effort, chroma, .. } => Encode::Avif { lossless, quality, effort, chroma },
        other => other,
    }
}

fn read<T: serde::de::DeserializeOwned>(answer: Answer) -> Result<T, OptimizationError> {
    serde_json::from_value(Value::Object(answer.header)).map_err(|error| OptimizationError::Sidecar {
        message: format!("an answer of the sidecar cannot be read: {error}"),
        transient: false,
    })
}
