//! How much of the machine is used.

use crate::values;
use clap::Args;

/// The flags about threads, memory and limits.
#[derive(Debug, Clone, Args)]
pub(crate) struct WorkArgs {
    /// Images worked on at once, and threads in all [default: the number of cores]
    #[arg(short, long, value_name = "N", value_parser = values::jobs, help_heading = "Work")]
    pub(crate) jobs: Option<usize>,

    /// Refuse images of more pixels than this: `100000000` or `100MP` [default: 100MP]
    #[arg(long, value_name = "N", value_parser = values::pixels, help_heading = "Work")]
    pub(crate) max_pixels: Option<planish::Pixels>,
}
