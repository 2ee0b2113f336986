//! How far the batch is.

mod eta;
mod job;
mod stages;

use crate::allocator::MemoryUsage;
use crate::task::TaskId;
use eta::{TimeLeft, Work};
use job::JobProgress;
use planish::{Stage, Timing};
use serde::Serialize;
use stages::StageTimes;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A snapshot of a running batch.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProcessingProgress {
    /// Files in the batch.
    pub total: u64,
    /// Files done.
    pub completed: u64,
    /// Files that ended with an error.
    pub failed: u64,
    /// Files given up because the run was interrupted.
    pub skipped: u64,
    /// Bytes of all files in the batch.
    pub total_bytes: u64,
    /// Input bytes of the files that are done, failed ones included.
    pub bytes_processed: u64,
    /// Bytes by which the outputs are smaller than their inputs; negative when a conversion made them larger.
    pub bytes_saved: i64,
    /// Images being worked on.
    pub active_workers: usize,
    /// Time since the batch began.
    pub elapsed: Duration,
    /// Time that is left, by the work of the later half of the run so far; `None` until enough is done to tell.
    pub eta: Option<Duration>,
    /// Time spent in each stage, summed over threads, in pipeline order.
    pub stages: Vec<Timing>,
    /// The images being worked on, in input order.
    pub active: Vec<ActiveTask>,
    /// What the allocator holds; `None` when it does not count.
    pub memory: Option<MemoryUsage>,
}

/// An image being worked on.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActiveTask {
    /// The task.
    #[serde(skip)]
    pub id: TaskId,
    /// The file.
    pub input_path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// What is being done to it.
    pub stage: Stage,
    /// How much of the job is done, 0 to 1, by estimate.
    pub fraction: f32,
    /// Time since a worker took it up.
    pub elapsed: Duration,
}

impl ProcessingProgress {
    /// Files that are finished in any way.
    pub const fn finished(&self) -> u64 {
        self.completed + self.failed + self.skipped
    }

    /// Bytes of the finished files and, by estimate, of the parts of those being worked on that are done.
    pub fn bytes_done(&self) -> f64 {
        let part = |task: &ActiveTask| task.size as f64 * f64::from(task.fraction);
        self.bytes_processed as f64 + self.active.iter().map(part).sum::<f64>()
    }
}

/// The counters behind the snapshots. Jobs in flight touch atomics only.
#[derive(Debug)]
pub(crate) struct ProgressCounters {
    started: Instant,
    total: AtomicU64,
    total_bytes: AtomicU64,
    completed: AtomicU64,
    failed: AtomicU64,
    skipped: AtomicU64,
    bytes_processed: AtomicU64,
    original_bytes: AtomicU64,
    optimized_bytes: AtomicU64,
    /// Locked when a job starts or ends and for a snapshot, never while an image is worked on.
    active: Mutex<BTreeMap<TaskId, Arc<JobProgress>>>,
    stages: Arc<StageTimes>,
    /// Locked for a snapshot only.
    time_left: Mutex<TimeLeft>,
}

impl ProgressCounters {
    pub(crate) fn new(total: u64, total_bytes: u64) -> Self {
        Self {
            started: Instant::now(),
            total: total.into(),
            total_bytes: total_bytes.into(),
            completed: AtomicU64::default(),
            failed: AtomicU64::default(),
            skipped: AtomicU64::default(),
            bytes_processed: AtomicU64::default(),
            original_bytes: AtomicU64::default(),
            optimized_bytes: AtomicU64::default(),
            active: Mutex::default(),
            stages: Arc::default(),
            time_left: Mutex::default(),
        }
    }

    pub(crate) fn start(&self, id: TaskId, input_path: &Path, input_bytes: u64) -> Arc<JobProgress> {
        let times = Arc::clone(&self.stages);
        let job = Arc::new(JobProgress::new(id, input_path.to_owned(), input_bytes, times));
        self.active().insert(id, Arc::clone(&job));
        job
    }

    pub(crate) fn completed(&self, id: TaskId, original: u64, optimized: u64) {
        self.active().remove(&id);
        self.original_bytes.fetch_add(original, Ordering::Relaxed);
        self.optimized_bytes.fetch_add(optimized, Ordering::Relaxed);
        self.bytes_processed.fetch_add(original, Ordering::Relaxed);
        self.completed.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn failed(&self, id: TaskId, input_bytes: u64) {
        self.active().remove(&id);
        self.bytes_processed.fetch_add(input_bytes, Ordering::Relaxed);
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    /// The job will be tried again.
    pub(crate) fn waits(&self, id: TaskId) {
        self.active().remove(&id);
    }

    pub(crate) fn skipped(&self, id: TaskId) {
        self.active().remove(&id);
        self.skipped.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn snapshot(&self) -> ProcessingProgress {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let active: Vec<ActiveTask> = self
            .active()
            .values()
            .map(|job| ActiveTask {
                id: job.id,
                input_path: job.input_path.clone(),
                size: job.input_bytes,
                stage: job.stage(),
                fraction: job.fraction(),
                elapsed: job.started.elapsed(),
            })
            .collect();
        let mut progress = ProcessingProgress {
            memory: None,
            total: load(&self.total),
            completed: load(&self.completed),
            failed: load(&self.failed),
            skipped: load(&self.skipped),
            total_bytes: load(&self.total_bytes),
            bytes_processed: load(&self.bytes_processed),
            bytes_saved: load(&self.original_bytes) as i64 - load(&self.optimized_bytes) as i64,
            active_workers: active.len(),
            elapsed: self.started.elapsed(),
            eta: None,
            stages: self.stages.timings(),
            active,
        };
        let done = Work { files: progress.finished() as f64, bytes: progress.bytes_done() };
        let total = Work { files: progress.total as f64, bytes: progress.total_bytes as f64 };
        let mut time_left = self.time_left.lock().unwrap_or_else(PoisonError::into_inner);
        progress.eta = time_left.after(progress.elapsed, done, total);
        progress
    }

    fn active(&self) -> MutexGuard<'_, BTreeMap<TaskId, Arc<JobProgress>>> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use planish::ProgressSink;

    #[test]
    fn counters_add_up_and_jobs_show_their_stage() {
        let counters = ProgressCounters::new(3, 600);
        let job = counters.start(TaskId(0), Path::new("a.png"), 200);
        counters.start(TaskId(1), Path::new("b.png"), 100);
        job.progress(Stage::Encode, 0.5);
        let progress = counters.snapshot();
        assert_eq!((progress.active_workers, progress.finished()), (2, 0));
        assert!((progress.bytes_done() - 100.0).abs() < 0.1);
        assert_eq!((progress.active[0].stage, progress.active[0].fraction), (Stage::Encode, 0.5));
        counters.completed(TaskId(0), 200, 50);
        counters.failed(TaskId(1), 100);
        counters.skipped(TaskId(2));
        let progress = counters.snapshot();
        assert_eq!((progress.completed, progress.failed, progress.skipped), (1, 1, 1));
        assert_eq!((progress.bytes_processed, progress.bytes_saved, progress.active_workers), (300, 150, 0));
    }

    #[test]
    fn stages_are_timed_even_when_one_job_is_taken_up_within_another() {
        let counters = ProgressCounters::new(2, 2);
        let outer = counters.start(TaskId(0), Path::new("a.png"), 1);
        let inner = counters.start(TaskId(1), Path::new("b.png"), 1);
        assert_eq!(counters.snapshot().stages, []);
        outer.stage_began(Stage::Encode);
        inner.stage_began(Stage::Decode);
        std::thread::sleep(Duration::from_millis(2));
        inner.stage_ended(Stage::Decode);
        outer.stage_ended(Stage::Encode);
        // One that never began is nothing.
        outer.stage_ended(Stage::Verify);
        let stages = counters.snapshot().stages;
        assert_eq!(
            stages.iter().map(|timing| timing.stage).collect::<Vec<_>>(),
            [Stage::Decode, Stage::Encode]
        );
        assert!(stages.iter().all(|timing| timing.ms >= 2.0), "{stages:?}");
    }
}
