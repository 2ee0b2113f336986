//! The JSON document of a run. `docs/json-report.md` describes it, `docs/json-report.schema.json` defines it.

use super::path::{InputName, exact_bytes};
use super::summary::Summary;
use crate::stats::Stats;
use planish::{ErrorReport, OptimizationResult};
use planish_batch::{Action, Delivery, SkipReason, TaskReport};
use serde::Serialize;
use std::io;
use std::path::Path;

/// The version of the layout of every JSON document. Raised when a field changes its meaning or goes, not when one
/// is added.
pub(crate) const DOCUMENT_VERSION: u32 = 1;

/// What every JSON document starts with.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Header {
    /// [`DOCUMENT_VERSION`].
    version: u32,
    /// The version of planish.
    planish: &'static str,
}

impl Header {
    pub(crate) const CURRENT: Self = Self { version: DOCUMENT_VERSION, planish: env!("CARGO_PKG_VERSION") };
}

/// In input order `results` and `errors`; then `summary`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    #[serde(flatten)]
    header: Header,
    results: Vec<FileResult<'a>>,
    errors: Vec<FileError>,
    summary: &'a Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    stats: Option<&'a Stats>,
}

/// One file that has an output.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FileResult<'a> {
    #[serde(flatten)]
    result: &'a OptimizationResult,
    /// The exact bytes of `inputPath`, where its text is not exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    input_path_base64: Option<String>,
    /// The exact bytes of `outputPath`, where its text is not exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    output_path_base64: Option<String>,
    /// What was done with the output file.
    action: Action,
    /// Why nothing was written, where nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    skip_reason: Option<SkipReason>,
    /// Whether the result was known from an earlier run.
    cached: bool,
}

impl<'a> FileResult<'a> {
    /// `None` for a file that has no output.
    fn of(report: &'a TaskReport) -> Option<Self> {
        let Delivery { result, action, cached, output_path } = report.outcome.as_ref().ok()?;
        Some(Self {
            input_path_base64: exact_bytes(&report.input_path),
            output_path_base64: exact_bytes(output_path),
            result,
            action: *action,
            skip_reason: action.skip_reason(),
            cached: *cached,
        })
    }
}

/// A file that ended with an error.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileError {
    #[serde(flatten)]
    name: InputName,
    #[serde(flatten)]
    error: ErrorReport,
}

impl FileError {
    pub(crate) fn new(input: &Path, error: &planish::OptimizationError) -> Self {
        Self { name: input.into(), error: error.into() }
    }
}

/// The document of these reports, which are in input order.
///
/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn document(
    reports: &[TaskReport],
    summary: &Summary,
    stats: Option<&Stats>,
) -> io::Result<String> {
    let error =
        |report: &TaskReport| Some(FileError::new(&report.input_path, report.outcome.as_ref().err()?));
    text(&Document {
        header: Header::CURRENT,
        results: reports.iter().filter_map(FileResult::of).collect(),
        errors: reports.iter().filter(|report| !report.is_cancelled()).filter_map(error).collect(),
        summary,
        stats,
    })
}

/// A JSON document as it is printed.
///
/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn text(document: &impl Serialize) -> io::Result<String> {
    serde_json::to_string_pretty(document).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use planish::OptimizationError;
    use planish_batch::TaskId;

    #[test]
    fn interrupted_files_are_no_errors() {
        let ended = |outcome| TaskReport { id: TaskId(2), input_path: "2.png".into(), outcome: Err(outcome) };
        let unknown = OptimizationError::UnknownFormat { found: "text".into() };
        let reports = [ended(OptimizationError::Cancelled), ended(unknown)];
        let document = document(&reports, &Summary::default(), None).unwrap();
        let json: serde_json::Value = serde_json::from_str(&document).unwrap();
        assert_eq!(json["errors"].as_array().unwrap().len(), 1);
        assert_eq!(json["errors"][0]["code"], "unknown_format");
        assert_eq!(json["errors"][0]["inputPath"], "2.png");
        assert_eq!((&json["version"], &json["planish"]), (&1.into(), &env!("CARGO_PKG_VERSION").into()));
    }
}
