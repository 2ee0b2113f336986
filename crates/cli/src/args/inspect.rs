//! `planish inspect`.

use super::SettingsArgs;
use clap::Args;
use std::path::PathBuf;

/// The arguments of `planish inspect`.
#[derive(Debug, Clone, Args)]
pub(crate) struct InspectArgs {
    /// The images
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// Print one JSON document instead of lines
    #[arg(long, help_heading = "Report")]
    pub(crate) json: bool,

    /// What would be tried depends on these.
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}
