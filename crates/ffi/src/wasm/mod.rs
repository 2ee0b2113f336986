//! The C runtime for `wasm32-unknown-unknown`, which has none: what libwebp and libaom ask of a C library.
//!
//! The headers are in `wasm/include`, the few parts that must be C or assembly beside them. `memcpy` and its kin come
//! from Rust's compiler-builtins.

mod math;
mod memory;
mod pthread;
mod stdlib;
mod string;
