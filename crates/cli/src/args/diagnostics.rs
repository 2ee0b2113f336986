//! What is told while the command works, beside its report.

use crate::progress::ProgressKind;
use crate::values;
use clap::{ArgAction, Args};
use std::path::PathBuf;

/// The flags about progress, logs and traces.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct DiagnosticsArgs {
    /// Say on standard error what is decided (-v) and what is done (-vv) [default: warnings and errors]
    ///
    /// The environment variable `PLANISH_LOG`, or else `RUST_LOG`, says it more finely, as in
    /// `PLANISH_LOG=planish_batch=debug`. With -v a batch of more than 100 images has a line for each of them, too, and
    /// long names are shown whole.
    #[arg(short, long, action = ArgAction::Count, conflicts_with = "quiet", help_heading = "Report")]
    pub(crate) verbose: u8,

    /// How far the run is, on standard error: `auto`, `json` or `none` [default: auto]
    ///
    /// auto: bars where standard error is a terminal, else nothing. json: events, one JSON object per line;
    /// docs/progress.md describes them.
    #[arg(long, value_name = "KIND", value_parser = values::progress, help_heading = "Report")]
    pub(crate) progress: Option<ProgressKind>,

    /// Tell what the run cost: processor time, memory, time by format and stage; in the document with --json
    #[arg(long, conflicts_with = "quiet", help_heading = "Report")]
    pub(crate) stats: bool,

    /// Write what each worker did when, as a trace that Perfetto (`ui.perfetto.dev`) opens
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub(crate) trace: Option<PathBuf>,
}
