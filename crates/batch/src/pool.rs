//! The worker pool.
//!
//! ```text
//! submit → priority queue → dispatcher → rayon pool → writers → results
//! ```
//!
//! One dispatcher thread takes the next task, reads its file, reserves its memory and waits for a free slot; so
//! the next image is in memory before a worker asks for it, and no worker ever waits for memory or a disk. Jobs
//! run as tasks of one rayon pool, and the parallel loops inside a codec run on the same pool: many small images
//! go side by side, a single large one fills every core, and there are never more runnable threads than cores.
//! Writing, which waits for the disk, is done by threads of its own.

use crate::clock::MonotonicClock;
use crate::engine::Engine;
use crate::files::{read_input, write_atomically};
use crate::machine;
use crate::memory::{MemoryGate, Reservation};
use crate::panics;
use crate::progress::{ProcessingProgress, ProgressCounters};
use crate::queue::TaskQueue;
use crate::task::{Action, Delivery, ImageTask, TaskReport};
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use planish::{CancelFlag, Limits, OptimizationError, OptimizeContext, Optimized};
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// How many writers wait for the disk.
const WRITERS: usize = 2;

/// Stack of one worker. A worker that waits inside a codec may take up another job on the same stack.
const WORKER_STACK: usize = 16 << 20;

/// How a pool works.
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// Worker threads, and the most images in flight. Default: the cores this process may use.
    pub jobs: usize,
    /// Bytes that jobs may reserve together. Default: half of the machine's or the container's memory.
    pub memory_budget: u64,
    /// Bounds on each image.
    pub limits: Limits,
    /// Tasks that may wait in the queue. Default: 1024.
    pub queue_capacity: usize,
    /// Tasks that will be submitted, for progress.
    pub total: u64,
    /// Their bytes together, for the estimate of the time left.
    pub total_bytes: u64,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self {
            jobs: machine::available_cores(),
            memory_budget: machine::default_memory_budget(),
            limits: Limits::default(),
            queue_capacity: 1024,
            total: 0,
            total_bytes: 0,
        }
    }
}

/// Threads that optimize images until the queue is closed and empty.
pub struct WorkerPool {
    queue: Arc<TaskQueue>,
    shared: Arc<Shared>,
    results: Receiver<TaskReport>,
    threads: Vec<JoinHandle<()>>,
}

/// What every job needs.
struct Shared {
    engine: Arc<dyn Engine>,
    cancel: CancelFlag,
    limits: Limits,
    gate: Arc<MemoryGate>,
    counters: ProgressCounters,
    clock: MonotonicClock,
}

/// An optimized image on its way to the disk. It keeps its memory until it is there.
struct Finished {
    task: ImageTask,
    optimized: Optimized,
    _reservation: Reservation,
}

/// A place in the pool, free again when dropped.
struct Slot(Receiver<()>);

impl Drop for Slot {
    fn drop(&mut self) {
        // Never blocks: the token this slot stands for is in the channel.
        let _ = self.0.try_recv();
    }
}

impl WorkerPool {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(engine: Arc<dyn Engine>, options: &PoolOptions, cancel: CancelFlag) -> io::Result<Self> {
        panics::install_hook();
        let jobs = options.jobs.max(1);
        let workers = rayon::ThreadPoolBuilder::new()
            .num_threads(jobs)
            .stack_size(WORKER_STACK)
            .thread_name(|index| format!("planish-worker-{index}"))
            .start_handler(|_| panics::mark_job_thread())
            .build()
            .map_err(io::Error::other)?;
        let queue = Arc::new(TaskQueue::new(options.queue_capacity));
        let shared = Arc::new(Shared {
            engine,
            cancel,
            limits: options.limits,
            gate: MemoryGate::new(options.memory_budget),
            counters: ProgressCounters::new(options.total, options.total_bytes),
            clock: MonotonicClock::default(),
        });
        let (reports, results) = unbounded();
        let (to_writers, finished) = bounded::<Finished>(jobs);
        let mut threads = Vec::new();
        for index in 0..WRITERS {
            let (shared, finished, reports) = (Arc::clone(&shared), finished.clone(), reports.clone());
            let writer = thread::Builder::new().name(format!("planish-writer-{index}"));
            threads.push(writer.spawn(move || {
                for finished in finished {
                    shared.report(&reports, write(finished));
                }
            })?);
        }
        let dispatcher =
            Dispatcher { shared: Arc::clone(&shared), workers, slots: bounded(jobs), to_writers, reports };
        threads.push(thread::Builder::new().name("planish-dispatcher".into()).spawn({
            let queue = Arc::clone(&queue);
            move || {
                while let Some(task) = queue.pop() {
                    dispatcher.dispatch(task);
                }
            }
        })?);
        Ok(Self { queue, shared, results, threads })
    }

    /// Queues a task; waits while the queue is full. Tasks that come after [`close`](Self::close) are dropped.
    pub fn submit(&self, task: ImageTask) {
        let _ = self.queue.push(task);
    }

    /// Says that no more tasks will come; [`results`](Self::results) ends when those that are queued are done.
    pub fn close(&self) {
        self.queue.close();
    }

    /// The reports, as they come. After the cancel flag is raised, every task that is left is reported as
    /// [`OptimizationError::Cancelled`].
    pub const fn results(&self) -> &Receiver<TaskReport> {
        &self.results
    }

    /// How far the pool is.
    pub fn progress(&self) -> ProcessingProgress {
        self.shared.counters.snapshot()
    }
}

impl Drop for WorkerPool {
    fn drop(&mut self) {
        self.queue.close();
        while self.queue.pop().is_some() {}
        for thread in self.threads.drain(..) {
            // A thread that panicked has nothing left to wait for.
            let _ = thread.join();
        }
    }
}

struct Dispatcher {
    shared: Arc<Shared>,
    workers: rayon::ThreadPool,
    slots: (Sender<()>, Receiver<()>),
    to_writers: Sender<Finished>,
    reports: Sender<TaskReport>,
}

impl Dispatcher {
    fn dispatch(&self, task: ImageTask) {
        match self.admit(&task) {
            Ok((input, reservation, slot)) => {
                let shared = Arc::clone(&self.shared);
                let (to_writers, reports) = (self.to_writers.clone(), self.reports.clone());
                self.workers.spawn(move || {
                    let result = shared.optimize(&task, &input);
                    let input_bytes = input.len() as u64;
                    drop(input);
                    drop(slot);
                    shared.hand_over(task, result, input_bytes, reservation, &to_writers, &reports);
                });
            }
            Err(error) => self.shared.report(&self.reports, (task, Err(error), 0)),
        }
    }

    /// Reads the file and waits for memory and a slot, in this order: the next image is ready when a slot is.
    fn admit(&self, task: &ImageTask) -> Result<(Vec<u8>, Reservation, Slot), OptimizationError> {
        let Shared { cancel, gate, engine, limits, .. } = &*self.shared;
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
        let (free, taken) = &self.slots;
        free.send(()).map_err(|_| OptimizationError::Cancelled)?;
        Ok((input, reservation, Slot(taken.clone())))
    }
}

/// A task with what came of it and the bytes of its input.
type Ended = (ImageTask, Result<Delivery, OptimizationError>, u64);

impl Shared {
    fn optimize(&self, task: &ImageTask, input: &[u8]) -> Result<Optimized, OptimizationError> {
        let job = self.counters.start(task.id, &task.input_path, input.len() as u64);
        let context = OptimizeContext {
            cancel: self.cancel.clone(),
            progress: &*job,
            limits: self.limits,
            clock: &self.clock,
        };
        panics::catch(|| {
            context.check_cancelled()?;
            self.engine.optimize(input, &task.settings, &context)
        })
    }

    fn hand_over(
        &self,
        task: ImageTask,
        result: Result<Optimized, OptimizationError>,
        input_bytes: u64,
        mut reservation: Reservation,
        to_writers: &Sender<Finished>,
        reports: &Sender<TaskReport>,
    ) {
        match result {
            Ok(optimized) => {
                reservation.shrink_to(optimized.bytes.len() as u64);
                // The writers outlive every job: they end when the last sender is gone.
                let _ = to_writers.send(Finished { task, optimized, _reservation: reservation });
            }
            Err(error) => self.report(reports, (task, Err(error), input_bytes)),
        }
    }

    fn report(&self, reports: &Sender<TaskReport>, (task, outcome, input_bytes): Ended) {
        match &outcome {
            Ok(Delivery { result, .. }) => {
                self.counters.completed(task.id, result.original_size, result.optimized_size);
            }
            Err(OptimizationError::Cancelled) => self.counters.skipped(task.id),
            Err(_) => self.counters.failed(task.id, input_bytes),
        }
        // Nobody listens any more when the pool is being dropped.
        let _ = reports.send(TaskReport { id: task.id, input_path: task.input_path, outcome });
    }
}

fn write(finished: Finished) -> Ended {
    let Finished { task, optimized: Optimized { bytes, mut result }, .. } = finished;
    let path = task.output_path.for_format(result.input_format, result.format);
    let original_size = result.original_size;
    let outcome = write_atomically(&path, &bytes).map(|()| {
        result.input_path = task.input_path.to_string_lossy().into_owned();
        result.output_path = path.to_string_lossy().into_owned();
        Delivery { result, output_path: path, action: Action::Written, cached: false }
    });
    (task, outcome, original_size)
}

#[cfg(test)]
mod tests;
