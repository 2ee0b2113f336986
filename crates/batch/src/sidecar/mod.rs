//! Sharp (libvips) in a Node process of its own, for what the core cannot do or should not do in this process.
//!
//! ```text
//! engine → optimize (one image: geometry, sample, quality) →
//! supervisor (restarts, gives up) → connection (one process, many requests) → frame, messages (native/PROTOCOL.md)
//! ```

mod connection;
mod engine;
mod estimate;
mod find;
mod frame;
mod geometry;
mod messages;
mod names;
mod optimize;
mod quality;
mod sample;
pub use engine::{SharpEngine, SharpVersions};
pub use find::Missing;
#[cfg(fuzzing)]
pub use frame::fuzz_frames;
pub(crate) use squoosh::Squoosh;
pub use usage::{EncodedDot, FormatUse, OperationUse, SidecarUsage};

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod sharp_tests;
mod squoosh;
#[cfg(test)]
mod squoosh_tests;
mod supervisor;
#[cfg(test)]
mod tests;
mod usage;
