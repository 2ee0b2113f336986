//! The pipeline: every stage in order, each in its own file.

use crate::analyse::{AlphaKind, ImageTraits, analyse};
use crate::candidates::{Attempted, Made, Race};
use crate::context::{OptimizeContext, Stage};
use crate::decode::{DecodedImage, decode, read_dimensions};
use crate::encode::EncodeInput;
use crate::error::OptimizationError;
use crate::format::Format;
use crate::measure::Measurer;
use crate::metadata::Metadata;
use crate::pixels::{PixelBuffer, Samples};
use crate::plan::{PlanInput, plan};
use crate::result::{Candidate, KeptReason, OptimizationResult, Optimized, Outcome, Warning};
use crate::select::{Contender, rank};
use crate::settings::{Goal, ImageSettings, MetadataPolicy};
use crate::sniff::sniff;
use crate::timings::Timings;
use crate::transform::{flattened, transform};
use crate::units::{Quality, Score};
use crate::verify::{Expected, verify};
use std::sync::OnceLock;
use std::sync::atomic::AtomicU32;

/// Makes one image as small as the settings allow. The result is always a file that was decoded and checked.
///
/// # Errors
/// See [`OptimizationError`]. The input is never changed; nothing is half-done.
pub fn optimize(
    input: &[u8],
    settings: &ImageSettings,
    context: &OptimizeContext<'_>,
) -> Result<Optimized, OptimizationError> {
    let timings = Timings::start(context.clock);
    context.limits.check_input(input.len())?;
    let input_format = timings.time(Stage::Sniff, || sniff(input))?;
    context.progress.progress(Stage::Decode, 0.02);
    let decoded = timings.time(Stage::Decode, || decode(input, input_format, context))?;
    let DecodedImage { pixels, metadata, orientation, source, mut warnings } = decoded;
    context.check_cancelled()?;

    let original_size = (pixels.width(), pixels.height());
    let had_private_data = metadata.has_private_data();
    let mut metadata = metadata.for_output(settings.metadata);
    let had_profile = metadata.icc.is_some();
    context.progress.progress(Stage::Transform, 0.05);
    let pixels = timings.time(Stage::Transform, || transform(pixels, &mut metadata.icc, settings))?;
    let pixels_changed =
        (pixels.width(), pixels.height()) != original_size || had_profile != metadata.icc.is_some();
    context.check_cancelled()?;

    context.progress.progress(Stage::Analyse, 0.08);
    let traits = timings.time(Stage::Analyse, || analyse(&pixels));
    let pixels = simplified(pixels, &traits, &metadata);
    let plan = timings.time(Stage::Plan, || {
        plan(&PlanInput {
            traits: &traits,
            settings,
            input_format,
            source,
            bit_depth: pixels.bit_depth(),
            size: (pixels.width(), pixels.height()),
            pixels_changed,
        })
    })?;

    let exact =
        plan.lossless.iter().any(|candidate| settings.goal_for(candidate.encoder.format()) == Goal::Lossless);
    let original = (!pixels_changed && !source.tainted).then_some(input);
    let encode_input = EncodeInput {
        pixels: &pixels,
        traits: &traits,
        metadata: &metadata,
        original,
        orientation,
        exact,
        counted: OnceLock::new(),
    };
    // Lossless candidates are compared, not scored.
    let measurer = if plan.lossy.is_empty() {
        None
    } else {
        Some(timings.time(Stage::Measure, || Measurer::new(&pixels, traits.alpha))?)
    };
    let flat = flatten(&pixels, &traits, settings)?;
    let flat_input = flat.as_ref().map(|(pixels, traits, _)| EncodeInput {
        pixels,
        traits,
        metadata: &metadata,
        original: None,
        orientation,
        exact,
        counted: OnceLock::new(),
    });
    let race = Race {
        input: &encode_input,
        flat_input: flat_input.as_ref(),
        measurer: measurer.as_ref(),
        flat_measurer: flat.as_ref().map(|(_, _, measurer)| measurer),
        context,
        timings: &timings,
        encodes: AtomicU32::new(0),
    };
    context.progress.progress(Stage::Encode, 0.1);
    let mut attempted = race.run(&plan.lossless, None)?;
    let smallest = attempted.iter().filter_map(|attempt| attempt.best.as_ref());
    let bound = smallest
        .map(|file| file.bytes.len() as u64)
        .chain(plan.original_allowed.then_some(input.len() as u64))
        .min();
    attempted.extend(race.run(&plan.lossy, bound)?);
    if !plan.original_allowed && attempted.iter().all(|attempt| attempt.best.is_none()) {
        attempted.extend(race.run(&plan.fallback, None)?);
    }
    let encodes = race.encodes.into_inner();

    // A copy of the input would carry what was to be stripped: a rewrite without it stands in where there is one
    // that has not grown (a progressive JPEG now and then is larger than a sequential one).
    let rewritten = attempted.iter().filter_map(|attempt| attempt.best.as_ref()).any(|file| {
        file.encoder.is_lossless() && file.encoder.format() == input_format && file.bytes.len() <= input.len()
    });
    let keeps_secrets = settings.metadata == MetadataPolicy::Keep || !had_private_data;
    let original_contends = plan.original_allowed
        && (keeps_secrets || !rewritten)
        && fits(settings.goal_for(input_format), input.len() as u64);

    let field = Field { attempted, original: original_contends.then_some(input), input_format };
    context.progress.progress(Stage::Verify, 0.92);
    let expected = |encoder_flat: bool, lossless: bool| match (&flat, encoder_flat) {
        (Some((pixels, traits, _)), true) => {
            Expected { pixels, alpha: traits.alpha, icc: metadata.icc.as_deref(), lossless, exact }
        }
        _ => Expected { pixels: &pixels, alpha: traits.alpha, icc: metadata.icc.as_deref(), lossless, exact },
    };
    let goal = |format| settings.goal_for(format);
    let winner = field.select_and_verify(settings.goal, |bytes, format, lossless| {
        let expected = expected(!format.supports_alpha(), lossless);
        timings.time(Stage::Verify, || verify(bytes, format, &expected, context)).map(|_| ())
    })?;

    if winner.encoder_name.is_none() && !keeps_secrets {
        warnings.push(Warning::new(
            "metadata_kept",
            "the input is handed out as it is, with its EXIF or XMP: nothing that meets the goal is smaller",
        ));
    }
    if winner.encoder_name.is_none() {
        // Nothing was dropped from a file that is handed out as it came.
        warnings.retain(|warning| warning.code != "extra_images_dropped");
    }
    if winner.bytes.len() > input.len() {
        warnings.push(Warning::new(
            "larger_than_input",
            format!("the output is larger than the input: {} bytes, not {}", winner.bytes.len(), input.len()),
        ));
    }
    let (elapsed_time, timings) = timings.finish();
    let result = OptimizationResult {
        input_path: String::new(),
        output_path: String::new(),
        original_size: input.len() as u64,
        optimized_size: winner.bytes.len() as u64,
        compression_ratio: winner.bytes.len() as f64 / input.len() as f64,
        elapsed_time,
        input_format,
        format: winner.format,
        width: pixels.width(),
        height: pixels.height(),
        goal: goal(winner.format),
        quality: winner.quality,
        lossless: winner.lossless,
        score: winner.score,
        engine: "core".into(),
        kept_original: winner.encoder_name.is_none().then_some(KeptReason::AlreadySmallest),
        candidates: winner.candidates,
        encodes,
        warnings,
        timings,
        attempts: 1,
        peak_bytes: estimate_peak_bytes(input),
    };
    context.progress.progress(Stage::Verify, 1.0);
    Ok(Optimized { bytes: winner.bytes, result })
}

/// An upper estimate of the memory one [`optimize`] call takes, in bytes, from the file's headers alone: what
/// callers admit jobs by. Inputs that cannot be decoded need next to nothing.
pub fn estimate_peak_bytes(input: &[u8]) -> u64 {
    /// Decoded pixels, the metric's planes and one encoder's working set, per pixel. Measured: see
    /// docs/decisions/0008-memory-estimate.md.
    const BYTES_PER_PIXEL: u64 = 130;
    let pixels = sniff(input)
        .ok()
        .and_then(|format| read_dimensions(input, format))
        .map_or(0, |(width, height)| u64::from(width) * u64::from(height));
    pixels * BYTES_PER_PIXEL + input.len() as u64 * 3 + (8 << 20)
}

/// The pixels without what says nothing: an alpha channel that is opaque everywhere, colour channels that are
/// equal (unless a profile says what they mean), low bytes that repeat the high ones.
fn simplified(mut pixels: PixelBuffer, traits: &ImageTraits, metadata: &Metadata) -> PixelBuffer {
    if traits.alpha == AlphaKind::None {
        pixels = pixels.without_alpha().unwrap_or(pixels);
    }
    if traits.gray && metadata.icc.is_none() {
        pixels = pixels.red_as_gray().unwrap_or(pixels);
    }
    match pixels.samples() {
        Samples::U16(samples) if samples.iter().all(|v| v >> 8 == v & 0xff) => {
            pixels.to_8_bit().unwrap_or(pixels)
        }
        _ => pixels,
    }
}

/// The image on its matte with what goes with it, where a format without alpha may come out.
fn flatten(
    pixels: &PixelBuffer,
    traits: &ImageTraits,
    settings: &ImageSettings,
) -> Result<Option<(PixelBuffer, ImageTraits, Measurer)>, OptimizationError> {
    if traits.alpha == AlphaKind::None || settings.background.is_none() {
        return Ok(None);
    }
    let Some(flat) = flattened(pixels, traits.alpha, settings.background) else { return Ok(None) };
    let measurer = Measurer::new(&flat, AlphaKind::None)?;
    let traits = ImageTraits { alpha: AlphaKind::None, ..*traits };
    Ok(Some((flat, traits, measurer)))
}

fn fits(goal: Goal, size: u64) -> bool {
    match goal {
        Goal::MaxBytes(bytes) => size <= bytes.0,
        Goal::Lossless | Goal::Quality(_) | Goal::Score(_) => true,
    }
}

/// Everything that was made, and the input where it may be handed out.
struct Field<'a> {
    attempted: Vec<Attempted>,
    original: Option<&'a [u8]>,
    input_format: Format,
}

/// What is handed out.
struct Winner {
    bytes: Vec<u8>,
    format: Format,
    /// `None` for the input itself.
    encoder_name: Option<&'static str>,
    quality: Option<Quality>,
    lossless: bool,
    score: Score,
    candidates: Vec<Candidate>,
}

impl Field<'_> {
    /// The best contender that passes verification.
    fn select_and_verify(
        mut self,
        goal: Goal,
        verify: impl Fn(&[u8], Format, bool) -> Result<(), OptimizationError>,
    ) -> Result<Winner, OptimizationError> {
        let mut reports = Vec::new();
        let mut made: Vec<Made> = Vec::new();
        let mut errors = Vec::new();
        for attempt in &mut self.attempted {
            reports.append(&mut attempt.others);
            made.extend(attempt.best.take());
            errors.extend(attempt.error.take());
        }
        made.retain(|file| {
            let passes = fits(goal, file.bytes.len() as u64);
            if !passes {
                reports.push(file.report(Outcome::MissesGoal));
            }
            passes
        });
        let mut contenders: Vec<Contender> = made
            .iter()
            .map(|file| Contender {
                size: file.bytes.len() as u64,
                score: file.score,
                encoder: Some(file.encoder),
            })
            .collect();
        if let Some(original) = self.original {
            contenders.push(Contender {
                size: original.len() as u64,
                score: Score::IDENTICAL,
                encoder: None,
            });
        }
        let mut failed = Vec::new();
        for index in rank(&contenders, goal) {
            let Some(file) = made.get(index) else {
                // The input: it was decoded to begin with.
                reports.extend(made.iter().enumerate().map(|(index, file)| report(file, index, &failed)));
                return Ok(Winner {
                    bytes: self.original.unwrap_or_default().to_vec(),
                    format: self.input_format,
                    encoder_name: None,
                    quality: None,
                    lossless: true,
                    score: Score::IDENTICAL,
                    candidates: reports,
                });
            };
            let lossless = file.encoder.is_lossless();
            match verify(&file.bytes, file.encoder.format(), lossless) {
                Ok(()) => {
                    reports.extend(made.iter().enumerate().map(|(other, file)| {
                        if other == index {
                            file.report(Outcome::Selected)
                        } else {
                            report(file, other, &failed)
                        }
                    }));
                    let file = made.swap_remove(index);
                    return Ok(Winner {
                        format: file.encoder.format(),
                        encoder_name: Some(file.encoder.name()),
                        quality: file.quality,
                        lossless,
                        score: file.score,
                        bytes: file.bytes,
                        candidates: reports,
                    });
                }
                Err(error @ OptimizationError::Cancelled) => return Err(error),
                Err(error) => {
                    failed.push(index);
                    errors.push(error);
                }
            }
        }
        Err(errors.into_iter().next().unwrap_or_else(|| unreachable_goal(goal, &reports)))
    }
}

fn report(file: &Made, index: usize, failed: &[usize]) -> Candidate {
    file.report(if failed.contains(&index) { Outcome::FailedVerification } else { Outcome::Larger })
}

/// The error for a goal that nothing met, with how close the best came.
fn unreachable_goal(goal: Goal, candidates: &[Candidate]) -> OptimizationError {
    let closest = match goal {
        Goal::MaxBytes(_) => candidates
            .iter()
            .min_by_key(|candidate| candidate.size)
            .map(|candidate| format!("the smallest {} has {} bytes", candidate.format, candidate.size)),
        _ => candidates
            .iter()
            .max_by(|a, b| {
                let score = |candidate: &Candidate| candidate.score.map_or(0.0, Score::get);
                score(a).total_cmp(&score(b))
            })
            .and_then(|candidate| {
                candidate.score.map(|score| format!("the best {} scores {score}", candidate.format))
            }),
    };
    let closest = closest.map_or_else(String::new, |closest| format!(", {closest}"));
    OptimizationError::GoalUnreachable { message: format!("expected {goal}{closest}") }
}
