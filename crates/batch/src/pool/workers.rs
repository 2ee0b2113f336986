//! The threads that jobs run on.
//!
//! A job that begins while others run keeps to its own thread, down to the parallel loops inside its codecs: there is
//! work enough for every core. One that begins alone spreads over a pool that all workers share. Not all jobs on one
//! pool, because a thread of a pool that waits for a piece of its job takes up whatever it finds: another job, which then
//! keeps the first from going on, while the thread that had the piece finds nothing to do.

use crate::panics;
use crossbeam_channel::{Receiver, SendError, Sender, bounded};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

/// Stack of one worker.
pub(crate) const WORKER_STACK: usize = 16 << 20;

type Job = Box<dyn FnOnce() + Send>;

/// Hands jobs to threads, one to each at a time. The threads end when it is dropped and the last job is over.
pub(super) struct Workers(Sender<Job>);

impl Workers {
    /// Starts `count` threads, and as many that help where a job has the cores for itself.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub(super) fn start(count: usize) -> io::Result<(Self, Vec<JoinHandle<()>>)> {
        let shared = rayon::ThreadPoolBuilder::new()
            .num_threads(count)
            .stack_size(WORKER_STACK)
            .thread_name(|index| format!("planish-worker-shared-{index}"))
            .start_handler(|_| panics::mark_job_thread())
            .build()
            .map_err(io::Error::other)?;
        let crew = Arc::new(Crew { shared, running: AtomicUsize::new(0) });
        // Without room: a job is handed over when a thread is free for it.
        let (sender, jobs) = bounded::<Job>(0);
        let mut threads = Vec::with_capacity(count);
        for index in 0..count {
            let (crew, jobs) = (Arc::clone(&crew), jobs.clone());
            let worker =
                thread::Builder::new().name(format!("planish-worker-{index}")).stack_size(WORKER_STACK);
            threads.push(worker.spawn(move || crew.work(&jobs))?);
        }
        Ok((Self(sender), threads))
    }

    /// Waits for a free thread and gives it a job. Where a defect has ended every thread, the job is done here: no image
    /// may be left without a report.
    pub(super) fn run(&self, job: impl FnOnce() + Send + 'static) {
        if let Err(SendError(job)) = self.0.send(Box::new(job)) {
            job();
        }
    }
}

/// What the threads share.
struct Crew {
    shared: rayon::ThreadPool,
    /// Jobs that have begun.
    running: AtomicUsize,
}

impl Crew {
    fn work(&self, jobs: &Receiver<Job>) {
        panics::mark_job_thread();
        // Makes this thread the only one of a pool: parallel loops stay on it.
        let own = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
        for job in jobs {
            let _running = Running::begin(&self.running);
            let is_alone = self.running.load(Ordering::Relaxed) == 1;
            if is_alone || own.is_err() {
                self.shared.install(job);
            } else {
                job();
            }
        }
    }
}

/// A job that has begun, until dropped.
struct Running<'a>(&'a AtomicUsize);

impl<'a> Running<'a> {
    fn begin(running: &'a AtomicUsize) -> Self {
        running.fetch_add(1, Ordering::Relaxed);
        Self(running)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::prelude::*;
    use std::collections::HashSet;
    use std::sync::mpsc::channel;

    /// The threads that the pieces of a parallel loop run on.
    fn threads_of_a_loop() -> HashSet<thread::ThreadId> {
        (0..1000).into_par_iter().map(|_| thread::current().id()).collect()
    }

    #[test]
    fn a_job_is_done_when_no_thread_is_left() {
        let (workers, threads) = Workers::start(0).unwrap();
        assert!(threads.is_empty());
        let (said, heard) = channel();
        workers.run(move || said.send(thread::current().id()).unwrap());
        assert_eq!(heard.try_recv().unwrap(), thread::current().id());
    }

    #[test]
    fn a_job_beside_others_keeps_to_its_thread_and_one_alone_has_the_pool() {
        let (workers, threads) = Workers::start(2).unwrap();
        let (said, heard) = channel();
        let (go, wait) = channel::<()>();
        let first = said.clone();
        workers.run(move || {
            first.send((rayon::current_num_threads(), HashSet::new())).unwrap();
            wait.recv().unwrap();
        });
        assert_eq!(heard.recv().unwrap().0, 2);
        workers.run(move || {
            let of_loop = threads_of_a_loop();
            assert!(of_loop.contains(&thread::current().id()));
            said.send((rayon::current_num_threads(), of_loop)).unwrap();
            go.send(()).unwrap();
        });
        let (pool, of_loop) = heard.recv().unwrap();
        assert_eq!((pool, of_loop.len()), (1, 1));
        drop(workers);
        for thread in threads {
            thread.join().unwrap();
        }
    }
}
