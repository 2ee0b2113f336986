//! Accounts that were used or made in this run, so that copies of a file do not go to the disk for them.

use super::entry::Entry;
use super::key::CacheKey;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// An account is a few kilobytes.
const MOST: usize = 1024;

/// The newest entries, without their outputs' bytes.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    entries: HashMap<CacheKey, Entry>,
    order: VecDeque<CacheKey>,
}

impl Recent {
    pub(super) fn find(&self, key: CacheKey) -> Option<Entry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entries.get(&key).cloned()
    }

    pub(super) fn keep(&self, entry: &Entry) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.entries.insert(entry.key, entry.clone()).is_none() {
            state.order.push_back(entry.key);
        }
        if state.order.len() > MOST
            && let Some(oldest) = state.order.pop_front()
        {
            state.entries.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::ContentHash;
    use crate::pool::tests::halved;
    use planish::Goal;

    #[test]
    fn the_newest_are_kept() {
        let recent = Recent::default();
        let result = halved(b"some image", Goal::default()).result;
        for index in 0..MOST + 10 {
            let (key, output) = (CacheKey::test(&index.to_string()), ContentHash::of(b"some "));
            recent.keep(&Entry { key, output, result: result.clone() });
        }
        assert!(recent.find(CacheKey::test("9")).is_none());
        assert!(recent.find(CacheKey::test("10")).is_some());
    }
}
