//! The pipeline, stage by stage.

use crate::{ImageSettings, OptimizationError, OptimizeContext, Optimized};

/// Makes one image as small as the settings allow.
///
/// # Errors
/// See [`OptimizationError`]. The input is never changed; nothing is half-done.
pub fn optimize(
    input: &[u8],
    settings: &ImageSettings,
    context: &OptimizeContext<'_>,
) -> Result<Optimized, OptimizationError> {
    let _ = (input, settings, context);
    Err(OptimizationError::Internal { message: "being written".into() })
}
