//! How different two images look: the measure every search for a smaller file is steered by.

mod image;
mod ssimulacra2;

pub use image::{MetricError, SrgbImage, SrgbPixels};
pub use ssimulacra2::{ErrorMap, Reference};
