//! One image to optimize, and what became of it.

use crate::files::OutputPath;
use planish::{Format, ImageSettings, OptimizationError, OptimizationResult};
use serde::{Serialize, Serializer};
use std::path::PathBuf;

/// A task's place in the order in which the user named the inputs. Reports are sorted by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
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
    /// Where the output is: the account's output path, without loss where that is not Unicode. Empty where nothing
    /// was written.
    pub output_path: PathBuf,
    /// What was done with the output file.
    pub action: Action,
    /// Whether the result was known from an earlier run, and nothing was encoded.
    pub cached: bool,
}

/// What was done with an output file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// The result was written.
    Written,
    /// The input's own bytes were written: nothing was smaller, or not by enough.
    Copied,
    /// Nothing was written, because nothing was to be: the account says what would be gained.
    Measured,
    /// The output was there already, byte for byte.
    Unchanged,
    /// Nothing was written.
    Skipped(SkipReason),
}

/// Why no output was written for an image that is otherwise fine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SkipReason {
    /// The result is not smaller than the input, or not by enough.
    NotSmaller,
    /// There is an output already, and none is to be replaced.
    OutputExists,
    /// There is an output already, and it is not larger than the result.
    OutputNotLarger,
}

impl Action {
    /// The stable name that scripts see: `written`, `copied`, `measured`, `unchanged` or `skipped`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Copied => "copied",
            Self::Measured => "measured",
            Self::Unchanged => "unchanged",
            Self::Skipped(_) => "skipped",
        }
    }

    /// Why nothing was written, when nothing was.
    pub const fn skip_reason(self) -> Option<SkipReason> {
        match self {
            Self::Skipped(reason) => Some(reason),
            Self::Written | Self::Copied | Self::Measured | Self::Unchanged => None,
        }
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl Serialize for SkipReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl SkipReason {
    /// The stable name that scripts see: `not_smaller`, `output_exists` or `output_not_larger`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotSmaller => "not_smaller",
            Self::OutputExists => "output_exists",
            Self::OutputNotLarger => "output_not_larger",
        }
    }

    /// A few words for people.
    pub const fn text(self) -> &'static str {
        match self {
            Self::NotSmaller => "not smaller",
            Self::OutputExists => "an output exists",
            Self::OutputNotLarger => "the output that exists is not larger",
        }
    }
}

impl Delivery {
    /// Whether the image is after the run what it was before: its own bytes were written, or none.
    pub const fn keeps_input(&self) -> bool {
        match self.action {
            Action::Written => false,
            Action::Measured | Action::Unchanged => self.result.kept_original.is_some(),
            Action::Copied | Action::Skipped(_) => true,
        }
    }

    /// The format of the image after the run.
    pub const fn final_format(&self) -> Format {
        match self.action {
            Action::Written | Action::Copied | Action::Measured | Action::Unchanged => self.result.format,
            Action::Skipped(_) => self.result.input_format,
        }
    }

    /// Bytes that stand for this image after the run: those of the output, or those of the input where nothing was
    /// written; those an output would have where none was to be.
    pub const fn final_size(&self) -> u64 {
        match self.action {
            Action::Written | Action::Copied | Action::Measured | Action::Unchanged => {
                self.result.optimized_size
            }
            Action::Skipped(_) => self.result.original_size,
        }
    }
}

impl TaskReport {
    /// Whether the task was given up because the run was interrupted, which is not the file's fault.
    pub const fn is_cancelled(&self) -> bool {
        matches!(self.outcome, Err(OptimizationError::Cancelled))
    }
}
