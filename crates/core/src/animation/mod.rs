//! Animations: GIF, APNG and animated WebP, composed frame by frame and written again.
//!
//! An animation is never held in memory as a whole. A [`Source`] can be played any number of times, and each player
//! ([`FrameStream`]) holds one or two canvases; encoders and checks play it along. What they see are whole
//! canvases in 8-bit RGBA with straight alpha, as a viewer shows them: rectangles, disposal and blending are the
//! business of the readers and writers of each format. Fully transparent pixels are transparent black: their colour
//! depends on how frames are drawn over each other, and says nothing.

mod apng_reader;
mod apng_writer;
mod changes;
mod compare;
mod delay;
mod first_frame;
mod gif_reader;
mod gif_writer;
mod pipeline;
mod prepared;
mod race;
mod side_by_side;
mod source;
mod survey;
mod webp_reader;
mod webp_writer;

pub(crate) use first_frame::first_frame;
pub(crate) use gif_reader::first_frame as first_gif_frame;
pub(crate) use gif_writer::indexed as indexed_gif;
pub(crate) use pipeline::optimize_animation;
pub use side_by_side::{AnimationComparison, compare_animations};
pub(crate) use source::{Source, announced};

use crate::error::OptimizationError;
use delay::Delay;

/// A player: composes one frame after another.
pub(crate) trait FrameStream {
    /// Composes the next frame; how long it is shown, or `None` behind the last frame.
    ///
    /// # Errors
    /// [`OptimizationError::Corrupt`] and [`OptimizationError::LimitExceeded`].
    fn next_frame(&mut self) -> Result<Option<Delay>, OptimizationError>;

    /// The canvas with the frame that was composed last: RGBA, 8 bits, straight alpha, rows contiguous.
    fn canvas(&self) -> &[u8];
}
