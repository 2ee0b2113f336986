//! Reports come as jobs end; they are told in input order.

use planish_batch::{TaskId, TaskReport};
use std::collections::{BTreeMap, VecDeque};

/// Takes reports as they come and hands them on in input order.
#[derive(Debug, Default)]
pub(crate) struct InOrder {
    expected: VecDeque<TaskId>,
    early: BTreeMap<TaskId, TaskReport>,
}

impl InOrder {
    /// `expected`: the files that will be reported, in input order.
    pub(crate) fn new(expected: impl IntoIterator<Item = TaskId>) -> Self {
        Self { expected: expected.into_iter().collect(), early: BTreeMap::new() }
    }

    /// How many reports are still to be handed on.
    pub(crate) fn pending(&self) -> usize {
        self.expected.len()
    }

    pub(crate) fn add(&mut self, report: TaskReport) {
        self.early.insert(report.id, report);
    }

    pub(crate) fn next(&mut self) -> Option<TaskReport> {
        let report = self.early.remove(self.expected.front()?)?;
        self.expected.pop_front();
        Some(report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use planish::OptimizationError;

    #[test]
    fn reports_are_handed_on_in_input_order() {
        let mut order = InOrder::new([1, 3, 4].map(TaskId));
        let mut taken = Vec::new();
        for id in [4, 1, 3] {
            let outcome = Err(OptimizationError::UnknownFormat { found: "text".into() });
            order.add(TaskReport { id: TaskId(id), input_path: format!("{id}.png").into(), outcome });
            taken.push(std::iter::from_fn(|| order.next()).map(|report| report.id.0).collect::<Vec<_>>());
        }
        assert_eq!(taken, [vec![], vec![1], vec![3, 4]]);
        assert_eq!(order.pending(), 0);
    }
}
