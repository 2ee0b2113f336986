//! The planish optimizer: bytes and settings in, bytes and a result out.
//!
//! ```text
//! sniff → decode → analyse → plan → transform → encode candidates → measure → select → verify
//! ```
//!
//! Core does no I/O and starts no threads; see [`OptimizeContext`] for what it takes from its caller.

mod analyse;
mod animation;
mod candidates;
mod codecs;
mod compare;
mod container;
mod context;
mod curve;
mod decode;
mod encode;
mod error;
mod estimate;
mod expected;
mod format;
mod header;
mod heat_map;
mod inspect;
mod judge;
mod measure;
mod metadata;
pub mod metrics;
mod optimize;
mod picture;
mod pixels;
mod plan;
mod preview;
#[cfg(test)]
mod recipe_reference;
mod result;
mod sample;
mod search;
mod select;
pub mod settings;
mod sniff;
mod squoosh;
#[cfg(feature = "stages")]
pub mod stages;
mod timings;
mod transform;
#[cfg(test)]
mod typescript;
mod units;
mod verify;
mod yardstick;

pub use analyse::{AlphaKind, Content};
pub use animation::{AnimationComparison, compare_animations};
pub use codecs::{CODECS, Codec};
pub use compare::{Comparison, Difference};
pub use context::{CancelFlag, Clock, Limits, OptimizeContext, ProgressSink, Silent, Stage};
pub use error::OptimizationError;
pub use estimate::estimate_peak_bytes;
pub use format::Format;
pub use header::FileHeader;
pub use heat_map::{FULL_HEAT, heat_colors};
pub use inspect::{Inspection, MetadataFacts, PlannedEncode, Profile, Traits, inspect};
pub use metadata::Rights;
pub use optimize::optimize;
pub use picture::Picture;
pub use preview::{Preview, preview};
pub use result::{
    Candidate, ErrorReport, KeptReason, OptimizationResult, Optimized, Outcome, Timing, Warning,
};
pub use sample::SampleTiles;
pub use settings::{FormatChoice, Goal, ImageSettings, SettingsLayer};
pub use sniff::sniff;
pub use squoosh::{
    AvifOptions, JxlOptions, RawImage, SquooshCodec, SquooshEncoders, SquooshError, SquooshOptions,
};
pub use units::{Bytes, Effort, Pixels, Quality, Score};

/// The examples of the README are tests, too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
