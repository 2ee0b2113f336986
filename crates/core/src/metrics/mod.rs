//! How different two images look: the measure every search for a smaller file is steered by.

mod image;
mod ssimulacra2;

pub use image::{MetricError, SrgbImage, SrgbPixels};
pub(crate) use ssimulacra2::score_in_strips;
pub use ssimulacra2::{ErrorMap, Reference};
