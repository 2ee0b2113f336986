//! What the process's allocator tells, whichever it is: the command brings its own.

use serde::Serialize;
use std::fmt;

/// What an allocator holds, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemoryUsage {
    /// In use by the program.
    pub allocated: u64,
    /// In physical memory: in use, or kept for the next use.
    pub resident: u64,
}

/// An allocator that can be asked.
pub trait Allocator: Send + Sync + fmt::Debug {
    /// What it holds now; `None` when it does not count.
    fn usage(&self) -> Option<MemoryUsage>;

    /// Gives back to the system what it keeps for the next use.
    fn give_back(&self);
}

/// An allocator that tells nothing and gives back what it wants when it wants.
#[derive(Debug, Clone, Copy, Default)]
pub struct SilentAllocator;

impl Allocator for SilentAllocator {
    fn usage(&self) -> Option<MemoryUsage> {
        None
    }

    fn give_back(&self) {}
}
