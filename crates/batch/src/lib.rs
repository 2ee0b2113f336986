//! Many image files on one machine: which files, in what order, with how much memory, and where the results go.
//!
//! ```text
//! plan_batch (walk, name, find collisions) → run_batch (queue, admit, optimize, write, report)
//! ```
//!
//! Nothing here looks at pixels; an [`Engine`] does.

mod allocator;
mod batch;
mod cache;
mod clock;
mod engine;
pub mod files;
mod job;
mod journal;
mod look;
mod machine;
mod memory;
mod panics;
mod pool;
mod progress;
mod queue;
mod retry;
mod route;
mod router;
mod sidecar;
mod single;
mod task;

pub use allocator::{Allocator, MemoryUsage, SilentAllocator};
pub use batch::run_batch;
pub use cache::{
    CacheStats, Contents as CacheContents, FileStamp, LastRun, OptimizationCache, default_cache_folder,
};
pub use clock::MonotonicClock;
pub use engine::{CoreEngine, Engine, FileJob, FileRoute};
pub use files::{BatchPlan, Destination, Inputs, OutputPath, PlanError, plan_batch};
pub use journal::Journal;
pub use look::Look;
pub use machine::{
    DEFAULT_MEMORY_PERCENT, SystemMemory, available_cores, default_memory_budget, system_memory, total_memory,
};
pub use memory::{MemoryGate, Reservation};
pub use pool::{PoolOptions, WorkerPool};
pub use progress::{ActiveTask, ProcessingProgress};
pub use retry::RetryPolicy;
pub use route::Bounds;
pub use router::EngineChain;
#[cfg(fuzzing)]
pub use sidecar::fuzz_frames;
pub use sidecar::{
    EncodedDot, FormatUse, Missing as SidecarMissing, OperationUse, SharpEngine, SharpVersions, SidecarUsage,
};
pub use single::optimize_one;
pub use task::{Action, Delivery, ImageTask, SkipReason, TaskId, TaskReport};
