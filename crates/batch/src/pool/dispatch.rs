//! From the queue to the workers.

use super::workers::Workers;
use crate::engine::FileRoute;
use crate::files::{InputFile, Stamp};
use crate::job::{Admitted, Finished, Jobs, Made, Source};
use crate::memory::Reservation;
use crate::queue::Job;
use crate::router::may_succeed_elsewhere;
use crossbeam_channel::Sender;
use std::sync::Arc;

/// Hands tasks to the workers, as far as there is memory and room for them.
pub(super) struct Dispatcher {
    jobs: Arc<Jobs>,
    workers: Workers,
    to_writers: Sender<Finished>,
}

impl Dispatcher {
    pub(super) const fn new(jobs: Arc<Jobs>, workers: Workers, to_writers: Sender<Finished>) -> Self {
        Self { jobs, workers, to_writers }
    }

    /// Waits until the job can start and starts it.
    pub(super) fn dispatch(&self, job: Job) {
        let (work, source, reservation) = match self.jobs.admit(&job.task) {
            Ok(Admitted::Input { input, source, reservation }) => {
                (Work::InMemory(input), source, reservation)
            }
            Ok(Admitted::File { stamp, source, route, reservation }) => {
                (Work::AsFile { stamp, route }, source, reservation)
            }
            Ok(Admitted::Known { stamp, optimized, source, reservation }) => {
                let (made, source) = (Made::InMemory(optimized), Some(source));
                let known = Finished { job, stamp, made, source, cached: true, reservation };
                // The writers outlive the dispatcher: they end when the last sender is gone.
                let _ = self.to_writers.send(known);
                return;
            }
            Ok(Admitted::Done(delivery)) => return self.jobs.done(&job, delivery),
            Err(error) => return self.jobs.failed(job, error, 0),
        };
        let (jobs, to_writers) = (Arc::clone(&self.jobs), self.to_writers.clone());
        self.workers.run(move || work.run(&jobs, job, source, reservation, &to_writers));
    }
}

/// What a worker starts from.
enum Work {
    /// The input in memory.
    InMemory(InputFile),
    /// The input where it is.
    AsFile { stamp: Stamp, route: FileRoute },
}

impl Work {
    /// What a worker does for one job.
    fn run(
        self,
        jobs: &Jobs,
        job: Job,
        source: Option<Source>,
        mut reservation: Reservation,
        to_writers: &Sender<Finished>,
    ) {
        let (result, stamp, input_bytes, route) = match self {
            Self::InMemory(InputFile { bytes, stamp }) => {
                (jobs.optimize(&job, &bytes).map(Made::InMemory), stamp, bytes.len() as u64, None)
            }
            Self::AsFile { stamp, route } => {
                let bytes = stamp.metadata().len();
                (jobs.optimize_file(&job, &stamp, &route), stamp, bytes, Some(route))
            }
        };
        match (result, route) {
            (Ok(made), _) => {
                reservation.shrink_to(made.held_bytes());
                // The writers outlive every job: they end when the last sender is gone.
                let _ = to_writers.send(Finished { job, stamp, made, source, cached: false, reservation });
            }
            (Err(error), Some(route)) if route.can_be_read && may_succeed_elsewhere(&error) => {
                drop(reservation);
                jobs.send_back(job, &route, &error);
            }
            (Err(error), _) => {
                drop(reservation);
                jobs.failed(job, error, input_bytes);
            }
        }
    }
}
