//! The worker pool.
//!
//! ```text
//! submit → priority queue → dispatcher → workers → writers → results
//! ```
//!
//! One dispatcher thread takes the next task, reads its file, reserves its memory and waits for a free slot; so
//! the next image is in memory before a worker asks for it, and no worker ever waits for memory or a disk. Many images
//! go side by side, each on one thread, and a job that begins alone fills every core (`workers.rs`): but for the first
//! moments of a run, when others join it, there are no more runnable threads than cores.
//! Writing, which waits for the disk, is done by threads of its own.

mod dispatch;
mod workers;

use crate::allocator::{Allocator, SilentAllocator};
use crate::cache::OptimizationCache;
use crate::engine::Engine;
use crate::files::DeliveryOptions;
use crate::job::{Finished, Jobs};
use crate::journal::Journal;
use crate::machine;
use crate::panics;
use crate::progress::{ProcessingProgress, ProgressCounters};
use crate::queue::TaskQueue;
use crate::retry::RetryPolicy;
use crate::task::{ImageTask, TaskReport};
use crossbeam_channel::{Receiver, bounded, unbounded};
use dispatch::Dispatcher;
use planish::{CancelFlag, Limits, Pixels};
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
pub(crate) use workers::WORKER_STACK;
use workers::Workers;

/// How many writers wait for the disk.
const WRITERS: usize = 4;

/// How a pool works.
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// Worker threads, and the most images in flight. Default: the cores this process may use.
    pub jobs: usize,
    /// Bytes that jobs may reserve together. Default: half of the machine's or the container's memory.
    pub memory_budget: u64,
    /// Whom to ask what is really held, and to give it back when no job is left. Default: nobody.
    pub allocator: &'static dyn Allocator,
    /// Bounds on each image.
    pub limits: Limits,
    /// Pixels of an image that is not read into memory but worked on from file to file. Default: one for each byte of
    /// `memory_budget`.
    pub streamed_pixels: Option<Pixels>,
    /// What is done with results.
    pub delivery: DeliveryOptions,
    /// Results of earlier runs. Default: none are looked up or kept.
    pub cache: Option<Arc<OptimizationCache>>,
    /// What a run that is killed leaves behind for the next one. Default: nothing.
    pub journal: Option<Arc<Journal>>,
    /// How often and after which delays transient errors are tried again.
    pub retry: RetryPolicy,
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
            allocator: &SilentAllocator,
            limits: Limits::default(),
            streamed_pixels: None,
            delivery: DeliveryOptions::default(),
            cache: None,
            journal: None,
            retry: RetryPolicy::default(),
            queue_capacity: 1024,
            total: 0,
            total_bytes: 0,
        }
    }
}

/// Threads that optimize images until the queue is closed and empty.
pub struct WorkerPool {
    queue: Arc<TaskQueue>,
    // Not the jobs: the results end when the last thread that works on them is gone.
    counters: Arc<ProgressCounters>,
    allocator: &'static dyn Allocator,
    results: Receiver<TaskReport>,
    threads: Vec<JoinHandle<()>>,
}

impl WorkerPool {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(engine: Arc<dyn Engine>, options: &PoolOptions, cancel: CancelFlag) -> io::Result<Self> {
        panics::install_hook();
        let parallel = options.jobs.max(1);
        let (workers, mut threads) = Workers::start(parallel)?;
        let queue = TaskQueue::new(options.queue_capacity, options.retry, cancel.clone());
        let (reports, results) = unbounded();
        let jobs = Arc::new(Jobs::new(engine, options, cancel, reports));
        let counters = jobs.counters();
        let (to_writers, finished) = bounded::<Finished>(parallel);
        for index in 0..WRITERS {
            let (jobs, finished) = (Arc::clone(&jobs), finished.clone());
            let writer = thread::Builder::new().name(format!("planish-writer-{index}"));
            threads
                .push(writer.spawn(move || finished.into_iter().for_each(|finished| jobs.write(finished)))?);
        }
        let dispatcher = Dispatcher::new(jobs, workers, to_writers);
        threads.push(thread::Builder::new().name("planish-dispatcher".into()).spawn({
            let queue = Arc::clone(&queue);
            move || {
                while let Some(job) = queue.pop() {
                    dispatcher.dispatch(job);
                }
            }
        })?);
        Ok(Self { queue, counters, allocator: options.allocator, results, threads })
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
    /// [`Cancelled`](planish::OptimizationError::Cancelled).
    pub const fn results(&self) -> &Receiver<TaskReport> {
        &self.results
    }

    /// How far the pool is.
    pub fn progress(&self) -> ProcessingProgress {
        ProcessingProgress { memory: self.allocator.usage(), ..self.counters.snapshot() }
    }
}

impl Drop for WorkerPool {
    fn drop(&mut self) {
        self.queue.abandon();
        for thread in self.threads.drain(..) {
            // A thread that panicked has nothing left to wait for.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
