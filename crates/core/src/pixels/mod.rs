//! Pixels in memory.

mod buffer;
mod orientation;
pub(crate) mod yuv;

pub(crate) use buffer::{Channels, PixelBuffer, Samples};
pub(crate) use orientation::Orientation;
