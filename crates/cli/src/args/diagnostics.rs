//! What is told while the command works, beside its report.

use clap::{ArgAction, Args};

/// The flags about logs.
#[derive(Debug, Clone, Args)]
pub(crate) struct DiagnosticsArgs {
    /// Say on standard error what is decided (-v) and what is done (-vv) [default: warnings and errors]
    ///
    /// The environment variable `PLANISH_LOG`, or else `RUST_LOG`, says it more finely, as in
    /// `PLANISH_LOG=planish_batch=debug`. With -v a batch of more than 100 images has a line for each of them, too, and
    /// long names are shown whole.
    #[arg(short, long, action = ArgAction::Count, conflicts_with = "quiet", help_heading = "Report")]
    pub(crate) verbose: u8,
}
