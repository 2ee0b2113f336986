//! How far the batch is.

use crate::task::TaskId;
use planish::{ProgressSink, Stage};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
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
    /// Input bytes of the files that are done, failed ones included.
    pub bytes_processed: u64,
    /// Bytes by which the outputs are smaller than their inputs; negative when a conversion made them larger.
    pub bytes_saved: i64,
    /// Images being worked on.
    pub active_workers: usize,
    /// Time since the batch began.
    pub elapsed: Duration,
    /// Time that is left, by the bytes done so far; `None` until enough is done to tell.
    pub eta: Option<Duration>,
    /// The images being worked on, in input order.
    pub active: Vec<ActiveTask>,
}

/// An image being worked on.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActiveTask {
    /// The file.
    pub input_path: PathBuf,
    /// What is being done to it.
    pub stage: Stage,
    /// How much of the job is done, 0 to 1, by estimate.
    pub fraction: f32,
}

impl ProcessingProgress {
    /// Files that are finished in any way.
    pub const fn finished(&self) -> u64 {
        self.completed + self.failed + self.skipped
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
}

/// The progress of one job.
#[derive(Debug)]
pub(crate) struct JobProgress {
    input_path: PathBuf,
    input_bytes: u64,
    stage: AtomicU8,
    percent: AtomicU8,
}

const STAGES: [Stage; 9] = [
    Stage::Sniff,
    Stage::Decode,
    Stage::Analyse,
    Stage::Plan,
    Stage::Transform,
    Stage::Encode,
    Stage::Measure,
    Stage::Select,
    Stage::Verify,
];

impl ProgressSink for JobProgress {
    fn progress(&self, stage: Stage, fraction: f32) {
        let index = STAGES.iter().position(|known| *known == stage).unwrap_or_default();
        self.stage.store(index as u8, Ordering::Relaxed);
        self.percent.store((fraction.clamp(0.0, 1.0) * 100.0) as u8, Ordering::Relaxed);
    }
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
        }
    }

    pub(crate) fn start(&self, id: TaskId, input_path: &Path, input_bytes: u64) -> Arc<JobProgress> {
        let job = Arc::new(JobProgress {
            input_path: input_path.to_owned(),
            input_bytes,
            stage: AtomicU8::default(),
            percent: AtomicU8::default(),
        });
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
        let mut bytes_in_part = 0.0;
        let active: Vec<ActiveTask> = self
            .active()
            .values()
            .map(|job| {
                let fraction = f32::from(job.percent.load(Ordering::Relaxed)) / 100.0;
                bytes_in_part += job.input_bytes as f64 * f64::from(fraction);
                let stage = STAGES[usize::from(job.stage.load(Ordering::Relaxed))];
                ActiveTask { input_path: job.input_path.clone(), stage, fraction }
            })
            .collect();
        let elapsed = self.started.elapsed();
        let bytes_processed = load(&self.bytes_processed);
        ProcessingProgress {
            total: load(&self.total),
            completed: load(&self.completed),
            failed: load(&self.failed),
            skipped: load(&self.skipped),
            bytes_processed,
            bytes_saved: load(&self.original_bytes) as i64 - load(&self.optimized_bytes) as i64,
            active_workers: active.len(),
            elapsed,
            eta: time_left(elapsed, bytes_processed as f64 + bytes_in_part, load(&self.total_bytes) as f64),
            active,
        }
    }

    fn active(&self) -> MutexGuard<'_, BTreeMap<TaskId, Arc<JobProgress>>> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes rather than files: a folder's last files are as often its largest as its smallest. Nothing is said before
/// a twentieth is done: the first small files say little about the rest.
fn time_left(elapsed: Duration, done: f64, total: f64) -> Option<Duration> {
    const ENOUGH: f64 = 0.05;
    if done <= 0.0 || done < total * ENOUGH {
        return None;
    }
    Some(elapsed.mul_f64((total - done).max(0.0) / done))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_add_up_and_jobs_show_their_stage() {
        let counters = ProgressCounters::new(3, 600);
        let job = counters.start(TaskId(0), Path::new("a.png"), 200);
        counters.start(TaskId(1), Path::new("b.png"), 100);
        job.progress(Stage::Encode, 0.5);
        let progress = counters.snapshot();
        assert_eq!((progress.active_workers, progress.finished()), (2, 0));
        // Half of the 200 bytes of a file that is not done counts.
        assert!(progress.eta.is_some());
        assert_eq!((progress.active[0].stage, progress.active[0].fraction), (Stage::Encode, 0.5));
        counters.completed(TaskId(0), 200, 50);
        counters.failed(TaskId(1), 100);
        counters.skipped(TaskId(2));
        let progress = counters.snapshot();
        assert_eq!((progress.completed, progress.failed, progress.skipped), (1, 1, 1));
        assert_eq!((progress.bytes_processed, progress.bytes_saved, progress.active_workers), (300, 150, 0));
    }

    #[test]
    fn time_left_follows_the_bytes() {
        let elapsed = Duration::from_secs(10);
        assert_eq!(time_left(elapsed, 100.0, 300.0), Some(Duration::from_secs(20)));
        assert_eq!(time_left(elapsed, 400.0, 300.0), Some(Duration::ZERO));
        assert_eq!(time_left(elapsed, 0.0, 0.0), None);
        assert_eq!(time_left(elapsed, 10.0, 300.0), None);
    }
}
