//! Who does the work on one image.

use crate::sidecar::Squoosh;
use planish::{ImageSettings, OptimizationError, OptimizeContext, Optimized};
use std::sync::Arc;

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

/// The optimizer in this process; Squoosh's codecs, where settings name them, in a Node process that is started then.
#[derive(Debug, Clone)]
pub struct CoreEngine {
    threads: usize,
    squoosh: Arc<Squoosh>,
}

impl CoreEngine {
    /// The optimizer on a pool of `threads`: with more of them, more is in memory at once.
    pub fn on(threads: usize) -> Self {
        Self { threads, squoosh: Arc::new(Squoosh::new(threads)) }
    }

    #[cfg(test)]
    pub(crate) const fn with_squoosh(threads: usize, squoosh: Arc<Squoosh>) -> Self {
        Self { threads, squoosh }
    }
}

impl Default for CoreEngine {
    /// On as many threads as this process may use.
    fn default() -> Self {
        Self::on(crate::machine::available_cores())
    }
}

impl Engine for CoreEngine {
    fn name(&self) -> &'static str {
        "core"
    }

    fn version(&self) -> &'static str {
        // The sources' hash too: two builds of one version may encode differently.
        concat!(env!("CARGO_PKG_VERSION"), "+", env!("PLANISH_CORE_HASH"))
    }

    fn estimate_peak_bytes(&self, input: &[u8], settings: &ImageSettings) -> u64 {
        planish::estimate_peak_bytes(input, settings, self.threads)
    }

    fn optimize(
        &self,
        input: &[u8],
        settings: &ImageSettings,
        context: &OptimizeContext<'_>,
    ) -> Result<Optimized, OptimizationError> {
        let context = OptimizeContext { squoosh: Some(&*self.squoosh), ..context.clone() };
        planish::optimize(input, settings, &context)
    }
}
