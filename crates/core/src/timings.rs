//! Where the time goes, per stage, summed over threads.

use crate::context::{Clock, OptimizeContext, ProgressSink, Stage};
use crate::result::Timing;
use std::sync::Mutex;

/// Collects times. Shared by the threads of a job.
pub(crate) struct Timings<'a> {
    clock: &'a dyn Clock,
    sink: &'a dyn ProgressSink,
    start: f64,
    spent: Mutex<Vec<Timing>>,
}

impl<'a> Timings<'a> {
    /// Starts now.
    pub(crate) fn start(context: &OptimizeContext<'a>) -> Self {
        let OptimizeContext { clock, progress, .. } = *context;
        Self { clock, sink: progress, start: clock.now_ms(), spent: Mutex::new(Vec::new()) }
    }

    /// When the job started, by the clock.
    pub(crate) const fn started_at(&self) -> f64 {
        self.start
    }

    /// Runs a piece of work, books its time on a stage, and tells the sink when it begins and ends.
    pub(crate) fn time<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let start = self.clock.now_ms();
        self.sink.stage_began(stage);
        let running = Running { sink: self.sink, stage };
        let result = work();
        drop(running);
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

/// Tells the sink that the work has ended, after a panic too.
struct Running<'a> {
    sink: &'a dyn ProgressSink,
    stage: Stage,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.sink.stage_ended(self.stage);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::{MockClock, MockProgressSink};
    use mockall::Sequence;
    use mockall::predicate::eq;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn every_stage_that_began_ends_after_a_panic_too() {
        let mut sink = MockProgressSink::new();
        let mut order = Sequence::new();
        let (began, ended) = (true, false);
        for (what, stage) in [
            (began, Stage::Encode),
            (began, Stage::Measure),
            (ended, Stage::Measure),
            (ended, Stage::Encode),
            (began, Stage::Verify),
            (ended, Stage::Verify),
        ] {
            if what == began {
                let told = sink.expect_stage_began().with(eq(stage)).times(1);
                told.in_sequence(&mut order).return_const(());
            } else {
                let told = sink.expect_stage_ended().with(eq(stage)).times(1);
                told.in_sequence(&mut order).return_const(());
            }
        }
        let context = OptimizeContext { progress: &sink, ..OptimizeContext::default() };
        let timings = Timings::start(&context);
        timings.time(Stage::Encode, || timings.time(Stage::Measure, || ()));
        let panic = || timings.time(Stage::Verify, || panic!("on purpose"));
        assert!(catch_unwind(AssertUnwindSafe(panic)).is_err());
    }

    #[test]
    fn times_are_differences_of_the_clock_summed_by_stage_in_pipeline_order() {
        let mut clock = MockClock::new();
        let mut order = Sequence::new();
        // The start, each piece of work from and to, the end.
        for now in [1000.0, 1001.0, 1003.0, 1010.0, 1014.0, 1020.0, 1021.0, 1050.0] {
            clock.expect_now_ms().times(1).in_sequence(&mut order).return_const(now);
        }
        let context = OptimizeContext { clock: &clock, ..OptimizeContext::default() };
        let timings = Timings::start(&context);
        for stage in [Stage::Encode, Stage::Decode, Stage::Encode] {
            timings.time(stage, || ());
        }
        let (elapsed, spent) = timings.finish();
        let expected = [Timing { stage: Stage::Decode, ms: 4.0 }, Timing { stage: Stage::Encode, ms: 3.0 }];
        assert_eq!((elapsed, spent.as_slice()), (50.0, &expected[..]));
    }
}
