//! What is told about the run.

use crate::report::{ReportKind, ReportOptions};
use clap::Args;

/// The flags about reports.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReportArgs {
    /// Print one JSON document instead of lines
    #[arg(long, help_heading = "Report")]
    pub(crate) json: bool,

    /// Print errors only
    #[arg(long, conflicts_with = "json", help_heading = "Report")]
    pub(crate) quiet: bool,
}

impl ReportArgs {
    /// What the flags ask for; `verbose` is told beside them.
    pub(crate) const fn options(&self, verbose: bool) -> ReportOptions {
        let kind = match (self.json, self.quiet) {
            (true, _) => ReportKind::Json,
            (false, true) => ReportKind::Quiet,
            (false, false) => ReportKind::Lines,
        };
        ReportOptions { kind, verbose }
    }
}
