//! The bounded priority queue in front of the workers.

use crate::task::ImageTask;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Tasks that wait, highest priority first, then in the order of their ids.
#[derive(Debug)]
pub(crate) struct TaskQueue {
    capacity: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: BinaryHeap<Waiting>,
    closed: bool,
}

#[derive(Debug)]
struct Waiting(ImageTask);

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

impl TaskQueue {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), state: Mutex::default(), changed: Condvar::new() }
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
        state.waiting.push(Waiting(task));
        drop(state);
        self.changed.notify_all();
        Ok(())
    }

    /// Waits for a task; `None` once the queue is closed and empty.
    pub(crate) fn pop(&self) -> Option<ImageTask> {
        let mut state = self.lock();
        loop {
            if let Some(Waiting(task)) = state.waiting.pop() {
                drop(state);
                self.changed.notify_all();
                return Some(task);
            }
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes no more tasks. Those that wait are still handed out.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
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
    use std::sync::Arc;
    use std::time::Duration;

    fn task(id: u64, priority: u8) -> ImageTask {
        ImageTask {
            id: TaskId(id),
            input_path: "a.png".into(),
            output_path: OutputPath::fixed("out/a.png"),
            settings: ImageSettings::default(),
            priority,
        }
    }

    #[test]
    fn higher_priorities_go_first_and_equals_keep_their_order() {
        let queue = TaskQueue::new(10);
        for (id, priority) in [(1, 0), (2, 5), (3, 5), (4, 9)] {
            queue.push(task(id, priority)).unwrap();
        }
        queue.close();
        let order: Vec<u64> = std::iter::from_fn(|| queue.pop()).map(|task| task.id.0).collect();
        assert_eq!(order, [4, 2, 3, 1]);
        assert!(queue.push(task(5, 0)).is_err());
    }

    #[test]
    fn a_full_queue_makes_the_producer_wait() {
        let queue = Arc::new(TaskQueue::new(1));
        queue.push(task(1, 0)).unwrap();
        let producer = std::thread::spawn({
            let queue = Arc::clone(&queue);
            move || queue.push(task(2, 0)).unwrap()
        });
        std::thread::sleep(Duration::from_millis(50));
        assert!(!producer.is_finished());
        assert_eq!(queue.pop().map(|task| task.id.0), Some(1));
        producer.join().unwrap();
        assert_eq!(queue.pop().map(|task| task.id.0), Some(2));
    }
}
