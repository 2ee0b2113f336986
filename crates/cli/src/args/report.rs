//! What is told about the run.

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
