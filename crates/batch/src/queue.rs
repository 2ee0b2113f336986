//! The bounded priority queue in front of the workers.

use crate::retry::{RetryPolicy, Tries};
use crate::task::ImageTask;
use planish::CancelFlag;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Cancelling wakes nobody: a thread that waits for a delay looks this often.
const CANCEL_CHECK: Duration = Duration::from_millis(50);

/// Tasks that wait, highest priority first, then in the order of their ids; and tasks that failed and wait for their
/// next attempt. The queue ends when it is closed and every task that was taken is done with.
#[derive(Debug)]
pub(crate) struct TaskQueue {
    capacity: usize,
    retry: RetryPolicy,
    cancel: CancelFlag,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: BinaryHeap<Waiting>,
    delayed: Vec<(Instant, Waiting)>,
    /// Tasks that were taken and may come back.
    taken: usize,
    closed: bool,
    abandoned: bool,
}

#[derive(Debug)]
struct Waiting(ImageTask, Tries);

/// A task in the hands of a worker.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) task: ImageTask,
    /// The attempts at it so far, this one included.
    pub(crate) tries: Tries,
    claim: Claim,
}

/// Keeps the queue open while its task may come back.
#[derive(Debug)]
struct Claim(Arc<TaskQueue>);

impl Drop for Claim {
    fn drop(&mut self) {
        self.0.lock().taken -= 1;
        self.0.changed.notify_all();
    }
}

impl Job {
    /// Queues the task once more, after a delay.
    pub(crate) fn retry_after(self, delay: Duration) {
        let Self { task, tries, claim } = self;
        let mut state = claim.0.lock();
        if !state.abandoned {
            state.delayed.push((Instant::now() + delay, Waiting(task, tries)));
        }
        drop(state);
    }
}

impl Waiting {
    const fn rank(&self) -> (u8, Reverse<u64>) {
        (self.0.priority, Reverse(self.0.id.0))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl State {
    /// Moves the tasks whose delay is over to those that wait, all of them when `at_once`; returns the time until the
    /// next one.
    fn release_delayed(&mut self, at_once: bool) -> Option<Duration> {
        let now = Instant::now();
        for index in (0..self.delayed.len()).rev() {
            if at_once || self.delayed[index].0 <= now {
                self.waiting.push(self.delayed.swap_remove(index).1);
            }
        }
        self.delayed.iter().map(|(due, _)| due.saturating_duration_since(now)).min()
    }
}

impl TaskQueue {
    pub(crate) fn new(capacity: usize, retry: RetryPolicy, cancel: CancelFlag) -> Arc<Self> {
        let state = Mutex::default();
        Arc::new(Self { capacity: capacity.max(1), retry, cancel, state, changed: Condvar::new() })
    }

    /// Waits for room and adds the task; gives it back when the queue is closed.
    pub(crate) fn push(&self, task: ImageTask) -> Result<(), Box<ImageTask>> {
        let mut state = self.lock();
        while !state.closed && state.waiting.len() >= self.capacity {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.closed {
            return Err(Box::new(task));
        }
        state.waiting.push(Waiting(task, Tries::new(&self.retry)));
        drop(state);
        self.changed.notify_all();
        Ok(())
    }

    /// Waits for a task; `None` once the queue is closed and empty and no task can come back. Delays end when the run
    /// is cancelled.
    pub(crate) fn pop(self: &Arc<Self>) -> Option<Job> {
        let mut state = self.lock();
        loop {
            let next_delayed = state.release_delayed(self.cancel.is_cancelled());
            if let Some(Waiting(task, tries)) = state.waiting.pop() {
                state.taken += 1;
                drop(state);
                self.changed.notify_all();
                return Some(Job { task, tries, claim: Claim(Arc::clone(self)) });
            }
            if let Some(delay) = next_delayed {
                let wait = self.changed.wait_timeout(state, delay.min(CANCEL_CHECK));
                state = wait.unwrap_or_else(PoisonError::into_inner).0;
            } else if state.closed && state.taken == 0 {
                return None;
            } else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// Takes no more tasks. Those that wait are still handed out.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Takes no more tasks and forgets those that wait.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        (state.closed, state.abandoned) = (true, true);
        state.waiting.clear();
        state.delayed.clear();
        drop(state);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::OutputPath;
    use crate::task::TaskId;
    use planish::ImageSettings;
    use planish::OptimizationError;

    fn task(id: u64, priority: u8) -> ImageTask {
        ImageTask {
            id: TaskId(id),
            input_path: "a.png".into(),
            output_path: OutputPath::fixed("out/a.png"),
            settings: ImageSettings::default(),
            priority,
        }
    }

    fn queue(capacity: usize) -> Arc<TaskQueue> {
        TaskQueue::new(capacity, RetryPolicy::default(), CancelFlag::default())
    }

    #[test]
    fn higher_priorities_go_first_and_equals_keep_their_order() {
        let queue = queue(10);
        for (id, priority) in [(1, 0), (2, 5), (3, 5), (4, 9)] {
            queue.push(task(id, priority)).unwrap();
        }
        queue.close();
        let order: Vec<u64> = std::iter::from_fn(|| queue.pop()).map(|job| job.task.id.0).collect();
        assert_eq!(order, [4, 2, 3, 1]);
        assert!(queue.push(task(5, 0)).is_err());
    }

    #[test]
    fn a_full_queue_makes_the_producer_wait() {
        let queue = queue(1);
        queue.push(task(1, 0)).unwrap();
        let producer = std::thread::spawn({
            let queue = Arc::clone(&queue);
            move || queue.push(task(2, 0)).unwrap()
        });
        std::thread::sleep(Duration::from_millis(50));
        assert!(!producer.is_finished());
        assert_eq!(queue.pop().map(|job| job.task.id.0), Some(1));
        producer.join().unwrap();
        assert_eq!(queue.pop().map(|job| job.task.id.0), Some(2));
    }

    #[test]
    fn a_task_that_is_tried_again_keeps_the_queue_open_and_counts_its_attempts() {
        let policy = RetryPolicy { first_delay: Duration::from_millis(1), ..RetryPolicy::default() };
        let queue = TaskQueue::new(1, policy, CancelFlag::default());
        queue.push(task(1, 0)).unwrap();
        queue.close();
        let mut job = queue.pop().unwrap();
        let delay = job.tries.again_after(&OptimizationError::TimedOut).unwrap();
        job.retry_after(delay);
        let job = queue.pop().unwrap();
        assert_eq!((job.task.id.0, job.tries.attempt()), (1, 2));
        drop(job);
        assert!(queue.pop().is_none());
    }

    #[test]
    fn cancelling_ends_the_delays() {
        let cancel = CancelFlag::default();
        let queue = TaskQueue::new(1, RetryPolicy::default(), cancel.clone());
        queue.push(task(1, 0)).unwrap();
        queue.close();
        queue.pop().unwrap().retry_after(Duration::from_hours(1));
        let waiting = std::thread::spawn({
            let queue = Arc::clone(&queue);
            move || queue.pop().map(|job| job.task.id.0)
        });
        cancel.cancel();
        assert_eq!(waiting.join().unwrap(), Some(1));
    }
}
