//! Where the time of all jobs goes.

use super::job::{STAGES, index_of};
use planish::{Stage, Timing};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Time per stage, summed over threads, of finished and failed jobs and those in flight.
#[derive(Debug, Default)]
pub(super) struct StageTimes([AtomicU64; STAGES.len()]);

impl StageTimes {
    pub(super) fn add(&self, stage: Stage, time: Duration) {
        self.0[index_of(stage)].fetch_add(time.as_nanos() as u64, Ordering::Relaxed);
    }

    /// Stages that took any time, in pipeline order.
    pub(super) fn timings(&self) -> Vec<Timing> {
        let spent = STAGES.iter().zip(&self.0).map(|(stage, nanos)| (*stage, nanos.load(Ordering::Relaxed)));
        spent
            .filter(|(_, nanos)| *nanos > 0)
            .map(|(stage, nanos)| Timing { stage, ms: nanos as f64 / 1.0e6 })
            .collect()
    }
}
