//! Trying again: transient errors after a growing delay, permanent ones never.

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use planish::{CancelFlag, OptimizationError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a thread that waits goes without looking whether it is cancelled.
const CANCEL_CHECK: Duration = Duration::from_millis(20);

/// How often and after which delays a transient error is tried again. Delays double and are lengthened by a random
/// part of themselves, so that jobs that failed together do not come back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all; 1 means that nothing is tried again. Default: 4.
    pub max_attempts: u32,
    /// The delay before the second attempt. Default: 100 ms.
    pub first_delay: Duration,
    /// No delay is longer than twice this. Default: 2 s.
    pub max_delay: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { max_attempts: 4, first_delay: Duration::from_millis(100), max_delay: Duration::from_secs(2) }
    }
}

/// The attempts at one task.
#[derive(Debug)]
pub(crate) struct Tries {
    attempt: u32,
    delays: ExponentialBackoff,
}

impl Tries {
    /// The first attempt.
    pub(crate) fn new(policy: &RetryPolicy) -> Self {
        let delays = ExponentialBuilder::default()
            .with_min_delay(policy.first_delay)
            .with_max_delay(policy.max_delay)
            .with_max_times(policy.max_attempts.saturating_sub(1) as usize)
            .with_jitter()
            .build();
        Self { attempt: 1, delays }
    }

    /// Which attempt this is, from 1.
    pub(crate) const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// How long to wait before the next attempt; `None` when this error will not go away or was waited for enough.
    pub(crate) fn again_after(&mut self, error: &OptimizationError) -> Option<Duration> {
        if !error.is_transient() {
            return None;
        }
        let delay = self.delays.next()?;
        self.attempt += 1;
        Some(delay)
    }

    /// Tries an operation on this thread until it succeeds, fails for good or is cancelled.
    ///
    /// # Errors
    /// The operation's last error.
    pub(crate) fn until_done<T>(
        &mut self,
        cancel: &CancelFlag,
        mut operation: impl FnMut() -> Result<T, OptimizationError>,
    ) -> Result<T, OptimizationError> {
        loop {
            let error = match operation() {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            let Some(delay) = self.again_after(&error) else { return Err(error) };
            if !sleep(delay, cancel) {
                return Err(OptimizationError::Cancelled);
            }
        }
    }
}

/// Sleeps; `false` when cancelled meanwhile.
fn sleep(delay: Duration, cancel: &CancelFlag) -> bool {
    let due = Instant::now() + delay;
    loop {
        if cancel.is_cancelled() {
            return false;
        }
        let left = due.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        thread::sleep(left.min(CANCEL_CHECK));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy() -> OptimizationError {
        OptimizationError::Io {
            operation: "write",
            path: "a".into(),
            message: "busy".into(),
            transient: true,
        }
    }

    #[test]
    fn delays_double_with_jitter_and_end() {
        let policy = RetryPolicy { max_attempts: 5, ..RetryPolicy::default() };
        let mut tries = Tries::new(&policy);
        for (attempt, shortest) in [(2, 100), (3, 200), (4, 400), (5, 800)] {
            let delay = tries.again_after(&busy()).unwrap().as_millis();
            assert!((shortest..=2 * shortest).contains(&delay), "{attempt}: {delay} ms");
            assert_eq!(tries.attempt(), attempt);
        }
        assert_eq!(tries.again_after(&busy()), None);
        assert_eq!(tries.attempt(), 5);
    }

    #[test]
    fn permanent_errors_are_not_tried_again() {
        let mut tries = Tries::new(&RetryPolicy::default());
        assert_eq!(tries.again_after(&OptimizationError::UnknownFormat { found: "text".into() }), None);
        assert_eq!(tries.again_after(&OptimizationError::Cancelled), None);
        assert_eq!(tries.attempt(), 1);
    }

    #[test]
    fn an_operation_is_tried_until_it_succeeds_and_given_up_when_cancelled() {
        let policy = RetryPolicy { first_delay: Duration::from_millis(1), ..RetryPolicy::default() };
        let mut failures = 2;
        let mut tries = Tries::new(&policy);
        let done = tries.until_done(&CancelFlag::default(), || {
            if failures == 0 {
                return Ok(7);
            }
            failures -= 1;
            Err(busy())
        });
        assert_eq!((done, tries.attempt()), (Ok(7), 3));
        let cancel = CancelFlag::default();
        cancel.cancel();
        let given_up = Tries::new(&policy).until_done::<()>(&cancel, || Err(busy()));
        assert_eq!(given_up, Err(OptimizationError::Cancelled));
    }
}
