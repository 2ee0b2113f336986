//! One image in memory, without a batch around it.

use crate::clock::MonotonicClock;
use crate::engine::Engine;
use crate::panics;
use crate::pool::{PoolOptions, WORKER_STACK};
use planish::{CancelFlag, ImageSettings, OptimizationError, OptimizeContext, Optimized, ProgressSink};
use std::io;

/// Optimizes one image on as many threads as a batch would have. Files and memory are the caller's.
///
/// # Errors
/// The outer one when the system refuses a thread, the inner one as [`Engine::optimize`]; a panic is
/// [`OptimizationError::Internal`].
pub fn optimize_one(
    engine: &dyn Engine,
    input: &[u8],
    settings: &ImageSettings,
    options: &PoolOptions,
    cancel: &CancelFlag,
    progress: &dyn ProgressSink,
) -> io::Result<Result<Optimized, OptimizationError>> {
    panics::install_hook();
    let workers = rayon::ThreadPoolBuilder::new()
        .num_threads(options.jobs.max(1))
        .stack_size(WORKER_STACK)
        .thread_name(|index| format!("planish-worker-{index}"))
        .start_handler(|_| panics::mark_job_thread())
        .build()
        .map_err(io::Error::other)?;
    let clock = MonotonicClock::default();
    let context = OptimizeContext {
        cancel: cancel.clone(),
        progress,
        limits: options.limits,
        clock: &clock,
        squoosh: None,
    };
    Ok(workers.install(|| panics::catch(|| engine.optimize(input, settings, &context))))
}
