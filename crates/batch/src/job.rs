//! What is done for one task: read, optimize, write, report, and try again.

use crate::clock::MonotonicClock;
use crate::engine::Engine;
use crate::files::{FileOperation, InputFile, Stamp, read_input};
use crate::memory::{MemoryGate, Reservation};
use crate::panics;
use crate::pool::PoolOptions;
use crate::progress::ProgressCounters;
use crate::queue::Job;
use crate::task::{Delivery, ImageTask, TaskReport};
use crossbeam_channel::Sender;
use planish::{CancelFlag, Limits, OptimizationError, OptimizeContext, Optimized};
use std::sync::Arc;
use tracing::info_span;

/// What every job needs.
pub(crate) struct Jobs {
    engine: Arc<dyn Engine>,
    cancel: CancelFlag,
    limits: Limits,
    gate: Arc<MemoryGate>,
    files: FileOperation,
    counters: Arc<ProgressCounters>,
    clock: MonotonicClock,
    reports: Sender<TaskReport>,
}

/// An input in memory, with the memory its job needs.
pub(crate) struct Admitted {
    pub(crate) input: InputFile,
    pub(crate) reservation: Reservation,
}

/// An optimized image on its way to the disk. It keeps its memory until it is there.
pub(crate) struct Finished {
    pub(crate) job: Job,
    pub(crate) stamp: Stamp,
    pub(crate) optimized: Optimized,
    pub(crate) reservation: Reservation,
}

impl Jobs {
    pub(crate) fn new(
        engine: Arc<dyn Engine>,
        options: &PoolOptions,
        cancel: CancelFlag,
        reports: Sender<TaskReport>,
    ) -> Self {
        Self {
            engine,
            cancel,
            limits: options.limits,
            gate: MemoryGate::over(options.memory_budget, options.allocator),
            files: FileOperation::new(options.delivery),
            counters: Arc::new(ProgressCounters::new(options.total, options.total_bytes)),
            clock: MonotonicClock::default(),
            reports,
        }
    }

    /// How far the jobs are.
    pub(crate) fn counters(&self) -> Arc<ProgressCounters> {
        Arc::clone(&self.counters)
    }

    /// Reads the file and waits for the memory its job needs.
    pub(crate) fn admit(&self, task: &ImageTask) -> Result<Admitted, OptimizationError> {
        let _span = info_span!("admit", job = task.id.0).entered();
        let Self { cancel, gate, engine, limits, .. } = self;
        if cancel.is_cancelled() {
            return Err(OptimizationError::Cancelled);
        }
        let mut reservation = None;
        let input = read_input(&task.input_path, limits, |bytes| {
            reservation = gate.reserve(bytes, cancel);
            if reservation.is_some() { Ok(()) } else { Err(OptimizationError::Cancelled) }
        })?;
        let mut reservation = reservation.ok_or(OptimizationError::Cancelled)?;
        let estimate = panics::catch(|| Ok(engine.estimate_peak_bytes(&input.bytes, &task.settings)))?;
        if !reservation.grow_to(estimate.saturating_add(input.bytes.len() as u64), cancel) {
            return Err(OptimizationError::Cancelled);
        }
        Ok(Admitted { input, reservation })
    }

    /// Makes the image small.
    pub(crate) fn optimize(&self, job: &Job, input: &[u8]) -> Result<Optimized, OptimizationError> {
        let file = job.task.input_path.display();
        let _span = info_span!("optimize", job = job.task.id.0, %file).entered();
        let progress = self.counters.start(job.task.id, &job.task.input_path, input.len() as u64);
        let context = OptimizeContext {
            cancel: self.cancel.clone(),
            progress: &*progress,
            limits: self.limits,
            clock: &self.clock,
        };
        panics::catch(|| {
            context.check_cancelled()?;
            self.engine.optimize(input, &job.task.settings, &context)
        })
    }

    /// Writes the output and reports. A writer waits for the disk anyway, so transient errors are waited for here:
    /// the image need not be optimized once more.
    pub(crate) fn write(&self, finished: Finished) {
        let Finished { mut job, stamp, optimized, reservation } = finished;
        let task = &job.task;
        let _span = info_span!("write", job = task.id.0).entered();
        let original_size = optimized.result.original_size;
        let delivered = job.tries.until_done(&self.cancel, || self.files.deliver(task, &stamp, &optimized));
        drop((optimized, reservation));
        let outcome = delivered.map(|mut delivery| {
            delivery.result.attempts = job.tries.attempt();
            delivery
        });
        self.report(&job, outcome, original_size);
    }

    /// Tries the task again later or reports the error. Nothing is held meanwhile: no memory, no worker.
    pub(crate) fn failed(&self, mut job: Job, error: OptimizationError, input_bytes: u64) {
        match job.tries.again_after(&error) {
            Some(delay) if !self.cancel.is_cancelled() => {
                self.counters.waits(job.task.id);
                job.retry_after(delay);
            }
            _ => self.report(&job, Err(error), input_bytes),
        }
    }

    fn report(&self, job: &Job, outcome: Result<Delivery, OptimizationError>, input_bytes: u64) {
        let id = job.task.id;
        match &outcome {
            Ok(delivery) => {
                self.counters.completed(id, delivery.result.original_size, delivery.final_size());
            }
            Err(OptimizationError::Cancelled) => self.counters.skipped(id),
            Err(_) => self.counters.failed(id, input_bytes),
        }
        // Nobody listens any more when the pool is being dropped.
        let _ = self.reports.send(TaskReport { id, input_path: job.task.input_path.clone(), outcome });
    }
}
