//! The planish optimizer: bytes and settings in, bytes and a result out.
//!
//! ```text
//! sniff → decode → analyse → plan → transform → encode candidates → measure → select → verify
//! ```
//!
//! Core does no I/O and starts no threads; see [`OptimizeContext`] for what it takes from its caller.

mod context;
mod error;
mod format;
mod optimize;
mod result;
pub mod settings;
#[cfg(test)]
mod typescript;
mod units;

pub use context::{CancelFlag, Clock, Limits, OptimizeContext, ProgressSink, Silent, Stage};
pub use error::OptimizationError;
pub use format::Format;
pub use optimize::optimize;
pub use result::{
    Candidate, ErrorReport, KeptReason, OptimizationResult, Optimized, Outcome, Timing, Warning,
};
pub use settings::{FormatChoice, Goal, ImageSettings, SettingsLayer};
pub use units::{Bytes, Effort, Pixels, Quality, Score};
