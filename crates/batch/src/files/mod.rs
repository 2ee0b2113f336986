//! Finding inputs, naming outputs, reading and writing.

mod backup;
mod deliver;
mod discover;
mod folders;
mod identity;
mod leftovers;
mod length;
mod list;
mod naming;
mod plan;
mod policy;
mod read;
mod selection;
mod template;
#[cfg(test)]
mod testing;
mod write;

pub use deliver::FileOperation;
pub use discover::{Discovered, Found, Inputs, discover};
pub use folders::DirCache;
pub(crate) use leftovers::remove_leftovers;
pub use list::parse_file_list;
pub use naming::{OutputPath, is_image_name};
pub use plan::{BatchPlan, Collision, Destination, Naming, PlanError, plan_batch};
pub use policy::{DeliveryOptions, MinSavings, OnLarger, Overwrite};
pub use read::{InputFile, Stamp, read_input};
pub use selection::{IGNORE_FILE, Selection, check_pattern, is_ignore_file_name};
pub use template::Template;
pub(crate) use write::TemporaryFile;
pub use write::{remove_temporary_files, write_atomically};

use planish::OptimizationError;
use std::io;
use std::path::Path;

/// An operating system's error on a path.
pub(crate) fn io_error(operation: &'static str, path: &Path, error: &io::Error) -> OptimizationError {
    use io::ErrorKind::{Interrupted, ResourceBusy, StaleNetworkFileHandle, TimedOut, WouldBlock};
    OptimizationError::Io {
        operation,
        path: path.to_string_lossy().into_owned(),
        message: error.to_string(),
        transient: matches!(
            error.kind(),
            Interrupted | ResourceBusy | StaleNetworkFileHandle | TimedOut | WouldBlock
        ),
    }
}
