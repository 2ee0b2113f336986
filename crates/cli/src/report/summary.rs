//! The whole run in numbers.

use crate::output::{BAD, Terminal, WARNING, bytes};
use planish::Format;
use planish_batch::{Delivery, TaskReport};
use serde::Serialize;
use std::fmt::Write as _;

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
    /// Files that were left out because they have an output already (`--overwrite never`).
    pub(crate) existing: u64,
    /// Completed files whose result was known from an earlier run.
    pub(crate) cached: u64,
    /// Completed files that stayed as they were: the output is the input, or there is none.
    pub(crate) kept: u64,
    /// Bytes of the inputs of the completed files.
    pub(crate) original_size: u64,
    /// Bytes of their outputs.
    pub(crate) optimized_size: u64,
    /// The difference; negative when a conversion made files larger.
    pub(crate) saved_bytes: i64,
    /// Milliseconds from the first file to the last.
    pub(crate) elapsed_time: f64,
    /// The completed files by the formats they had and have, in the order of the formats' names.
    pub(crate) formats: Vec<FormatTotal>,
}

/// The completed files of one format that became one other, or the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FormatTotal {
    /// What they were.
    pub(crate) input_format: Format,
    /// What they are.
    pub(crate) format: Format,
    /// How many.
    pub(crate) files: u64,
    /// Bytes of the inputs.
    pub(crate) original_size: u64,
    /// Bytes of the outputs.
    pub(crate) optimized_size: u64,
}

impl Summary {
    pub(crate) fn count(&mut self, report: &TaskReport) {
        self.total += 1;
        match &report.outcome {
            Ok(delivery) => {
                self.completed += 1;
                self.cached += u64::from(delivery.cached);
                self.kept += u64::from(delivery.keeps_input());
                self.original_size += delivery.result.original_size;
                self.optimized_size += delivery.final_size();
                self.saved_bytes = self.original_size as i64 - self.optimized_size as i64;
                self.count_format(delivery);
            }
            Err(_) if report.is_cancelled() => self.skipped += 1,
            Err(_) => self.failed += 1,
        }
    }

    fn count_format(&mut self, delivery: &Delivery) {
        let result = &delivery.result;
        let key = |total: &FormatTotal| (total.input_format.name(), total.format.name());
        let new = FormatTotal {
            input_format: result.input_format,
            format: delivery.final_format(),
            files: 0,
            original_size: 0,
            optimized_size: 0,
        };
        let at = match self.formats.binary_search_by(|total| key(total).cmp(&key(&new))) {
            Ok(at) => at,
            Err(at) => {
                self.formats.insert(at, new);
                at
            }
        };
        let total = &mut self.formats[at];
        total.files += 1;
        total.original_size += result.original_size;
        total.optimized_size += delivery.final_size();
    }

    /// The last line of the report.
    pub(crate) fn line(&self, terminal: &Terminal) -> String {
        let Self { total, completed, failed, skipped, cached, .. } = *self;
        let mut line = format!(
            "{completed} of {total} {}: {} -> {}, {} saved, {:.1} s",
            if total == 1 { "image" } else { "images" },
            bytes(self.original_size),
            bytes(self.optimized_size),
            percent_saved(self.original_size, self.optimized_size),
            self.elapsed_time / 1000.0
        );
        if cached > 0 {
            let _ = write!(line, ", {cached} known from before");
        }
        if self.existing > 0 {
            let _ = write!(line, ", {} left out: their outputs exist", self.existing);
        }
        if failed > 0 {
            line.push_str(&terminal.paint(BAD, &format!(", {failed} failed")));
        }
        if skipped > 0 {
            line.push_str(&terminal.paint(WARNING, &format!(", {skipped} not done (interrupted)")));
        }
        line
    }
}

/// How much smaller, in percent of what it was.
pub(crate) fn percent_saved(before: u64, after: u64) -> String {
    if before == 0 {
        return "0.0%".to_owned();
    }
    let saved = (before as f64 - after as f64) / before as f64 * 100.0;
    // Rounding must not turn a small loss into "-0.0".
    format!("{:.1}%", if saved.abs() < 0.05 { 0.0 } else { saved })
}

/// A result's format, with the input's where it was another.
pub(crate) fn format_change(input: Format, output: Format) -> String {
    if input == output { output.to_string() } else { format!("{input}->{output}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use planish::OptimizationError;
    use planish_batch::TaskId;

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
        let ended = |outcome| TaskReport { id: TaskId(1), input_path: "1.png".into(), outcome: Err(outcome) };
        summary.count(&ended(OptimizationError::Cancelled));
        summary.count(&ended(OptimizationError::UnknownFormat { found: "text".into() }));
        assert_eq!((summary.total, summary.skipped, summary.failed), (2, 1, 1));
    }
}
