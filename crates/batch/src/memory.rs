//! Admission by estimated memory: every job reserves its peak before it starts.

use crate::allocator::{Allocator, MemoryUsage, SilentAllocator};
use planish::CancelFlag;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// An allocator that keeps less than this when all is done is left alone.
const WORTH_GIVING_BACK: u64 = 32 << 20;

/// Hands out a fixed number of bytes. A job whose estimate alone exceeds the budget is let in when nothing else
/// is in flight, and nothing else is let in beside it.
#[derive(Debug)]
pub struct MemoryGate {
    budget: u64,
    allocator: &'static dyn Allocator,
    state: Mutex<State>,
    released: Condvar,
}

#[derive(Debug, Default)]
struct State {
    used: u64,
    holders: usize,
}

/// Bytes that belong to one job until this is dropped.
#[derive(Debug)]
pub struct Reservation {
    gate: Arc<MemoryGate>,
    bytes: u64,
}

impl MemoryGate {
    /// A gate that hands out `budget` bytes.
    pub fn new(budget: u64) -> Arc<Self> {
        Self::over(budget, &SilentAllocator)
    }

    /// A gate over an allocator, which is asked to give back what it keeps whenever no job is left.
    pub fn over(budget: u64, allocator: &'static dyn Allocator) -> Arc<Self> {
        Arc::new(Self { budget, allocator, state: Mutex::default(), released: Condvar::new() })
    }

    /// What the allocator holds now, if it counts.
    pub fn usage(&self) -> Option<MemoryUsage> {
        self.allocator.usage()
    }

    /// Waits until `bytes` are free and takes them; `None` when cancelled meanwhile.
    pub fn reserve(self: &Arc<Self>, bytes: u64, cancel: &CancelFlag) -> Option<Reservation> {
        let mut reservation = Reservation { gate: Arc::clone(self), bytes: 0 };
        self.lock().holders += 1;
        reservation.grow_to(bytes, cancel).then_some(reservation)
    }

    /// Bytes handed out now.
    pub fn used(&self) -> u64 {
        self.lock().used
    }

    /// Has the allocator give back what it keeps, where that is worth a walk through its lists.
    fn give_back(&self) {
        let kept = self.usage().map_or(0, |usage| usage.resident.saturating_sub(usage.allocated));
        if kept >= WORTH_GIVING_BACK {
            self.allocator.give_back();
        }
    }

    /// What earlier jobs left with the allocator must not stand beside what this one takes: the next job may run on
    /// another thread, which has lists of its own.
    fn make_room(&self, extra: u64) {
        if self.usage().is_some_and(|usage| usage.resident.saturating_add(extra) > self.budget) {
            self.give_back();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is two counters that are changed together without anything that could panic in between.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reservation {
    /// Waits until the reservation can hold `bytes` in all; `false` when cancelled meanwhile. Only one thread may
    /// wait at a gate while it holds a reservation there: two could wait for each other.
    pub fn grow_to(&mut self, bytes: u64, cancel: &CancelFlag) -> bool {
        let extra = bytes.saturating_sub(self.bytes);
        let mut state = self.gate.lock();
        while state.used.saturating_add(extra) > self.gate.budget && state.holders > 1 {
            if cancel.is_cancelled() {
                return false;
            }
            // Woken by every release; the timeout is for cancellation, which wakes nobody.
            let wait = self.gate.released.wait_timeout(state, Duration::from_millis(50));
            state = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.used = state.used.saturating_add(extra);
        drop(state);
        self.bytes += extra;
        self.gate.make_room(extra);
        true
    }

    /// Gives back all but `bytes`.
    pub fn shrink_to(&mut self, bytes: u64) {
        let surplus = self.bytes.saturating_sub(bytes);
        self.gate.lock().used -= surplus;
        self.bytes -= surplus;
        self.gate.released.notify_all();
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut state = self.gate.lock();
        state.used -= self.bytes;
        state.holders -= 1;
        let idle = state.holders == 0;
        drop(state);
        self.gate.released.notify_all();
        if idle {
            self.gate.give_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::mpsc;
    use std::thread;

    #[test]
    fn a_job_waits_until_what_it_needs_is_free() {
        let gate = MemoryGate::new(100);
        let cancel = CancelFlag::default();
        let first = gate.reserve(60, &cancel).unwrap();
        let (sender, receiver) = mpsc::channel();
        let waiting = thread::spawn({
            let gate = Arc::clone(&gate);
            move || {
                let second = gate.reserve(60, &CancelFlag::default());
                sender.send(()).unwrap();
                drop(second);
            }
        });
        assert!(receiver.recv_timeout(Duration::from_millis(100)).is_err());
        drop(first);
        receiver.recv_timeout(Duration::from_secs(5)).unwrap();
        waiting.join().unwrap();
        assert_eq!(gate.used(), 0);
    }

    #[test]
    fn a_job_larger_than_the_budget_runs_alone() {
        let gate = MemoryGate::new(100);
        let cancel = CancelFlag::default();
        let huge = gate.reserve(1_000, &cancel).unwrap();
        cancel.cancel();
        assert!(gate.reserve(1, &cancel).is_none());
        drop(huge);
        assert!(gate.reserve(1, &CancelFlag::default()).is_some());
    }

    /// Keeps a lot, and counts how often it was asked to give it back.
    #[derive(Debug)]
    struct Hoarder(AtomicU64);

    impl Allocator for Hoarder {
        fn usage(&self) -> Option<MemoryUsage> {
            Some(MemoryUsage { allocated: 1, resident: 1 + WORTH_GIVING_BACK })
        }

        fn give_back(&self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn the_allocator_gives_back_when_the_last_job_is_done_and_not_before() {
        static HOARDER: Hoarder = Hoarder(AtomicU64::new(0));
        let gate = MemoryGate::over(WORTH_GIVING_BACK * 2, &HOARDER);
        let (first, second) =
            (gate.reserve(10, &CancelFlag::default()), gate.reserve(10, &CancelFlag::default()));
        drop(first);
        assert_eq!(HOARDER.0.load(Ordering::Relaxed), 0);
        drop(second);
        assert_eq!(HOARDER.0.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn the_allocator_gives_back_what_would_not_fit_beside_a_new_job() {
        static HOARDER: Hoarder = Hoarder(AtomicU64::new(0));
        let gate = MemoryGate::over(WORTH_GIVING_BACK * 2, &HOARDER);
        let small = gate.reserve(10, &CancelFlag::default());
        assert_eq!(HOARDER.0.load(Ordering::Relaxed), 0, "both fit");
        let large = gate.reserve(WORTH_GIVING_BACK, &CancelFlag::default());
        assert_eq!(HOARDER.0.load(Ordering::Relaxed), 1);
        drop((small, large));
    }

    #[test]
    fn giving_back_early_lets_the_next_one_in() {
        let gate = MemoryGate::new(100);
        let cancel = CancelFlag::default();
        let mut first = gate.reserve(10, &cancel).unwrap();
        assert!(first.grow_to(90, &cancel));
        assert_eq!(gate.used(), 90);
        first.shrink_to(20);
        let second = gate.reserve(80, &cancel).unwrap();
        assert_eq!(gate.used(), 100);
        drop((first, second));
        assert_eq!(gate.used(), 0);
    }
}
