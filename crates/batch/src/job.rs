//! What is done for one task: read, optimize, write, report, and try again.

use crate::clock::MonotonicClock;
use crate::engine::Engine;
use crate::files::{read_input, write_atomically};
use crate::memory::{MemoryGate, Reservation};
use crate::panics;
use crate::pool::PoolOptions;
use crate::progress::ProgressCounters;
use crate::queue::Job;
use crate::task::{Action, Delivery, ImageTask, TaskReport};
use crossbeam_channel::Sender;
use planish::{CancelFlag, Limits, OptimizationError, OptimizeContext, Optimized};
use std::sync::Arc;

/// What every job needs.
pub(crate) struct Jobs {
    engine: Arc<dyn Engine>,
    cancel: CancelFlag,
    limits: Limits,
    gate: Arc<MemoryGate>,
    counters: Arc<ProgressCounters>,
    clock: MonotonicClock,
    reports: Sender<TaskReport>,
}

/// An input in memory, with the memory its job needs.
pub(crate) struct Admitted {
    pub(crate) input: Vec<u8>,
    pub(crate) reservation: Reservation,
}

/// An optimized image on its way to the disk. It keeps its memory until it is there.
pub(crate) struct Finished {
    pub(crate) job: Job,
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
            gate: MemoryGate::new(options.memory_budget),
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
        let estimate = panics::catch(|| Ok(engine.estimate_peak_bytes(&input, &task.settings)))?;
        if !reservation.grow_to(estimate.saturating_add(input.len() as u64), cancel) {
            return Err(OptimizationError::Cancelled);
        }
        Ok(Admitted { input, reservation })
    }

    /// Makes the image small.
    pub(crate) fn optimize(&self, job: &Job, input: &[u8]) -> Result<Optimized, OptimizationError> {
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
        let Finished { mut job, optimized: Optimized { bytes, mut result }, reservation } = finished;
        let task = &job.task;
        let path = task.output_path.for_format(result.input_format, result.format);
        let original_size = result.original_size;
        let written = job.tries.until_done(&self.cancel, || write_atomically(&path, &bytes));
        drop((bytes, reservation));
        let outcome = written.map(|()| {
            result.input_path = task.input_path.to_string_lossy().into_owned();
            result.output_path = path.to_string_lossy().into_owned();
            result.attempts = job.tries.attempt();
            Delivery { result, output_path: path, action: Action::Written, cached: false }
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
            Ok(Delivery { result, .. }) => {
                self.counters.completed(id, result.original_size, result.optimized_size);
            }
            Err(OptimizationError::Cancelled) => self.counters.skipped(id),
            Err(_) => self.counters.failed(id, input_bytes),
        }
        // Nobody listens any more when the pool is being dropped.
        let _ = self.reports.send(TaskReport { id, input_path: job.task.input_path.clone(), outcome });
    }
}
