//! The pipeline for animations: the stages are those of a still image, frame by frame.

use super::compare::{self, Expected};
use super::prepared::Preparation;
use super::race::{Job, Race, View};
use super::survey::{Survey, survey};
use super::{Source, apng_writer, delay, webp_writer};
use crate::analyse::AlphaKind;
use crate::context::{OptimizeContext, Stage};
use crate::encode::WEBP_MAX_EDGE;
use crate::error::OptimizationError;
use crate::estimate::estimate_peak_bytes;
use crate::format::Format;
use crate::optimize::{Field, fits};
use crate::result::{KeptReason, OptimizationResult, Optimized, Warning};
use crate::settings::{ColorPolicy, FormatChoice, Goal, ImageSettings, MetadataPolicy};
use crate::timings::Timings;
use crate::transform::output_shape;
use rayon::prelude::*;
use std::sync::atomic::AtomicU32;

/// Most plays and the longest delays that formats hold.
const WEBP_MAX_PLAYS: u32 = u16::MAX as u32;
const GIF_MAX_PLAYS: u32 = WEBP_MAX_PLAYS + 1;
const GIF_MAX_DELAY: u32 = u16::MAX as u32;
const GIF_MAX_EDGE: u32 = u16::MAX as u32;

/// Makes one animation as small as the settings allow.
///
/// # Errors
/// See [`OptimizationError`].
pub(crate) fn optimize_animation(
    input: &[u8],
    format: Format,
    settings: &ImageSettings,
    context: &OptimizeContext<'_>,
    timings: Timings<'_>,
) -> Result<Optimized, OptimizationError> {
    let formats = animated_formats(settings, format)?;
    let source = timings.time(Stage::Decode, || Source::open(input, format, &context.limits))?;
    let mut warnings = source.warnings.clone();
    let had_private_data = source.metadata.has_private_data() || source.has_comments;
    let mut metadata = source.metadata.clone().for_output(settings.metadata);
    let (size, reshaped) = output_shape(settings, (source.width, source.height), &context.limits)?;
    let converts = settings.color == ColorPolicy::Srgb && metadata.icc.is_some();
    if converts {
        metadata.icc = None;
    }
    let pixels_changed = converts || reshaped;
    let prepared = |merge| Preparation {
        settings: pixels_changed.then_some((settings, &context.limits)),
        icc: source.metadata.icc.as_deref(),
        matte: None,
        merge,
    };

    context.progress.progress(Stage::Analyse, 0.05);
    let found = timings.time(Stage::Analyse, || survey(&source, prepared(true), size, context))?;
    context.check_cancelled()?;
    // GIF has no partial transparency: such frames go on the matte.
    let matte = settings.background.filter(|_| found.alpha == AlphaKind::Full);
    let mut race = Race {
        input,
        source: &source,
        size,
        metadata: &metadata,
        settings,
        gif: None,
        png: None,
        webp: None,
        context,
        timings: &timings,
        encodes: AtomicU32::new(0),
    };
    let mut obstacles = Vec::new();
    let mut usable = Vec::new();
    for &candidate in &formats {
        let (preparation, survey) = if candidate == Format::Gif && matte.is_some() {
            let preparation = Preparation { matte, ..prepared(true) };
            (preparation, timings.time(Stage::Analyse, || survey(&source, preparation, size, context))?)
        } else {
            (prepared(true), found.clone())
        };
        let view = view(candidate, preparation, survey);
        if let Some(obstacle) = obstacle(candidate, &source, &view, size, settings, pixels_changed) {
            obstacles.push(obstacle);
            continue;
        }
        usable.push(candidate);
        match candidate {
            Format::Gif => race.gif = Some(view),
            Format::Png => race.png = Some(view),
            _ => race.webp = Some(view),
        }
    }
    if usable.is_empty() {
        return Err(obstacles
            .into_iter()
            .next()
            .unwrap_or_else(|| OptimizationError::unsupported(format.title(), "animation")));
    }

    let unchanged = !pixels_changed && !source.tainted;
    let original_allowed = formats.contains(&format) && unchanged;
    context.progress.progress(Stage::Encode, 0.15);
    let jobs = jobs(&usable, &source, settings, unchanged);
    let done: Result<Vec<_>, OptimizationError> = jobs.par_iter().map(|&job| race.run(job)).collect();
    let mut attempted = Vec::new();
    let mut webp_frames = None;
    for done in done? {
        webp_frames = webp_frames.or(done.webp_frames);
        attempted.push(done.attempted);
    }
    if usable.contains(&Format::Webp) && settings.goal_for(Format::Webp) != Goal::Lossless {
        let bound = attempted
            .iter()
            .filter_map(|attempt| attempt.best.as_ref())
            .map(|file| file.bytes.len() as u64)
            .chain(original_allowed.then_some(input.len() as u64))
            .min();
        attempted.push(race.lossy_webp(webp_frames.as_deref(), bound)?);
        let nothing = attempted.iter().all(|attempt| attempt.best.is_none());
        if nothing && !original_allowed && !source.deep && webp_frames.is_none() {
            attempted.push(race.run(Job::WebpLossless)?.attempted);
        }
    }
    drop(webp_frames);
    let encodes = race.encodes.load(std::sync::atomic::Ordering::Relaxed);

    // A copy of the input would carry what was to be stripped.
    let rewritten = attempted.iter().filter_map(|attempt| attempt.best.as_ref()).any(|file| {
        file.encoder.is_lossless() && file.encoder.format() == format && file.bytes.len() <= input.len()
    });
    let keeps_secrets = settings.metadata == MetadataPolicy::Keep || !had_private_data;
    let original_contends = original_allowed
        && (keeps_secrets || !rewritten)
        && fits(settings.goal_for(format), input.len() as u64);
    let field = Field { attempted, original: original_contends.then_some(input), input_format: format };
    context.progress.progress(Stage::Verify, 0.92);
    let as_in_file = as_in_file(&race, prepared(false))?;
    let winner = field.select_and_verify(settings.goal, |bytes, encoder| {
        let (made_format, lossless) = (encoder.format(), encoder.is_lossless());
        timings.time(Stage::Verify, || {
            let made = Source::open(bytes, made_format, &context.limits)?;
            // Rewrites have all frames of the input; where encoders merged some, that tells them apart.
            let rewrite = made_format == format && made.frames as usize == as_in_file.delays.len();
            drop(made);
            match race.view(made_format) {
                Some(view) if !rewrite || view.nanoseconds.len() == as_in_file.delays.len() => {
                    compare::verify(bytes, made_format, &race.expected(view, lossless), context)
                }
                _ => compare::verify(bytes, made_format, &as_in_file, context),
            }
        })
    })?;

    if winner.encoder_name.is_none() && !keeps_secrets {
        warnings.push(Warning::new(
            "metadata_kept",
            "the input is handed out as it is, with its metadata: nothing that meets the goal is smaller",
        ));
    }
    if winner.format != format && race.view(winner.format).is_some_and(|view| view.rounded) {
        warnings.push(Warning::new(
            "delays_rounded",
            format!(
                "{} cannot hold the delays exactly; each was rounded, the whole takes as long as before",
                winner.format.title()
            ),
        ));
    }
    if winner.bytes.len() > input.len() {
        warnings.push(Warning::new(
            "larger_than_input",
            format!("the output is larger than the input: {} bytes, not {}", winner.bytes.len(), input.len()),
        ));
    }
    let frames = Source::open(&winner.bytes, winner.format, &context.limits)?.frames;
    drop(as_in_file);
    drop(race);
    let (elapsed_time, timings) = timings.finish();
    let result = OptimizationResult {
        input_path: String::new(),
        output_path: String::new(),
        original_size: input.len() as u64,
        optimized_size: winner.bytes.len() as u64,
        compression_ratio: winner.bytes.len() as f64 / input.len() as f64,
        elapsed_time,
        input_format: format,
        format: winner.format,
        width: size.0,
        height: size.1,
        frames,
        goal: settings.goal_for(winner.format),
        quality: winner.quality,
        lossless: winner.lossless,
        score: winner.score,
        score_sampled: false,
        engine: "core".into(),
        engine_reason: None,
        original_allowed: original_contends,
        kept_original: winner.encoder_name.is_none().then_some(KeptReason::AlreadySmallest),
        candidates: winner.candidates,
        encodes,
        sample_encodes: 0,
        warnings,
        timings,
        attempts: 1,
        peak_bytes: estimate_peak_bytes(input, settings, rayon::current_num_threads()),
    };
    context.progress.progress(Stage::Verify, 1.0);
    Ok(Optimized { bytes: winner.bytes, result })
}

/// The formats that may come out and hold an animation.
fn animated_formats(settings: &ImageSettings, input: Format) -> Result<Vec<Format>, OptimizationError> {
    let asked = settings.formats.candidates(input);
    let first = asked.first().copied().unwrap_or(input);
    let animated: Vec<Format> = asked.into_iter().filter(|format| format.supports_animation()).collect();
    if animated.is_empty() {
        return Err(OptimizationError::unsupported(first.title(), "animation"));
    }
    Ok(animated)
}

/// The frames as a format shows them.
fn view(format: Format, preparation: Preparation<'_>, survey: Survey) -> View<'_> {
    let per_second = match format {
        Format::Gif => 100,
        _ => 1000,
    };
    let (units, mut rounded) = delay::in_units(&survey.delays, per_second);
    let nanoseconds = if format == Format::Png {
        rounded = !survey.delays.iter().all(|&delay| apng_writer::exact(delay));
        let written = |&delay: &delay::Delay| {
            let (numerator, denominator) = apng_writer::fraction(delay);
            delay::Delay::new(u32::from(numerator), u32::from(denominator)).nanoseconds()
        };
        survey.delays.iter().map(written).collect()
    } else {
        units.iter().map(|&units| delay::Delay::new(units, per_second).nanoseconds()).collect()
    };
    View { preparation, survey, units, nanoseconds, rounded }
}

/// Why an animation cannot be written in a format, if it cannot.
fn obstacle(
    format: Format,
    source: &Source<'_>,
    view: &View<'_>,
    size: (u32, u32),
    settings: &ImageSettings,
    pixels_changed: bool,
) -> Option<OptimizationError> {
    let unsupported = |feature: String| Some(OptimizationError::unsupported(format.title(), feature));
    let edge = size.0.max(size.1);
    let longest = view.units.iter().copied().max().unwrap_or(0);
    let (max_edge, max_plays, max_delay, unit) = match format {
        Format::Gif => (GIF_MAX_EDGE, GIF_MAX_PLAYS, GIF_MAX_DELAY, "hundredths of a second"),
        Format::Webp => (WEBP_MAX_EDGE, WEBP_MAX_PLAYS, webp_writer::MAX_DURATION, "milliseconds"),
        _ => (i32::MAX as u32, i32::MAX as u32, u32::MAX, "milliseconds"),
    };
    let changed = format != source.format || pixels_changed;
    if edge > max_edge {
        return unsupported(format!("a width or height over {max_edge} (this animation: {edge})"));
    }
    if source.plays > max_plays {
        return unsupported(format!("more than {max_plays} plays (this animation: {})", source.plays));
    }
    if longest > max_delay {
        return unsupported(format!("a frame of more than {max_delay} {unit} (this animation: {longest})"));
    }
    if format == Format::Gif && view.survey.alpha == AlphaKind::Full {
        return unsupported("partial transparency without a background colour to put under it".into());
    }
    let lossless = settings.goal_for(format) == Goal::Lossless || format == Format::Png;
    if source.deep && lossless && changed {
        return unsupported("16 bits per sample in an animation that is converted or resized".into());
    }
    None
}

/// The candidates that take no search.
fn jobs(usable: &[Format], source: &Source<'_>, settings: &ImageSettings, unchanged: bool) -> Vec<Job> {
    let mut jobs = Vec::new();
    let own = |format| source.format == format && unchanged;
    for &format in usable {
        match format {
            Format::Gif => {
                if own(format) {
                    jobs.push(Job::GifStripped);
                }
                jobs.push(Job::Gif);
            }
            Format::Png => {
                // WebP without loss is smaller nearly always: APNG is made of something else when it is asked for.
                let hopeless = settings.formats == FormatChoice::Auto
                    && source.format != Format::Png
                    && usable.contains(&Format::Webp);
                if own(format) {
                    jobs.push(Job::PngRecompressed);
                }
                if !source.deep && !hopeless {
                    jobs.push(Job::Png);
                }
            }
            _ => {
                if own(format) {
                    jobs.push(Job::WebpStripped);
                }
                let exact = settings.goal_for(format) == Goal::Lossless;
                if !source.deep && (exact || source.lossless) {
                    jobs.push(Job::WebpLossless);
                }
            }
        }
    }
    jobs
}

/// What the input itself shows, frame for frame.
fn as_in_file<'a>(
    race: &'a Race<'_>,
    preparation: Preparation<'a>,
) -> Result<Expected<'a>, OptimizationError> {
    let mut delays = Vec::new();
    let mut player = race.source.play()?;
    while let Some(delay) = player.next_frame()? {
        delays.push(delay.nanoseconds());
    }
    Ok(Expected {
        source: race.source,
        preparation,
        size: race.size,
        delays,
        plays: race.source.plays,
        icc: race.metadata.icc.as_deref(),
        lossless: true,
    })
}
