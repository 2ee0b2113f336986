//! `planish compare`.

use crate::values;
use clap::Args;
use std::path::PathBuf;

/// The arguments of `planish compare`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CompareArgs {
    /// The image to compare with: the original
    #[arg(value_name = "A")]
    pub(crate) reference: PathBuf,

    /// The image that should look like it
    #[arg(value_name = "B")]
    pub(crate) candidate: PathBuf,

    /// End with exit code 3 when the score is below this [default: no check]
    #[arg(long, value_name = "N", value_parser = values::score)]
    pub(crate) min_score: Option<planish::Score>,

    /// Print one JSON document instead of lines
    #[arg(long)]
    pub(crate) json: bool,
}
