//! One image to optimize, and what became of it.

use crate::files::OutputPath;
use planish::{ImageSettings, OptimizationError, OptimizationResult};
use serde::Serialize;
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
    /// What was delivered, or why there is no output.
    pub outcome: Result<Delivery, OptimizationError>,
}

/// How a task ended that did not fail.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// The account, with both paths filled in.
    pub result: OptimizationResult,
    /// Where the output is: the account's output path, without loss where that is not Unicode.
    pub output_path: PathBuf,
    /// What was done with the output file.
    pub action: Action,
    /// Whether the result was known from an earlier run, and nothing was encoded.
    pub cached: bool,
}

/// What was done with an output file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// It was written.
    Written,
}

impl TaskReport {
    /// Whether the task was given up because the run was interrupted, which is not the file's fault.
    pub const fn is_cancelled(&self) -> bool {
        matches!(self.outcome, Err(OptimizationError::Cancelled))
    }
}
