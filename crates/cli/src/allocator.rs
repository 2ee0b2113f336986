//! The command's allocator: jemalloc, where it builds. It gives large blocks back at once, which keeps a batch within
//! its memory, and counts what it holds (docs/decisions/0022-jemalloc.md).

pub(crate) use chosen::ALLOCATOR;

#[cfg(all(unix, not(target_env = "musl")))]
mod chosen {
    use planish_batch::{Allocator, MemoryUsage};
    use tikv_jemalloc_ctl::{Access, AsName, arenas, epoch, stats};
    use tikv_jemallocator::Jemalloc;

    #[global_allocator]
    static GLOBAL: Jemalloc = Jemalloc;

    /// The allocator, for the batch to ask.
    pub(crate) static ALLOCATOR: &dyn Allocator = &Counted;

    #[derive(Debug)]
    struct Counted;

    impl Allocator for Counted {
        fn usage(&self) -> Option<MemoryUsage> {
            // Counters stand still between epochs.
            epoch::advance().ok()?;
            let (allocated, resident) = (stats::allocated::read().ok()?, stats::resident::read().ok()?);
            Some(MemoryUsage { allocated: allocated as u64, resident: resident as u64 })
        }

        fn give_back(&self) {
            for arena in 0..arenas::narenas::read().unwrap_or(0) {
                let key = format!("arena.{arena}.dirty_decay_ms\0");
                let key = key.as_bytes().name();
                // An arena that no thread has used yet knows nothing of decay. To keep nothing means to give back
                // everything now; then it is as before.
                let Ok(before) = Access::<isize>::read(key) else { continue };
                let _ = key.write(0_isize).and_then(|()| key.write(before));
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_is_allocated_is_counted_and_what_is_freed_given_back() {
            let usage = || ALLOCATOR.usage().unwrap();
            let before = usage();
            let block = vec![1_u8; 64 << 20];
            let with_block = usage();
            assert!(with_block.allocated >= before.allocated + (60 << 20), "{before:?} {with_block:?}");
            assert!(with_block.resident >= with_block.allocated);
            drop(block);
            // Many blocks of a size that is kept for the next use.
            drop((0..256).map(|_| vec![1_u8; 256 << 10]).collect::<Vec<_>>());
            ALLOCATOR.give_back();
            let after = usage();
            assert!(after.resident < before.resident + (16 << 20), "{before:?} {after:?}");
        }
    }
}

#[cfg(not(all(unix, not(target_env = "musl"))))]
mod chosen {
    use planish_batch::{Allocator, SilentAllocator};

    /// The system's allocator, which tells nothing.
    pub(crate) static ALLOCATOR: &dyn Allocator = &SilentAllocator;
}
