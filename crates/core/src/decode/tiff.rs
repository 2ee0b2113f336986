//! TIFF.

use super::DecodedImage;
use crate::context::Limits;
use crate::error::OptimizationError;

/// Width and height from the header.
pub(super) fn read_dimensions(_bytes: &[u8]) -> Option<(u32, u32)> {
    None
}

/// Decodes a TIFF.
pub(super) fn decode(_bytes: &[u8], _limits: &Limits) -> Result<DecodedImage, OptimizationError> {
    Err(OptimizationError::unsupported("TIFF", "reading this format"))
}
