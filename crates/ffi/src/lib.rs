//! Safe wrappers round the C codecs planish uses, and the C runtime they need in WebAssembly.
//!
//! This is the one place of the workspace where `unsafe` is allowed: every other crate denies it. The rules here:
//! the public interface is entirely safe (no input, however malformed, may cause undefined behaviour), every
//! `unsafe` block says why it is sound, and what a C library hands out is copied or freed before a function returns.

pub mod aom;
mod error;
pub mod jpeg;
#[cfg(any(test, target_arch = "wasm32"))]
mod locks;
mod vectors;
#[cfg(target_arch = "wasm32")]
mod wasm;
pub mod webp;
pub mod webp_animation;

pub use error::FfiError;
pub use vectors::vectorised;
