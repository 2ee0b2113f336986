//! What became of an image.

use crate::context::Stage;
use crate::error::OptimizationError;
use crate::format::Format;
use crate::settings::Goal;
use crate::units::{Quality, Score};
use serde::{Deserialize, Deserializer, Serialize};

/// The optimized file and the account of how it came about.
#[derive(Debug, Clone)]
pub struct Optimized {
    /// The file to hand out. Equal to the input where [`OptimizationResult::kept_original`] is set.
    pub bytes: Vec<u8>,
    /// The account.
    pub result: OptimizationResult,
}

/// What was done to one image and what it achieved. JSON uses camelCase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct OptimizationResult {
    /// Where the input came from: a path or a file name, filled in by the caller; core never opens it.
    pub input_path: String,
    /// Where the output went, filled in by the caller; empty while it is nowhere.
    pub output_path: String,
    /// Bytes of the input.
    pub original_size: u64,
    /// Bytes of the output.
    pub optimized_size: u64,
    /// `optimized_size / original_size`; 0.25 means a quarter of the size.
    pub compression_ratio: f64,
    /// Milliseconds from the call to the result.
    pub elapsed_time: f64,
    /// The input's format, by its bytes.
    pub input_format: Format,
    /// The output's format.
    pub format: Format,
    /// Width of the output in pixels, after orientation.
    pub width: u32,
    /// Height of the output in pixels, after orientation.
    pub height: u32,
    /// Number of frames of the output; 1 for a still image.
    pub frames: u32,
    /// The goal the output was made for.
    pub goal: Goal,
    /// The encoder's quality setting, where it has one.
    pub quality: Option<Quality>,
    /// Whether every pixel equals the transformed input's.
    pub lossless: bool,
    /// SSIMULACRA2 of the decoded output against the transformed input; 100 where lossless.
    #[serde(deserialize_with = "measured")]
    pub score: Score,
    /// Whether the score was measured on tiles of a large image only, as it is for a quality at effort 1: within a point
    /// or two of the whole image's.
    #[serde(default)]
    pub score_sampled: bool,
    /// Who did the work: `core`, or the name of another engine.
    pub engine: String,
    /// Why it was that engine, where there was something to choose: a sentence without a full stop. `None` where the
    /// core did what it always does.
    pub engine_reason: Option<String>,
    /// Whether the input itself would have been an answer, had nothing smaller been found: its format and picture
    /// are what was asked for, it meets the goal, and it holds no metadata that was to go.
    pub original_allowed: bool,
    /// Set when the output is the input, byte for byte, and why.
    pub kept_original: Option<KeptReason>,
    /// Every candidate that was made, in the order it was made.
    pub candidates: Vec<Candidate>,
    /// How many encodes of the whole image were made, over all formats.
    pub encodes: u32,
    /// How many encodes of a small sample of the image helped to find the quality; 0 for small images.
    pub sample_encodes: u32,
    /// What the user should know.
    pub warnings: Vec<Warning>,
    /// Milliseconds per stage, in pipeline order.
    pub timings: Vec<Timing>,
    /// How often the job was tried; 1 unless a transient error made it try again.
    pub attempts: u32,
    /// Estimated peak memory of the job in bytes.
    pub peak_bytes: u64,
}

/// A score as it was measured may be lower than any that can be asked for.
fn measured<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Score, D::Error> {
    f64::deserialize(deserializer).map(Score::measured)
}

fn measured_if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Score>, D::Error> {
    Ok(Option::<f64>::deserialize(deserializer)?.map(Score::measured))
}

/// Why the output is the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum KeptReason {
    /// Nothing that meets the goal is smaller.
    AlreadySmallest,
    /// Something smaller was found, but it saves less than the caller asked for, or too little for an input that was
    /// compressed before.
    SavingsTooSmall,
}

/// One encoded version of the image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// Its format.
    pub format: Format,
    /// The encoder's name, as in `mozjpeg` or `oxipng`.
    pub encoder: String,
    /// The encoder's quality setting, where it has one.
    pub quality: Option<Quality>,
    /// Bytes.
    pub size: u64,
    /// SSIMULACRA2 against the transformed input, where it was measured.
    #[serde(default, deserialize_with = "measured_if_any")]
    pub score: Option<Score>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Handed out.
    Selected,
    /// It meets the goal, but another is smaller.
    Larger,
    /// It misses the goal.
    MissesGoal,
    /// It meets the goal, but the input was compressed before, and coding it again would damage it to save little.
    SavesTooLittle,
    /// Its decoded pixels, alpha or profile are not what they should be.
    FailedVerification,
}

/// Something the user should know about a result that is otherwise fine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Warning {
    /// Stable name, as in `wrong_extension`.
    pub code: String,
    /// One sentence.
    pub message: String,
}

impl Warning {
    /// A warning with a stable code.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }
}

/// Time spent in one stage, summed over threads.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Timing {
    /// The stage.
    pub stage: Stage,
    /// Milliseconds.
    pub ms: f64,
}

/// An error as it crosses to the page, a script or a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ErrorReport {
    /// [`OptimizationError::code`].
    pub code: String,
    /// The sentence for people.
    pub message: String,
}

impl From<&OptimizationError> for ErrorReport {
    fn from(error: &OptimizationError) -> Self {
        Self { code: error.code().into(), message: error.to_string() }
    }
}
