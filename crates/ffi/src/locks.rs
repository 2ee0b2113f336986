//! What C waits with, over what Rust waits with: both work where WebAssembly has threads. Where it has none, nothing ever
//! waits.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A mutex as C has them. It locks and unlocks in separate calls, and so the state is kept apart from the guard.
#[derive(Default)]
pub(crate) struct Lock {
    held: Mutex<bool>,
    freed: Condvar,
}

impl Lock {
    pub(crate) fn lock(&self) {
        let mut held = guard(&self.held);
        while *held {
            held = self.freed.wait(held).unwrap_or_else(PoisonError::into_inner);
        }
        *held = true;
    }

    pub(crate) fn unlock(&self) {
        *guard(&self.held) = false;
        self.freed.notify_one();
    }
}

/// A condition variable as C has them: counts how often it was signalled.
#[derive(Default)]
pub(crate) struct Signal {
    count: Mutex<u64>,
    raised: Condvar,
}

impl Signal {
    /// May return without a signal, as C allows.
    pub(crate) fn wait(&self, lock: &Lock) {
        let mut count = guard(&self.count);
        // Only now: a signal between the two is seen.
        lock.unlock();
        let before = *count;
        while *count == before {
            count = self.raised.wait(count).unwrap_or_else(PoisonError::into_inner);
        }
        drop(count);
        lock.lock();
    }

    /// Wakes all who wait, for one too: which of them goes on is theirs to find out.
    pub(crate) fn raise(&self) {
        *guard(&self.count) += 1;
        self.raised.notify_all();
    }
}

/// Nothing panics while it holds one.
fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;

    #[test]
    fn one_at_a_time_holds_a_lock() {
        let (lock, number) = (Lock::default(), AtomicU32::new(0));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..10_000 {
                        lock.lock();
                        // In two steps, between which another thread would get in if it could.
                        let before = number.load(Ordering::Relaxed);
                        number.store(before + 1, Ordering::Relaxed);
                        lock.unlock();
                    }
                });
            }
        });
        assert_eq!(number.into_inner(), 40_000);
    }

    #[test]
    fn each_waits_for_the_one_before_as_rows_do() {
        const STEPS: u32 = 300;
        let (lock, signal) = (Lock::default(), Signal::default());
        let done: Vec<AtomicU32> = (0..5).map(|_| AtomicU32::new(0)).collect();
        thread::scope(|scope| {
            for row in 0..done.len() {
                let (lock, signal, done) = (&lock, &signal, &done);
                scope.spawn(move || {
                    for step in 0..STEPS {
                        if row > 0 {
                            lock.lock();
                            while done[row - 1].load(Ordering::Relaxed) <= step {
                                signal.wait(lock);
                            }
                            lock.unlock();
                        }
                        lock.lock();
                        done[row].store(step + 1, Ordering::Relaxed);
                        signal.raise();
                        lock.unlock();
                    }
                });
            }
        });
        assert!(done.iter().all(|steps| steps.load(Ordering::Relaxed) == STEPS));
    }
}
