//! A whole batch from its tasks to its reports.

use crate::engine::Engine;
use crate::pool::{PoolOptions, WorkerPool};
use crate::progress::ProcessingProgress;
use crate::task::{ImageTask, TaskReport};
use crossbeam_channel::RecvTimeoutError;
use planish::CancelFlag;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How often progress is told at most.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// Runs the tasks. `on_report` gets each report as it comes, in the order in which tasks end; `on_progress` is
/// called a few times a second and once at the end. Both run on the calling thread.
///
/// # Errors
/// When the system refuses a thread. What happens to a single file is in its report.
pub fn run_batch(
    tasks: Vec<ImageTask>,
    engine: Arc<dyn Engine>,
    options: &PoolOptions,
    cancel: &CancelFlag,
    mut on_report: impl FnMut(TaskReport),
    mut on_progress: impl FnMut(&ProcessingProgress),
) -> io::Result<()> {
    let options = PoolOptions { total: tasks.len() as u64, ..options.clone() };
    let pool = WorkerPool::start(engine, &options, cancel.clone())?;
    thread::scope(|scope| {
        scope.spawn(|| {
            for task in tasks {
                pool.submit(task);
            }
            pool.close();
        });
        let mut told = Instant::now();
        on_progress(&pool.progress());
        loop {
            match pool.results().recv_timeout(PROGRESS_INTERVAL) {
                Ok(report) => on_report(report),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if told.elapsed() >= PROGRESS_INTERVAL {
                on_progress(&pool.progress());
                told = Instant::now();
            }
        }
        on_progress(&pool.progress());
    });
    Ok(())
}
