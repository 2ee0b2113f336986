//! Who does the work on one image, in memory or from file to file.

use crate::look::Look;
use crate::sidecar::{SidecarUsage, Squoosh};
use planish::{ImageSettings, Limits, OptimizationError, OptimizationResult, OptimizeContext, Optimized};
use std::path::Path;
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

    /// Whether this file is better worked on without being read into memory, and at what price. Asked before
    /// anything but its first bytes was read. Default: never.
    fn file_route(&self, look: &Look<'_>, settings: &ImageSettings, limits: &Limits) -> Option<FileRoute> {
        let _ = (look, settings, limits);
        None
    }

    /// Does the work from file to file, for a file that [`file_route`](Self::file_route) gave a route. Where the
    /// result says that the original is kept there is nothing at the target.
    ///
    /// # Errors
    /// See [`OptimizationError`].
    fn optimize_file(
        &self,
        job: &FileJob<'_>,
        settings: &ImageSettings,
        context: &OptimizeContext<'_>,
    ) -> Result<OptimizationResult, OptimizationError> {
        let _ = (job, settings, context);
        let message = format!("{} does not work from file to file", self.name());
        Err(OptimizationError::Internal { message })
    }

    /// What the processes it started took so far; `None` where it starts none. Default: none.
    fn usage(&self) -> Option<SidecarUsage> {
        None
    }
}

/// That a file is to be worked on without being read into memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRoute {
    /// The name of the engine that works on it.
    pub engine: &'static str,
    /// The most memory the job will need at any moment, in bytes, in all processes together.
    pub peak_bytes: u64,
    /// Why: [`OptimizationResult::engine_reason`].
    pub reason: String,
    /// Whether the job may be done in memory where it fails from file to file.
    pub can_be_read: bool,
}

/// One image from file to file.
#[derive(Debug, Clone, Copy)]
pub struct FileJob<'a> {
    /// What to read.
    pub source: &'a Path,
    /// Its bytes.
    pub source_bytes: u64,
    /// Where to write: a file that is there and empty, whose name says nothing about its format.
    pub target: &'a Path,
    /// What [`Engine::file_route`] said.
    pub route: &'a FileRoute,
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

// Not `automock`, which cannot name lifetimes that the trait leaves unnamed.
#[cfg(test)]
mockall::mock! {
    pub(crate) Engine {}

    impl Engine for Engine {
        fn name(&self) -> &'static str;
        fn version(&self) -> &str;
        fn estimate_peak_bytes(&self, input: &[u8], settings: &ImageSettings) -> u64;
        fn optimize<'a>(
            &self,
            input: &[u8],
            settings: &ImageSettings,
            context: &OptimizeContext<'a>,
        ) -> Result<Optimized, OptimizationError>;
        fn file_route<'a>(
            &self,
            look: &Look<'a>,
            settings: &ImageSettings,
            limits: &Limits,
        ) -> Option<FileRoute>;
        fn optimize_file<'a, 'b>(
            &self,
            job: &FileJob<'a>,
            settings: &ImageSettings,
            context: &OptimizeContext<'b>,
        ) -> Result<OptimizationResult, OptimizationError>;
        fn usage(&self) -> Option<SidecarUsage>;
    }
}
