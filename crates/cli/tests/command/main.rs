//! The real binary on real files. One test program, so that it is linked once.
#![allow(
    clippy::unwrap_used,
    clippy::type_complexity,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test that cannot go on fails, in its helpers too; its files are named by itself"
)]

#[path = "../support/mod.rs"]
mod support;

mod cache;
mod check;
mod config;
mod corpus;
mod exit_codes;
mod failures;
mod goals;
mod help;
mod interrupt;
mod outputs;
mod pixels;
mod progress;
mod reports;
mod resume;
mod settings;
mod stdio;
mod trace;
