//! What is told about the run.

use crate::report::{ReportKind, ReportOptions};
use clap::Args;
use std::path::PathBuf;

/// The flags about reports.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReportArgs {
    /// Print one JSON document instead of lines
    #[arg(long, help_heading = "Report")]
    pub(crate) json: bool,

    /// Print errors only
    #[arg(long, conflicts_with = "json", help_heading = "Report")]
    pub(crate) quiet: bool,

    /// Write a page about the run: totals, size against score, the lowest scores with pictures, errors [default: none]
    ///
    /// One file, such as report.html, that needs nothing else and asks nothing of the network.
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub(crate) report: Option<PathBuf>,
}

impl ReportArgs {
    /// What the flags ask for; `verbose` is told beside them.
    pub(crate) fn options(&self, verbose: bool) -> ReportOptions {
        let kind = match (self.json, self.quiet) {
            (true, _) => ReportKind::Json,
            (false, true) => ReportKind::Quiet,
            (false, false) => ReportKind::Lines,
        };
        ReportOptions { kind, verbose, html: self.report.clone(), audit: false }
    }
}
