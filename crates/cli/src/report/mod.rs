//! What is told about each file and about the run.
//!
//! ```text
//! reports, as jobs end → order (input order) → lines | json
//!                         → html (as they come)
//! ```

mod advice;
mod base64;
pub(crate) mod describe;
mod html;
pub(crate) mod json;
mod lines;
mod order;
pub(crate) mod path;
mod summary;

pub(crate) use summary::{Summary, percent_saved};

use crate::output::{Terminal, display};
use crate::stats::Stats;
use html::HtmlReport;
use lines::Lines;
use order::InOrder;
use planish::{ImageSettings, OptimizationError};
use planish_batch::{SidecarUsage, TaskId, TaskReport};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Which accounts are given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReportOptions {
    /// What is printed.
    pub(crate) kind: ReportKind,
    /// Whether every image has a line, whole names and all its warnings.
    pub(crate) verbose: bool,
    /// Where the page about the run goes.
    pub(crate) html: Option<PathBuf>,
    /// Whether the run only says what could be saved: totals and the largest savings, not what became of each image.
    pub(crate) audit: bool,
}

/// What is printed on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReportKind {
    /// Lines for people, and a summary.
    Lines,
    /// One JSON document.
    Json,
    /// Nothing; errors go to standard error.
    Quiet,
}

/// Tells about files while they come.
pub(crate) struct Reporter {
    lines: Option<Lines>,
    /// Reports for the JSON document.
    kept: Option<Vec<TaskReport>>,
    html: Option<HtmlReport>,
    order: InOrder,
    pub(crate) summary: Summary,
    /// What the run cost, where that was asked for.
    pub(crate) stats: Option<Stats>,
    /// What the processes that run Sharp took, where there were some.
    pub(crate) sidecar: Option<SidecarUsage>,
}

impl Reporter {
    /// `expected`: the files that will be reported, in input order; `settings`: what they are made with.
    pub(crate) fn new(
        options: ReportOptions,
        settings: &ImageSettings,
        expected: impl IntoIterator<Item = TaskId>,
        terminal: &Terminal,
    ) -> Self {
        let order = InOrder::new(expected);
        let lines = (options.kind == ReportKind::Lines)
            .then(|| Lines::new(order.pending(), options.verbose, options.audit, terminal));
        let kept = (options.kind == ReportKind::Json).then(Vec::new);
        let html = options.html.map(|path| HtmlReport::new(path, settings.clone()));
        Self { lines, kept, html, order, summary: Summary::default(), stats: None, sidecar: None }
    }

    /// Takes one report and prints all whose turn has come.
    pub(crate) fn add(&mut self, report: TaskReport, terminal: &mut Terminal) {
        self.summary.count(&report);
        if let Some(html) = &mut self.html {
            html.add(&report);
        }
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
            Ok(delivery) => {
                if let Some(lines) = &mut self.lines {
                    lines.add(&report.input_path, delivery, report.id.0, terminal);
                }
            }
            Err(OptimizationError::Cancelled) => {}
            // The JSON document has them too, but a person who redirects it should still see what failed.
            Err(error) => terminal.coded_error(error.code(), &error_text(&report.input_path, error)),
        }
    }

    /// Writes the page and prints the end of the report.
    ///
    /// # Errors
    /// When the page or the JSON document cannot be written.
    pub(crate) fn finish(
        mut self,
        elapsed: Duration,
        ignored: u64,
        terminal: &mut Terminal,
    ) -> io::Result<()> {
        self.summary.elapsed_time = elapsed.as_secs_f64() * 1000.0;
        self.summary.ignored = ignored;
        let page = match self.html {
            Some(html) => Some(html.finish(&self.summary, self.sidecar).map_err(io::Error::other)?),
            None => None,
        };
        if let Some(kept) = self.kept {
            return terminal.report(&json::document(&kept, &self.summary, self.stats.as_ref())?);
        }
        if let Some(lines) = self.lines {
            lines.finish(&self.summary, terminal);
            for line in self.stats.iter().flat_map(Stats::lines) {
                terminal.line(&line);
            }
            if let Some(page) = page {
                terminal.line(&format!("report: {}", display(&page)));
            }
        }
        Ok(())
    }
}

/// `error`'s sentence with the file it is about. Some errors name the file themselves.
pub(crate) fn error_text(input: &Path, error: &OptimizationError) -> String {
    match error {
        OptimizationError::Io { path, .. } if *path == input.to_string_lossy() => error.to_string(),
        _ => format!("{}: {error}", display(input)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
