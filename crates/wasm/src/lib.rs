//! The core, exported to JavaScript. No image logic.
//!
//! The same crate is built twice. With the feature `threads`, memory is shared: a call spawns a job on the rayon
//! pool and its promise is settled when the job is done, so the worker that called it never waits. Without, the work
//! is done before the call returns, and parallelism comes from several workers with an instance each.
#![cfg(target_arch = "wasm32")]

mod clock;
mod failure;
pub mod job;
pub mod look;
pub mod optimize;
pub mod squoosh;
mod task;

use wasm_bindgen::prelude::wasm_bindgen;

#[cfg(feature = "threads")]
pub use wasm_bindgen_rayon::init_thread_pool;

/// The version of planish.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").into()
}

/// How many threads share the work: 1 without the feature `threads`.
#[wasm_bindgen]
pub fn threads() -> usize {
    if cfg!(feature = "threads") { rayon::current_num_threads() } else { 1 }
}
