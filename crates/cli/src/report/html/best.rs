//! The few of many that rank first.

use std::collections::BTreeMap;

/// Keeps the `limit` entries with the lowest ranks; of equal ranks those that came first by number.
#[derive(Debug)]
pub(crate) struct Best<T> {
    limit: usize,
    entries: BTreeMap<(Rank, u64), T>,
}

/// A number to rank by, in its total order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rank(pub(crate) f64);

impl Eq for Rank {}

impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rank {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl<T> Best<T> {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, entries: BTreeMap::new() }
    }

    /// Whether an entry would be kept now.
    pub(crate) fn wants(&self, rank: Rank, number: u64) -> bool {
        self.entries.len() < self.limit
            || self.entries.last_key_value().is_some_and(|(last, _)| (rank, number) < *last)
    }

    /// Keeps an entry if it ranks high enough.
    pub(crate) fn add(&mut self, rank: Rank, number: u64, entry: T) {
        if self.wants(rank, number) {
            self.entries.insert((rank, number), entry);
            if self.entries.len() > self.limit {
                self.entries.pop_last();
            }
        }
    }

    /// The entries, first rank first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.entries.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_stay_and_equals_go_by_number_whatever_order_they_come_in() {
        let mut best = Best::new(3);
        for (rank, number) in [(5.0, 9), (2.0, 4), (5.0, 1), (7.0, 2), (2.0, 3), (9.0, 0)] {
            best.add(Rank(rank), number, number);
        }
        assert_eq!(best.iter().copied().collect::<Vec<_>>(), [3, 4, 1]);
        assert!(!best.wants(Rank(5.0), 2) && best.wants(Rank(4.0), 99));
    }
}
