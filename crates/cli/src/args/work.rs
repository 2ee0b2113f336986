//! How much of the machine is used.

use crate::engines::EngineChoice;
use crate::values;
use clap::Args;

/// The flags about threads, memory and limits.
#[derive(Debug, Clone, Args)]
pub(crate) struct WorkArgs {
    /// Images worked on at once, and threads in all [default: the number of cores]
    #[arg(short, long, value_name = "N", value_parser = values::jobs, help_heading = "Work")]
    pub(crate) jobs: Option<usize>,

    /// Memory for images in work, together: `2GiB`, `800MB` or `25%` of what the machine or its container has. Images
    /// wait until their estimated share is free; one that needs more than all of it runs alone [default: 50%]
    #[arg(long, value_name = "SIZE|PERCENT", value_parser = values::memory, help_heading = "Work")]
    pub(crate) max_memory: Option<values::MemoryLimit>,

    /// Who does the work: `auto`, `core` or `sharp` [default: auto]
    ///
    /// core: the optimizer in this process. sharp: libvips in a Node process, where it is installed, from file to file.
    /// auto: core, and sharp for images that would not fit into the memory (--max-memory), have more pixels than core
    /// takes (100MP), are larger files than it reads (512 MiB), or of a format it does not read.
    #[arg(long, value_name = "ENGINE", value_parser = values::engine, help_heading = "Work")]
    pub(crate) engine: Option<EngineChoice>,

    /// Refuse images of more pixels than this: `250000000` or `250MP`. Sharp, which does not hold images whole, takes as
    /// many as --max-memory has bytes unless this is given [default: 100MP]
    #[arg(long, value_name = "N", value_parser = values::pixels, help_heading = "Work")]
    pub(crate) max_pixels: Option<planish::Pixels>,
}
