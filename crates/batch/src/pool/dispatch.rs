//! From the queue to the workers.

use crate::files::InputFile;
use crate::job::{Admitted, Finished, Jobs, Source};
use crate::memory::Reservation;
use crate::queue::Job;
use crossbeam_channel::{Receiver, Sender, bounded};
use planish::OptimizationError;
use std::sync::Arc;

/// Hands tasks to the workers, as far as there is memory and room for them.
pub(super) struct Dispatcher {
    jobs: Arc<Jobs>,
    workers: rayon::ThreadPool,
    slots: (Sender<()>, Receiver<()>),
    to_writers: Sender<Finished>,
}

/// A place in the pool, free again when dropped.
struct Slot(Receiver<()>);

impl Drop for Slot {
    fn drop(&mut self) {
        // Never blocks: the token this slot stands for is in the channel.
        let _ = self.0.try_recv();
    }
}

impl Dispatcher {
    pub(super) fn new(
        jobs: Arc<Jobs>,
        workers: rayon::ThreadPool,
        parallel: usize,
        to_writers: Sender<Finished>,
    ) -> Self {
        Self { jobs, workers, slots: bounded(parallel), to_writers }
    }

    /// Waits until the job can start and starts it.
    pub(super) fn dispatch(&self, job: Job) {
        let (input, source, reservation) = match self.jobs.admit(&job.task) {
            Ok(Admitted::Input { input, source, reservation }) => (input, source, reservation),
            Ok(Admitted::Known { stamp, optimized, source, reservation }) => {
                let source = Some(source);
                let known = Finished { job, stamp, optimized, source, cached: true, reservation };
                // The writers outlive the dispatcher: they end when the last sender is gone.
                let _ = self.to_writers.send(known);
                return;
            }
            Ok(Admitted::Done(delivery)) => return self.jobs.done(&job, delivery),
            Err(error) => return self.jobs.failed(job, error, 0),
        };
        let (free, taken) = &self.slots;
        if free.send(()).is_err() {
            return self.jobs.failed(job, OptimizationError::Cancelled, 0);
        }
        let slot = Slot(taken.clone());
        let (jobs, to_writers) = (Arc::clone(&self.jobs), self.to_writers.clone());
        self.workers.spawn(move || work(&jobs, job, input, source, reservation, slot, &to_writers));
    }
}

/// What a worker does for one job.
fn work(
    jobs: &Jobs,
    job: Job,
    InputFile { bytes: input, stamp }: InputFile,
    source: Option<Source>,
    mut reservation: Reservation,
    slot: Slot,
    to_writers: &Sender<Finished>,
) {
    let result = jobs.optimize(&job, &input);
    let input_bytes = input.len() as u64;
    drop(input);
    drop(slot);
    match result {
        Ok(optimized) => {
            reservation.shrink_to(optimized.bytes.len() as u64);
            // The writers outlive every job: they end when the last sender is gone.
            let _ = to_writers.send(Finished { job, stamp, optimized, source, cached: false, reservation });
        }
        Err(error) => {
            drop(reservation);
            jobs.failed(job, error, input_bytes);
        }
    }
}
