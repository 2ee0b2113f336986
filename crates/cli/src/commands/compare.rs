//! `planish compare`: how much one image looks like another.

use super::inspect::FileFacts;
use crate::args::CompareArgs;
use crate::output::{BAD, BOLD, DIM, GOOD, Terminal, bytes, display, shortened};
use crate::report::{describe, error_text, json, percent_saved};
use crate::request::UsageError;
use crate::{CHECK_FAILED, DONE, SOME_FAILED};
use planish::{
    AnimationComparison, Comparison, ImageSettings, Inspection, OptimizationError, OptimizeContext, Score,
    compare_animations,
};
use planish_batch::files::{read_input, write_atomically};
use serde::Serialize;
use std::path::Path;

/// Columns between the label and the end of each file's facts.
const COLUMN: usize = 38;

/// The longest edge of a heat map, in pixels: it shows where to look, and is half the size of the images anyway.
const HEAT_MAP_EDGE: u32 = 8192;

/// The JSON document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(flatten)]
    header: json::Header,
    /// The image that is compared with.
    reference: FileFacts,
    /// The image that is judged.
    candidate: FileFacts,
    /// SSIMULACRA2; of animations the worst moment's.
    score: Score,
    /// Bytes by which the candidate is smaller; negative when it is larger.
    saved_bytes: i64,
    /// The candidate's size divided by the reference's.
    compression_ratio: f64,
    /// What animations have besides.
    animation: Option<AnimationComparison>,
    /// Where the picture of the differences is.
    heat_map_path: Option<String>,
    /// What the score was to be at least.
    min_score: Option<Score>,
    /// Whether it is; `null` where nothing was asked for.
    passed: Option<bool>,
}

/// What the comparison found.
struct Compared {
    facts: [Inspection; 2],
    score: Score,
    /// Where stills differ, if that was asked for.
    heat_map: Option<Vec<u8>>,
    animation: Option<AnimationComparison>,
}

/// Compares and returns the exit code.
///
/// # Errors
/// [`UsageError`] when the result cannot be written.
pub(crate) fn run(args: &CompareArgs, terminal: &mut Terminal) -> Result<u8, UsageError> {
    let context = OptimizeContext::default();
    let paths = [args.reference.as_path(), args.candidate.as_path()];
    let Compared { facts, score, heat_map, animation } =
        match compare(paths, args.heatmap.is_some(), &context) {
            Ok(compared) => compared,
            Err((path, error)) => {
                terminal.coded_error(error.code(), &error_text(path, &error));
                return Ok(SOME_FAILED);
            }
        };
    if let (Some(path), Some(picture)) = (&args.heatmap, heat_map)
        && let Err(error) = write_atomically(path, &picture)
    {
        terminal.coded_error(error.code(), &error_text(path, &error));
        return Ok(SOME_FAILED);
    }
    let passed = args.min_score.map(|least| score.get() >= least.get());
    if args.json {
        let [reference, candidate] = facts;
        let document = Document {
            header: json::Header::CURRENT,
            score,
            saved_bytes: reference.size as i64 - candidate.size as i64,
            compression_ratio: candidate.size as f64 / reference.size.max(1) as f64,
            animation,
            heat_map_path: args.heatmap.as_deref().map(|path| path.to_string_lossy().into_owned()),
            min_score: args.min_score,
            passed,
            reference: FileFacts { name: paths[0].into(), facts: reference },
            candidate: FileFacts { name: paths[1].into(), facts: candidate },
        };
        Terminal::document(&json::text(&document)?)?;
    } else {
        tell(paths, &facts, score, animation, terminal);
        if let Some(path) = &args.heatmap {
            terminal.line(&format!(
                "{}{}",
                terminal.paint(DIM, &format!("{:<13}", "heat map")),
                display(path)
            ));
        }
        if let (Some(least), Some(passed)) = (args.min_score, passed) {
            let (style, verdict) = if passed { (GOOD, "reached") } else { (BAD, "missed") };
            terminal.line(&terminal.paint(style, &format!("minimum      {} {verdict}", least.get())));
        }
    }
    Ok(if passed == Some(false) { CHECK_FAILED } else { DONE })
}

/// Reads, inspects and scores; the file that an error is about comes with it.
fn compare<'a>(
    paths: [&'a Path; 2],
    with_heat_map: bool,
    context: &OptimizeContext<'_>,
) -> Result<Compared, (&'a Path, OptimizationError)> {
    let open = |path: &'a Path| {
        let file = read_input(path, &context.limits, |_| Ok(())).map_err(|error| (path, error))?;
        let facts = planish::inspect(&file.bytes, &ImageSettings::default(), context);
        Ok((file.bytes, facts.map_err(|error| (path, error))?))
    };
    let (reference, facts) = open(paths[0])?;
    let (candidate, other_facts) = open(paths[1])?;
    let wrong = |error| (paths[1], error);
    check_comparable(&facts, &other_facts).map_err(wrong)?;
    let mut compared =
        Compared { facts: [facts, other_facts], score: Score::IDENTICAL, heat_map: None, animation: None };
    if compared.facts[0].frames > 1 {
        if with_heat_map {
            return Err(wrong(OptimizationError::InvalidSetting {
                field: "--heatmap".into(),
                expected: "still images".into(),
                actual: "animations, which have a score only".into(),
            }));
        }
        let animation = compare_animations(&reference, &candidate, context).map_err(wrong)?;
        compared.score = animation.score;
        compared.animation = Some(animation);
        return Ok(compared);
    }
    let comparison = Comparison::with(&reference, context).map_err(|error| (paths[0], error))?;
    if with_heat_map {
        let difference = comparison.difference(&candidate, context).map_err(wrong)?;
        compared.score = difference.score;
        compared.heat_map = Some(difference.heat_map(HEAT_MAP_EDGE).to_png().map_err(wrong)?);
    } else {
        compared.score = comparison.score(&candidate, context).map_err(wrong)?;
    }
    Ok(compared)
}

/// Pictures of one size, both still or both moving.
fn check_comparable(reference: &Inspection, candidate: &Inspection) -> Result<(), OptimizationError> {
    let mismatch = |expected: String, actual: String| {
        Err(OptimizationError::InvalidSetting { field: "the image to compare".into(), expected, actual })
    };
    let size = |file: &Inspection| format!("{} × {} pixels", file.width, file.height);
    if (reference.width, reference.height) != (candidate.width, candidate.height) {
        return mismatch(size(reference), size(candidate));
    }
    match (reference.frames > 1, candidate.frames > 1) {
        (true, false) => {
            mismatch(format!("an animation ({} frames)", reference.frames), "a still image".into())
        }
        (false, true) => {
            mismatch("a still image".into(), format!("an animation ({} frames)", candidate.frames))
        }
        _ => Ok(()),
    }
}

fn tell(
    paths: [&Path; 2],
    facts: &[Inspection; 2],
    score: Score,
    animation: Option<AnimationComparison>,
    terminal: &mut Terminal,
) {
    let [reference, candidate] = facts;
    let row = |label: &str, values: [String; 2], terminal: &mut Terminal| {
        let [first, second] = values.map(|value| shortened(&value, COLUMN));
        let second = if second == first { "the same".to_owned() } else { second };
        let padding = " ".repeat(COLUMN.saturating_sub(crate::output::columns(&first)));
        terminal.line(&format!("{}{first}{padding}  {second}", terminal.paint(DIM, &format!("{label:<13}"))));
    };
    row("", [display(paths[0]), display(paths[1])], terminal);
    row("format", [describe::coding(reference), describe::coding(candidate)], terminal);
    let saved = percent_saved(reference.size, candidate.size);
    row("size", [bytes(reference.size), format!("{}, {saved} saved", bytes(candidate.size))], terminal);
    row("picture", [describe::picture(reference), describe::picture(candidate)], terminal);
    row("profile", [describe::profile(reference), describe::profile(candidate)], terminal);
    row("metadata", [describe::metadata(reference), describe::metadata(candidate)], terminal);
    if let Some(animation) = &animation {
        let seconds = |milliseconds: f64| format!("{:.2} s", milliseconds / 1000.0);
        row("plays", [seconds(animation.duration), seconds(animation.other_duration)], terminal);
        let AnimationComparison { mean_score, moments, worst_frame, .. } = animation;
        terminal.line(&format!(
            "{}worst of {moments} moments, in frame {worst_frame}; {mean_score} in the mean",
            terminal.paint(DIM, &format!("{:<13}", "score of"))
        ));
    }
    let style = if score.get() >= 80.0 { GOOD } else { BAD };
    terminal.line(&format!(
        "{}{}  {}",
        terminal.paint(DIM, &format!("{:<13}", "SSIMULACRA2")),
        terminal.paint(BOLD, &terminal.paint(style, &score.to_string())),
        describe::score(score.get())
    ));
}
