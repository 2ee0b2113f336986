//! Where the time goes, per stage, summed over threads.

use crate::context::{Clock, Stage};
use crate::result::Timing;
use std::sync::Mutex;

/// Collects times. Shared by the threads of a job.
pub(crate) struct Timings<'a> {
    clock: &'a dyn Clock,
    start: f64,
    spent: Mutex<Vec<Timing>>,
}

impl<'a> Timings<'a> {
    /// Starts now.
    pub(crate) fn start(clock: &'a dyn Clock) -> Self {
        Self { clock, start: clock.now_ms(), spent: Mutex::new(Vec::new()) }
    }

    /// When the job started, by the clock.
    pub(crate) const fn started_at(&self) -> f64 {
        self.start
    }

    /// Runs a piece of work and books its time on a stage.
    pub(crate) fn time<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let start = self.clock.now_ms();
        let result = work();
        let ms = self.clock.now_ms() - start;
        // A panic elsewhere cannot leave the list half-written.
        let mut spent = self.spent.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match spent.iter_mut().find(|timing| timing.stage == stage) {
            Some(timing) => timing.ms += ms,
            None => spent.push(Timing { stage, ms }),
        }
        result
    }

    /// Milliseconds since the start, and the stages in pipeline order.
    pub(crate) fn finish(self) -> (f64, Vec<Timing>) {
        let mut spent = self.spent.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        spent.sort_by_key(|timing| timing.stage);
        (self.clock.now_ms() - self.start, spent)
    }
}
