//! What is told about each file and about the run.

use crate::output::{BAD, DIM, GOOD, Terminal, WARNING, bytes, display};
use planish::{ErrorReport, OptimizationError, OptimizationResult};
use planish_batch::{Delivery, TaskId, TaskReport};
use serde::Serialize;
use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::time::Duration;

/// The version of the JSON document's layout. Raised when a field changes its meaning or goes.
const DOCUMENT_VERSION: u32 = 1;

/// The whole run in numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    /// Files that were to be optimized.
    pub(crate) total: u64,
    /// Files that have an output.
    pub(crate) completed: u64,
    /// Files that ended with an error.
    pub(crate) failed: u64,
    /// Files that were given up because the run was interrupted.
    pub(crate) skipped: u64,
    /// Files in folders that are not images.
    pub(crate) ignored: u64,
    /// Bytes of the inputs of the completed files.
    pub(crate) original_size: u64,
    /// Bytes of their outputs.
    pub(crate) optimized_size: u64,
    /// The difference; negative when a conversion made files larger.
    pub(crate) saved_bytes: i64,
    /// Milliseconds from the first file to the last.
    pub(crate) elapsed_time: f64,
}

impl Summary {
    fn count(&mut self, report: &TaskReport) {
        self.total += 1;
        match &report.outcome {
            Ok(Delivery { result, .. }) => {
                self.completed += 1;
                self.original_size += result.original_size;
                self.optimized_size += result.optimized_size;
                self.saved_bytes = self.original_size as i64 - self.optimized_size as i64;
            }
            Err(_) if report.is_cancelled() => self.skipped += 1,
            Err(_) => self.failed += 1,
        }
    }
}

/// Takes reports as they come and hands them on in input order.
#[derive(Debug, Default)]
struct InOrder {
    expected: VecDeque<TaskId>,
    early: BTreeMap<TaskId, TaskReport>,
}

impl InOrder {
    fn add(&mut self, report: TaskReport) {
        self.early.insert(report.id, report);
    }

    fn next(&mut self) -> Option<TaskReport> {
        let report = self.early.remove(self.expected.front()?)?;
        self.expected.pop_front();
        Some(report)
    }
}

/// Tells about files while they come.
pub(crate) struct Reporter {
    /// Whether lines go to standard output.
    lines: bool,
    /// Reports for the JSON document.
    kept: Option<Vec<TaskReport>>,
    order: InOrder,
    heading_shown: bool,
    pub(crate) summary: Summary,
}

impl Reporter {
    /// `expected`: the files that will be reported, in input order.
    pub(crate) fn new(lines: bool, json: bool, expected: impl IntoIterator<Item = TaskId>) -> Self {
        let order = InOrder { expected: expected.into_iter().collect(), early: BTreeMap::new() };
        let kept = json.then(Vec::new);
        Self { lines, kept, order, heading_shown: false, summary: Summary::default() }
    }

    /// Takes one report and prints all whose turn has come.
    pub(crate) fn add(&mut self, report: TaskReport, terminal: &mut Terminal) {
        self.summary.count(&report);
        self.order.add(report);
        while let Some(report) = self.order.next() {
            self.tell(&report, terminal);
            if let Some(kept) = &mut self.kept {
                kept.push(report);
            }
        }
    }

    fn tell(&mut self, report: &TaskReport, terminal: &mut Terminal) {
        match &report.outcome {
            Ok(Delivery { result, .. }) if self.lines => {
                if !self.heading_shown {
                    let heading = columns(["before", "after", "saved", "format", "score"]);
                    terminal.line(&terminal.paint(DIM, &format!("{heading}  file")));
                    self.heading_shown = true;
                }
                let line = result_line(result, terminal);
                terminal.line(&line);
            }
            Ok(_) | Err(OptimizationError::Cancelled) => {}
            // The JSON document has them too, but a person who redirects it should still see what failed.
            Err(error) => terminal.coded_error(error.code(), &error_text(&report.input_path, error)),
        }
    }

    /// Prints the end of the report.
    ///
    /// # Errors
    /// When the JSON document cannot be written.
    pub(crate) fn finish(
        mut self,
        elapsed: Duration,
        ignored: u64,
        terminal: &mut Terminal,
    ) -> io::Result<()> {
        self.summary.elapsed_time = elapsed.as_secs_f64() * 1000.0;
        self.summary.ignored = ignored;
        if let Some(kept) = self.kept {
            return Terminal::document(&document(&kept, &self.summary)?);
        }
        if self.lines {
            let line = summary_line(&self.summary, terminal);
            terminal.line(&line);
        }
        Ok(())
    }
}

/// `error`'s sentence with the file it is about. Some errors name the file themselves.
fn error_text(input: &Path, error: &OptimizationError) -> String {
    match error {
        OptimizationError::Io { path, .. } if *path == input.to_string_lossy() => error.to_string(),
        _ => format!("{}: {error}", display(input)),
    }
}

fn columns([before, after, saved, format, score]: [&str; 5]) -> String {
    format!("{before:>8}  {after:>8}  {saved:>6}  {format:<10}  {score:>8}")
}

fn result_line(result: &OptimizationResult, terminal: &Terminal) -> String {
    let format = if result.format == result.input_format {
        result.format.to_string()
    } else {
        format!("{}->{}", result.input_format, result.format)
    };
    let score = match (result.kept_original, result.lossless) {
        (Some(_), _) => "kept".to_owned(),
        (None, true) => "lossless".to_owned(),
        (None, false) => result.score.to_string(),
    };
    let numbers = columns([
        &bytes(result.original_size),
        &bytes(result.optimized_size),
        &percent_saved(result.original_size, result.optimized_size),
        &format,
        &score,
    ]);
    let style = if result.kept_original.is_some() {
        DIM
    } else if result.optimized_size > result.original_size {
        WARNING
    } else {
        GOOD
    };
    let mut line = format!("{}  {}", terminal.paint(style, &numbers), display(Path::new(&result.input_path)));
    for warning in &result.warnings {
        line.push_str("\n          ");
        line.push_str(&terminal.paint(WARNING, "warning"));
        line.push_str(": ");
        line.push_str(&warning.message);
    }
    line
}

fn summary_line(summary: &Summary, terminal: &Terminal) -> String {
    let Summary { total, completed, failed, skipped, original_size, optimized_size, .. } = *summary;
    let mut line = format!(
        "{completed} of {total} {}: {} -> {}, {} saved, {:.1} s",
        if total == 1 { "image" } else { "images" },
        bytes(original_size),
        bytes(optimized_size),
        percent_saved(original_size, optimized_size),
        summary.elapsed_time / 1000.0
    );
    if failed > 0 {
        line.push_str(&terminal.paint(BAD, &format!(", {failed} failed")));
    }
    if skipped > 0 {
        line.push_str(&terminal.paint(WARNING, &format!(", {skipped} not done (interrupted)")));
    }
    line
}

fn percent_saved(before: u64, after: u64) -> String {
    if before == 0 {
        return "0.0%".to_owned();
    }
    let saved = (before as f64 - after as f64) / before as f64 * 100.0;
    // Rounding must not turn a small loss into "-0.0".
    format!("{:.1}%", if saved.abs() < 0.05 { 0.0 } else { saved })
}

/// The JSON document: `version`, `planish`, and in input order `results` and `errors`; then `summary`.
fn document(reports: &[TaskReport], summary: &Summary) -> io::Result<String> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Document<'a> {
        version: u32,
        planish: &'static str,
        results: Vec<&'a OptimizationResult>,
        errors: Vec<FileError>,
        summary: &'a Summary,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct FileError {
        input_path: String,
        #[serde(flatten)]
        error: ErrorReport,
    }
    let errors = reports.iter().filter(|report| !report.is_cancelled()).filter_map(|report| {
        let error = ErrorReport::from(report.outcome.as_ref().err()?);
        Some(FileError { input_path: report.input_path.to_string_lossy().into_owned(), error })
    });
    let document = Document {
        version: DOCUMENT_VERSION,
        planish: env!("CARGO_PKG_VERSION"),
        results: reports.iter().filter_map(|report| Some(&report.outcome.as_ref().ok()?.result)).collect(),
        errors: errors.collect(),
        summary,
    };
    serde_json::to_string_pretty(&document).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(id: u64) -> TaskReport {
        let outcome = Err(OptimizationError::UnknownFormat { found: "text".into() });
        TaskReport { id: TaskId(id), input_path: format!("{id}.png").into(), outcome }
    }

    #[test]
    fn reports_are_handed_on_in_input_order() {
        let mut order = InOrder { expected: [1, 3, 4].map(TaskId).into(), early: BTreeMap::new() };
        let mut taken = Vec::new();
        for id in [4, 1, 3] {
            order.add(failed(id));
            taken.push(std::iter::from_fn(|| order.next()).map(|report| report.id.0).collect::<Vec<_>>());
        }
        assert_eq!(taken, [vec![], vec![1], vec![3, 4]]);
    }

    #[test]
    fn a_file_is_named_once_in_its_error() {
        let missing = OptimizationError::Io {
            operation: "read",
            path: "a.png".into(),
            message: "No such file".into(),
            transient: false,
        };
        assert_eq!(error_text(Path::new("a.png"), &missing), "read failed for a.png: No such file");
        assert_eq!(error_text(Path::new("b.png"), &missing), "b.png: read failed for a.png: No such file");
    }

    #[test]
    fn savings_are_rounded_without_a_negative_nothing() {
        assert_eq!(percent_saved(1000, 250), "75.0%");
        assert_eq!(percent_saved(1000, 1100), "-10.0%");
        assert_eq!(percent_saved(100_000, 100_001), "0.0%");
        assert_eq!(percent_saved(0, 0), "0.0%");
    }

    #[test]
    fn interrupted_files_count_as_skipped_not_failed() {
        let mut summary = Summary::default();
        let cancelled = TaskReport { outcome: Err(OptimizationError::Cancelled), ..failed(1) };
        summary.count(&cancelled);
        summary.count(&failed(2));
        assert_eq!((summary.total, summary.skipped, summary.failed), (2, 1, 1));
        let document = document(&[cancelled, failed(2)], &summary).unwrap();
        let json: serde_json::Value = serde_json::from_str(&document).unwrap();
        assert_eq!(json["errors"].as_array().unwrap().len(), 1);
        assert_eq!(json["errors"][0]["code"], "unknown_format");
        assert_eq!(json["errors"][0]["inputPath"], "2.png");
    }
}
