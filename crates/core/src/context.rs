//! What the optimizer needs from outside: limits, a cancel flag, a progress sink, a clock.
//!
//! Core has no clock, files or threads of its own. Parallel work runs on the rayon pool it is called from.

use crate::error::OptimizationError;
use crate::squoosh::SquooshEncoders;
use crate::units::{Bytes, Pixels};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bounds that are checked before anything is allocated for an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", default)]
pub struct Limits {
    /// Width × height of one image. Default: 100 megapixels.
    pub max_pixels: Pixels,
    /// Size of the input. Default: 512 MiB.
    pub max_input_bytes: Bytes,
    /// Size of one metadata block (ICC, EXIF, XMP) after decompression. Default: 16 MiB.
    pub max_metadata_bytes: Bytes,
    /// Scans of a progressive JPEG: each is a pass over the whole image, and encoders write about ten.
    /// Default: 100.
    pub max_scans: u32,
    /// Milliseconds from the start of a job after which no further encode begins once a file that meets the goal
    /// is there: the best so far is taken. Measured by [`OptimizeContext::clock`]; a clock that stands still sets
    /// no bound. The one setting with which the bytes may depend on the machine. Default: none.
    pub max_search_ms: Option<u32>,
    /// Number of frames of one animation. Default: 10 000.
    pub max_frames: u32,
    /// Width × height × frames of one animation: what is composed each time it is played. Frames are composed one
    /// at a time, so this bounds time rather than memory. Default: 500 megapixels.
    pub max_animation_pixels: Pixels,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_pixels: Pixels(100_000_000),
            max_input_bytes: Bytes(512 << 20),
            max_metadata_bytes: Bytes(16 << 20),
            max_scans: 100,
            max_search_ms: None,
            max_frames: 10_000,
            max_animation_pixels: Pixels(500_000_000),
        }
    }
}

impl Limits {
    /// Checks an image's announced size.
    ///
    /// # Errors
    /// [`OptimizationError::LimitExceeded`].
    pub fn check_dimensions(&self, width: u32, height: u32) -> Result<(), OptimizationError> {
        let actual = Pixels::of(width, height);
        if actual > self.max_pixels {
            return Err(OptimizationError::LimitExceeded {
                limit: "pixels",
                allowed: self.max_pixels.0,
                actual: actual.0,
            });
        }
        Ok(())
    }

    /// Checks an animation's announced size and number of frames.
    ///
    /// # Errors
    /// [`OptimizationError::LimitExceeded`].
    pub fn check_animation(&self, width: u32, height: u32, frames: u32) -> Result<(), OptimizationError> {
        self.check_dimensions(width, height)?;
        if frames > self.max_frames {
            return Err(OptimizationError::LimitExceeded {
                limit: "frames",
                allowed: u64::from(self.max_frames),
                actual: u64::from(frames),
            });
        }
        let actual = Pixels::of(width, height).0.saturating_mul(u64::from(frames));
        if actual > self.max_animation_pixels.0 {
            return Err(OptimizationError::LimitExceeded {
                limit: "pixels in all frames",
                allowed: self.max_animation_pixels.0,
                actual,
            });
        }
        Ok(())
    }

    /// Checks the size of the input.
    ///
    /// # Errors
    /// [`OptimizationError::LimitExceeded`].
    pub fn check_input(&self, length: usize) -> Result<(), OptimizationError> {
        if length as u64 > self.max_input_bytes.0 {
            return Err(OptimizationError::LimitExceeded {
                limit: "input bytes",
                allowed: self.max_input_bytes.0,
                actual: length as u64,
            });
        }
        Ok(())
    }
}

/// A flag that stops a job from another thread. Clones share the flag.
#[derive(Debug, Clone, Default)]
pub struct CancelFlag(Arc<AtomicBool>);

impl CancelFlag {
    /// Asks the job to stop. It ends with [`OptimizationError::Cancelled`] at its next check.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The stages an image goes through, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Finding out the format.
    Sniff,
    /// Bytes to pixels.
    Decode,
    /// Photo or graphic, colours, alpha.
    Analyse,
    /// Which candidates to try.
    Plan,
    /// Resize, flatten, convert colours.
    Transform,
    /// Making candidates.
    Encode,
    /// Scoring candidates.
    Measure,
    /// Choosing the winner.
    Select,
    /// Decoding what is about to be handed out.
    Verify,
}

/// Receives progress. Called from whichever thread works on the image.
#[cfg_attr(test, mockall::automock)]
pub trait ProgressSink: Sync {
    /// `stage` has begun or gone on; `fraction` of the whole job (0 to 1) is done, by estimate.
    fn progress(&self, stage: Stage, fraction: f32);

    /// Work for `stage` begins on this thread. [`stage_ended`](Self::stage_ended) follows on the same thread, after a
    /// panic too; other pieces of work may begin and end there in between. Default: ignored.
    fn stage_began(&self, stage: Stage) {
        let _ = stage;
    }

    /// The work that began last on this thread has ended. Default: ignored.
    fn stage_ended(&self, stage: Stage) {
        let _ = stage;
    }
}

/// Tells the time. Core has no clock: WebAssembly has none without the page's help.
#[cfg_attr(test, mockall::automock)]
pub trait Clock: Sync {
    /// Milliseconds since any fixed moment.
    fn now_ms(&self) -> f64;
}

/// A sink that ignores progress and a clock that stands still.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl ProgressSink for Silent {
    fn progress(&self, _stage: Stage, _fraction: f32) {}
}

impl Clock for Silent {
    fn now_ms(&self) -> f64 {
        0.0
    }
}

/// The world, handed in.
#[derive(Clone)]
pub struct OptimizeContext<'a> {
    /// Stops the job.
    pub cancel: CancelFlag,
    /// Hears about progress. Default: nobody.
    pub progress: &'a dyn ProgressSink,
    /// Bounds on the input.
    pub limits: Limits,
    /// Where elapsed times come from. Default: a clock that stands still, so all times are 0.
    pub clock: &'a dyn Clock,
    /// Runs Squoosh's codecs, for settings that name them. Default: nobody, and such settings are refused.
    pub squoosh: Option<&'a dyn SquooshEncoders>,
}

impl Default for OptimizeContext<'_> {
    fn default() -> Self {
        Self {
            cancel: CancelFlag::default(),
            progress: &Silent,
            limits: Limits::default(),
            clock: &Silent,
            squoosh: None,
        }
    }
}

impl OptimizeContext<'_> {
    /// Stops here when the job was cancelled.
    ///
    /// # Errors
    /// [`OptimizationError::Cancelled`].
    pub fn check_cancelled(&self) -> Result<(), OptimizationError> {
        if self.cancel.is_cancelled() { Err(OptimizationError::Cancelled) } else { Ok(()) }
    }
}
