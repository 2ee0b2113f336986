//! One image to optimize, and what became of it.

use crate::files::OutputPath;
use planish::{ImageSettings, OptimizationError, OptimizationResult};
use std::path::PathBuf;

/// A task's place in the order in which the user named the inputs. Reports are sorted by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId(pub u64);

/// One image to optimize.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageTask {
    /// Its place in the input order.
    pub id: TaskId,
    /// The file to read. Never written to.
    pub input_path: PathBuf,
    /// Where the result goes.
    pub output_path: OutputPath,
    /// Everything there is to decide, decided.
    pub settings: ImageSettings,
    /// Higher goes first; equals go in the order of their ids.
    pub priority: u8,
}

/// What became of one task.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskReport {
    /// The task.
    pub id: TaskId,
    /// The file that was read.
    pub input_path: PathBuf,
    /// The account with both paths filled in, or why there is no output.
    pub outcome: Result<OptimizationResult, OptimizationError>,
}

impl TaskReport {
    /// Whether the task was given up because the run was interrupted, which is not the file's fault.
    pub const fn is_cancelled(&self) -> bool {
        matches!(self.outcome, Err(OptimizationError::Cancelled))
    }
}
