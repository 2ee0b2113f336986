//! Who does the work on one image.

use planish::{ImageSettings, OptimizationError, OptimizeContext, Optimized};

/// Turns bytes and settings into smaller bytes. Called from many threads at once, each of them in the pool that
/// parallel work inside the engine should use.
pub trait Engine: Send + Sync {
    /// The name that results carry.
    fn name(&self) -> &'static str;

    /// What changes whenever the same input and settings may give other bytes than before. Results of one version
    /// are never handed out for another.
    fn version(&self) -> &str;

    /// The most memory the job will need at any moment, in bytes, beside the input itself.
    fn estimate_peak_bytes(&self, input: &[u8], settings: &ImageSettings) -> u64;

    /// Does the work.
    ///
    /// # Errors
    /// See [`OptimizationError`].
    fn optimize(
        &self,
        input: &[u8],
        settings: &ImageSettings,
        context: &OptimizeContext<'_>,
    ) -> Result<Optimized, OptimizationError>;
}

/// The optimizer in this process.
#[derive(Debug, Clone, Copy, Default)]
pub struct CoreEngine;

impl Engine for CoreEngine {
    fn name(&self) -> &'static str {
        "core"
    }

    fn version(&self) -> &'static str {
        // The sources' hash too: two builds of one version may encode differently.
        concat!(env!("CARGO_PKG_VERSION"), "+", env!("PLANISH_CORE_HASH"))
    }

    fn estimate_peak_bytes(&self, input: &[u8], _settings: &ImageSettings) -> u64 {
        planish::estimate_peak_bytes(input)
    }

    fn optimize(
        &self,
        input: &[u8],
        settings: &ImageSettings,
        context: &OptimizeContext<'_>,
    ) -> Result<Optimized, OptimizationError> {
        planish::optimize(input, settings, context)
    }
}
