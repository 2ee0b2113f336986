//! Who does the work.

use crate::request::UsageError;
use planish::Pixels;
use planish_batch::{Bounds, CoreEngine, Engine, EngineChain, PoolOptions, SharpEngine};
use std::sync::Arc;

/// What `--engine` says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum EngineChoice {
    /// Core, and Sharp for what core cannot or should not do, where it is installed: the rule is `planish_batch`'s.
    #[default]
    Auto,
    /// The optimizer in this process.
    Core,
    /// libvips in a Node process.
    Sharp,
}

impl EngineChoice {
    /// The engine for a run.
    ///
    /// # Errors
    /// [`UsageError::Engine`] when Sharp is asked for and cannot be had.
    pub(crate) fn engine(self, options: &PoolOptions) -> Result<Arc<dyn Engine>, UsageError> {
        let find = || SharpEngine::find(options.jobs, options.memory_budget);
        match self {
            Self::Core => Ok(Arc::new(CoreEngine::on(options.jobs))),
            Self::Auto => Ok(match find() {
                Ok(sharp) => {
                    let core = Arc::new(CoreEngine::on(options.jobs));
                    let memory = options.memory_budget;
                    let streamed_pixels = options.streamed_pixels.unwrap_or(Pixels(memory));
                    let bounds = Bounds { memory, threads: options.jobs, streamed_pixels };
                    Arc::new(EngineChain::new(core, [Arc::new(sharp) as _]).routed(bounds))
                }
                Err(_) => Arc::new(CoreEngine::on(options.jobs)),
            }),
            Self::Sharp => {
                let sharp = find().map_err(|missing| UsageError::Engine(missing.to_string()))?;
                // Asked now: it would fail for every single file.
                sharp.versions().map_err(|error| UsageError::Engine(error.to_string()))?;
                Ok(Arc::new(sharp))
            }
        }
    }
}
