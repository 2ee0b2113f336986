//! The pipeline: every stage in order, each in its own file.

use crate::analyse::{AlphaKind, ImageTraits, analyse};
use crate::animation;
use crate::candidates::{Attempted, Made, Race, Subject};
use crate::container::jpeg::{Attachments, Jpeg, MAX_EXIF, MAX_XMP};
use crate::context::{OptimizeContext, Stage};
use crate::decode::{DecodedImage, decode, extras};
use crate::encode::{EncodeInput, EncoderKind, check_squoosh, needs_matte};
use crate::error::OptimizationError;
use crate::estimate::estimate_peak_bytes;
use crate::format::Format;
use crate::judge::Judge;
use crate::metadata::Metadata;
use crate::pixels::{PixelBuffer, Samples};
use crate::plan::{PlanInput, PlannedCandidate, Task, plan};
use crate::result::{Candidate, KeptReason, OptimizationResult, Optimized, Outcome, Warning};
use crate::sample::Sample;
use crate::select::{Contender, rank};
use crate::settings::{ColorPolicy, Goal, ImageSettings, MetadataPolicy};
use crate::sniff::sniff;
use crate::timings::Timings;
use crate::transform::{flattened, transform};
use crate::units::{Quality, Score};
use crate::verify::{self, Expected, Fidelity, verify};
use crate::yardstick::{Use, Yardstick};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Makes one image as small as the settings allow. The result is always a file that was decoded and checked.
///
/// # Errors
/// See [`OptimizationError`]. The input is never changed; nothing is half-done.
///
/// # Examples
/// By default the smallest file that looks the same, in the input's own format:
///
/// ```
/// use planish::{ImageSettings, OptimizeContext, optimize};
///
/// // The bytes of an image file, as from `std::fs::read`.
/// # let mut input = Vec::new();
/// # let mut encoder = png::Encoder::new(&mut input, 64, 48);
/// # encoder.set_color(png::ColorType::Rgb);
/// # let pixels: Vec<u8> = (0..64 * 48 * 3).map(|at| (at % 192 + at / 192) as u8).collect();
/// # encoder.write_header()?.write_image_data(&pixels)?;
/// let made = optimize(&input, &ImageSettings::default(), &OptimizeContext::default())?;
/// assert!(made.bytes.len() <= input.len());
/// assert!(made.result.score.get() >= 80.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Other formats, and another goal:
///
/// ```
/// use planish::{Format, FormatChoice, Goal, ImageSettings, OptimizeContext, Quality, optimize};
///
/// # let mut input = Vec::new();
/// # let mut encoder = png::Encoder::new(&mut input, 64, 48);
/// # encoder.set_color(png::ColorType::Rgb);
/// # let pixels: Vec<u8> = (0..64 * 48 * 3).map(|at| (at % 192 + at / 192) as u8).collect();
/// # encoder.write_header()?.write_image_data(&pixels)?;
/// let settings = ImageSettings {
///     formats: FormatChoice::OneOf(vec![Format::Webp, Format::Avif]),
///     goal: Goal::Quality(Quality::new(60)?),
///     ..ImageSettings::default()
/// };
/// let made = optimize(&input, &settings, &OptimizeContext::default())?;
/// assert!([Format::Webp, Format::Avif].contains(&made.result.format));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn optimize(
    input: &[u8],
    settings: &ImageSettings,
    context: &OptimizeContext<'_>,
) -> Result<Optimized, OptimizationError> {
    let timings = Timings::start(context);
    context.limits.check_input(input.len())?;
    let input_format = timings.time(Stage::Sniff, || sniff(input))?;
    check_squoosh(settings, input_format, context)?;
    if settings.formats.candidates(input_format).contains(&Format::Tiff) {
        settings.tiff.check_core()?;
    }
    context.progress.progress(Stage::Decode, 0.02);
    if animation::announced(input, input_format).is_some() {
        return animation::optimize_animation(input, input_format, settings, context, timings);
    }
    let decoded = timings.time(Stage::Decode, || decode(input, input_format, context))?;
    let DecodedImage { pixels, metadata, orientation, source, mut warnings } = decoded;
    context.check_cancelled()?;

    let had_private_data = metadata.has_private_data();
    let mut metadata = metadata.for_output(settings.metadata);
    context.progress.progress(Stage::Transform, 0.05);
    let (pixels, transformed) =
        timings.time(Stage::Transform, || transform(pixels, &mut metadata.icc, settings, &context.limits))?;
    // Inks were converted when they were decoded: to sRGB is where they went, and the file stays what it was only
    // while nobody asks for that.
    let pixels_changed = transformed || source.cmyk && settings.color == ColorPolicy::Srgb;
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
    let attachments = original.and_then(|original| attachments(original, input_format, settings.metadata));
    let keep_metadata = settings.metadata == MetadataPolicy::Keep;
    let searches =
        plan.lossy.iter().any(|candidate| matches!(candidate.task, Task::ReachScore(_) | Task::FitBytes(_)));
    let used = if searches { Use::Often } else { Use::Once };
    // Lossless candidates are compared, not scored.
    let prepare = |pixels, alpha| {
        if plan.lossy.is_empty() {
            return Ok(None);
        }
        timings.time(Stage::Measure, || Yardstick::new(pixels, alpha, used)).map(Some)
    };
    let yardstick = prepare(&pixels, traits.alpha)?;
    let take_sample = |pixels: &PixelBuffer, traits: &ImageTraits| {
        if searches { timings.time(Stage::Measure, || Sample::of(pixels, traits)) } else { Ok(None) }
    };
    let sample = take_sample(&pixels, &traits)?;
    let flat = flatten(&pixels, &traits, settings);
    let (flat_yardstick, flat_sample) = match &flat {
        Some((pixels, traits)) => (prepare(pixels, AlphaKind::None)?, take_sample(pixels, traits)?),
        None => (None, None),
    };
    let expected = |encoder: EncoderKind| {
        let (pixels, alpha) = match &flat {
            Some((flat, flat_traits)) if needs_matte(encoder.format(), traits.alpha) => {
                (flat, flat_traits.alpha)
            }
            _ => (&pixels, traits.alpha),
        };
        let fidelity = if encoder.is_pixel_exact() {
            Fidelity::Exact
        } else if encoder.is_lossless() {
            Fidelity::Rerendered
        } else {
            Fidelity::Lossy
        };
        Expected { pixels, alpha, icc: metadata.icc.as_deref(), fidelity, exact }
    };
    let input_of = |pixels, traits, original: Option<_>| EncodeInput {
        original,
        orientation,
        attachments: attachments.as_ref().filter(|_| original.is_some()),
        stored_inks: source.cmyk && original.is_some(),
        exact,
        keep_metadata,
        ..EncodeInput::plain(pixels, traits, &metadata)
    };
    let race = Race {
        image: Subject {
            input: input_of(&pixels, &traits, original),
            yardstick: yardstick.as_ref(),
            sample: sample.as_ref(),
            judge: Judge::of(&pixels, traits.alpha),
        },
        flat: flat.as_ref().map(|(pixels, traits)| Subject {
            input: input_of(pixels, traits, None),
            yardstick: flat_yardstick.as_ref(),
            sample: flat_sample.as_ref(),
            judge: Judge::of(pixels, traits.alpha),
        }),
        context,
        timings: &timings,
        encodes: AtomicU32::new(0),
        sample_encodes: AtomicU32::new(0),
        deadline: context.limits.max_search_ms.map(|ms| timings.started_at() + f64::from(ms)),
        has_passed: AtomicBool::new(false),
        check: &|decoded, encoder| verify::check(decoded, &expected(encoder)),
    };
    context.progress.progress(Stage::Encode, 0.1);
    let (first, rewrites) = plan.split_lossless(input.len());
    let mut attempted = race.run_lossless(&first)?;
    let smallest = attempted.iter().filter_map(|attempt| attempt.best.as_ref());
    let bound = smallest
        .map(|file| file.bytes.len() as u64)
        .chain(plan.original_allowed.then_some(input.len() as u64))
        .min();
    let recode_limit = plan.recode_share.map(|share| (input.len() as f64 * share) as u64);
    let mut lossy = race.run_lossy(&plan.lossy, bound.into_iter().chain(recode_limit).min())?;
    let mut saves_too_little = false;
    for attempt in &mut lossy {
        let for_score = attempt
            .best
            .as_ref()
            .is_some_and(|file| matches!(settings.goal_for(file.encoder.format()), Goal::Score(_)));
        if let Some(limit) = recode_limit.filter(|_| for_score) {
            saves_too_little |= attempt.drop_above(limit);
        }
    }
    let best =
        lossy.iter().filter_map(|attempt| attempt.best.as_ref()).map(|file| file.bytes.len() as u64).min();
    attempted.extend(lossy);
    let stripped = bound.unwrap_or(input.len() as u64);
    let rewrites: Vec<PlannedCandidate> = rewrites
        .into_iter()
        .filter(|rewrite| best.is_none_or(|best| plan.rewrite_could_win(rewrite, best, stripped)))
        .collect();
    attempted.extend(race.run_waiting(&rewrites, best)?);
    if !plan.original_allowed && attempted.iter().all(|attempt| attempt.best.is_none()) {
        attempted.extend(race.run_lossless(&plan.fallback)?);
    }
    let encodes = race.encodes.load(Ordering::Relaxed);
    let sample_encodes = race.sample_encodes.load(Ordering::Relaxed);

    // A copy of the input would carry what was to be stripped: a rewrite without it stands in where there is one
    // that has not grown (a progressive JPEG now and then is larger than a sequential one).
    let rewritten = attempted.iter().filter_map(|attempt| attempt.best.as_ref()).any(|file| {
        file.encoder.is_lossless() && file.encoder.format() == input_format && file.bytes.len() <= input.len()
    });
    let keeps_secrets = keep_metadata || !had_private_data;
    let original_contends = plan.original_allowed
        && (keeps_secrets || !rewritten)
        && fits(settings.goal_for(input_format), input.len() as u64);

    let field = Field { attempted, original: original_contends.then_some(input), input_format };
    context.progress.progress(Stage::Verify, 0.92);
    let goal = |format| settings.goal_for(format);
    let winner = field.select_and_verify(settings.goal, |bytes, encoder| {
        let expected = expected(encoder);
        timings.time(Stage::Verify, || verify(bytes, encoder.format(), &expected, context)).map(|_| ())
    })?;

    if winner.encoder_name.is_none() && !keeps_secrets {
        warnings.push(Warning::new(
            "metadata_kept",
            "the input is handed out as it is, with its EXIF or XMP: nothing that meets the goal is smaller",
        ));
    }
    if source.cmyk && winner.lossless && winner.format == input_format {
        // The stored samples went through as they are.
        warnings.retain(|warning| warning.code != "cmyk_converted");
    }
    if winner.encoder_name.is_none() {
        // Nothing was dropped from a file that is handed out as it came.
        warnings.retain(|warning| !is_about_dropped_parts(warning));
        if source.other_pages > 0 {
            warnings.push(Warning::new(
                "pages_kept",
                "the file has several pages, which planish cannot write: it was left as it is",
            ));
        }
    }
    if winner.encoder_name.is_some() {
        warnings.extend(lost_extras(input, input_format, &winner.bytes, winner.format));
    }
    warnings.extend(unfit_metadata(&metadata, winner.format));
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
        frames: 1,
        goal: goal(winner.format),
        quality: winner.quality,
        lossless: winner.lossless,
        score: winner.score,
        score_sampled: winner.score_sampled,
        engine: "core".into(),
        engine_reason: None,
        original_allowed: original_contends,
        kept_original: winner.encoder_name.is_none().then_some(if saves_too_little {
            KeptReason::SavingsTooSmall
        } else {
            KeptReason::AlreadySmallest
        }),
        candidates: winner.candidates,
        encodes,
        sample_encodes,
        warnings,
        timings,
        attempts: 1,
        peak_bytes: estimate_peak_bytes(input, settings, rayon::current_num_threads()),
    };
    context.progress.progress(Stage::Verify, 1.0);
    Ok(Optimized { bytes: winner.bytes, result })
}

/// The pixels without what says nothing: an alpha channel that is opaque everywhere, colour channels that are
/// equal (unless a profile says what they mean), low bytes that repeat the high ones.
pub(crate) fn simplified(mut pixels: PixelBuffer, traits: &ImageTraits, metadata: &Metadata) -> PixelBuffer {
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

/// The image on its matte with its traits, where a format without alpha may come out.
fn flatten(
    pixels: &PixelBuffer,
    traits: &ImageTraits,
    settings: &ImageSettings,
) -> Option<(PixelBuffer, ImageTraits)> {
    if traits.alpha == AlphaKind::None || settings.background.is_none() {
        return None;
    }
    let flat = flattened(pixels, traits.alpha, settings.background)?;
    Some((flat, ImageTraits { alpha: AlphaKind::None, ..*traits }))
}

/// What stood behind a JPEG and goes with its pixels: all of it where metadata is kept, else the gain map, without
/// which an HDR screen would show another picture.
fn attachments(original: &[u8], format: Format, policy: MetadataPolicy) -> Option<Attachments> {
    let jpeg = Jpeg::parse(original).filter(|_| format == Format::Jpeg)?;
    match policy {
        MetadataPolicy::Keep => Attachments::all(&jpeg),
        MetadataPolicy::Safe | MetadataPolicy::Strip => Attachments::gain_map(&jpeg),
    }
}

/// A warning for each thing that the input holds besides its image and the output does not.
fn lost_extras(
    input: &[u8],
    input_format: Format,
    output: &[u8],
    output_format: Format,
) -> impl Iterator<Item = Warning> {
    let (before, after) = (extras(input, input_format), extras(output, output_format));
    [
        (
            before.gain_map && !after.gain_map,
            "gain_map_dropped",
            "the input has an HDR gain map and the output has not: HDR screens show it in standard range",
        ),
        (
            before.motion_photo && !after.motion_photo,
            "motion_photo_dropped",
            "the input is a motion photo: the output is its still image, without the video",
        ),
        (
            before.images && !after.images,
            "extra_images_dropped",
            "the input holds more images behind the first (previews, a depth map); the output has the first only",
        ),
    ]
    .into_iter()
    .filter(|&(is_lost, ..)| is_lost)
    .map(|(_, code, message)| Warning::new(code, message))
}

/// A warning for metadata that was to be kept and is larger than a JPEG's segment.
fn unfit_metadata(metadata: &Metadata, format: Format) -> Option<Warning> {
    let too_long =
        |block: &Option<Vec<u8>>, max: usize| block.as_ref().is_some_and(|block| block.len() > max);
    let is_unfit = too_long(&metadata.exif, MAX_EXIF) || too_long(&metadata.xmp, MAX_XMP);
    (format == Format::Jpeg && is_unfit).then(|| {
        Warning::new(
            "metadata_dropped",
            "the EXIF or XMP block is larger than JPEG can hold (64 KiB) and was left out",
        )
    })
}

fn is_about_dropped_parts(warning: &Warning) -> bool {
    matches!(
        warning.code.as_str(),
        "extra_images_dropped"
            | "extra_channels_dropped"
            | "pages_dropped"
            | "profile_converted"
            | "samples_rounded"
    )
}

/// Whether a size is within a size goal.
pub(crate) fn fits(goal: Goal, size: u64) -> bool {
    match goal {
        Goal::MaxBytes(bytes) => size <= bytes.0,
        Goal::Lossless | Goal::Quality(_) | Goal::Score(_) => true,
    }
}

/// Everything that was made, and the input where it may be handed out.
pub(crate) struct Field<'a> {
    /// In the order it was made.
    pub(crate) attempted: Vec<Attempted>,
    /// The input, where it may be handed out.
    pub(crate) original: Option<&'a [u8]>,
    /// Its format.
    pub(crate) input_format: Format,
}

/// What is handed out.
pub(crate) struct Winner {
    /// The file.
    pub(crate) bytes: Vec<u8>,
    /// What it is.
    pub(crate) format: Format,
    /// `None` for the input itself.
    pub(crate) encoder_name: Option<&'static str>,
    /// With which quality.
    pub(crate) quality: Option<Quality>,
    /// Whether every pixel survived.
    pub(crate) lossless: bool,
    /// Its score.
    pub(crate) score: Score,
    /// Whether that is a sample's.
    pub(crate) score_sampled: bool,
    /// What became of every candidate.
    pub(crate) candidates: Vec<Candidate>,
}

impl Field<'_> {
    /// The best contender that passes verification.
    ///
    /// # Errors
    /// Why nothing passes.
    pub(crate) fn select_and_verify(
        mut self,
        goal: Goal,
        verify: impl Fn(&[u8], EncoderKind) -> Result<(), OptimizationError>,
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
                    score_sampled: false,
                    candidates: reports,
                });
            };
            let lossless = file.encoder.is_lossless();
            let verdict = if file.verified { Ok(()) } else { verify(&file.bytes, file.encoder) };
            match verdict {
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
                        score_sampled: file.score_sampled,
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

#[cfg(test)]
mod properties;
