//! The real binary on real files. One test program, so that it is linked once.
#![allow(
    clippy::unwrap_used,
    clippy::type_complexity,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test that cannot go on fails, in its helpers too; its files are named by itself"
)]

#[path = "../support/mod.rs"]
mod support;

mod audit;
mod cache;
mod check;
mod compare;
mod config;
mod corpus;
mod doctor;
mod engines;
mod errors;
mod exit_codes;
mod failures;
mod faults;
mod files;
mod goals;
mod help;
mod inspect;
mod interrupt;
mod memory;
mod naming;
mod outputs;
mod pixels;
mod progress;
mod reports;
mod resume;
mod settings;
mod sharp;
mod sidecar_faults;
mod squoosh;
mod stats;
mod stdio;
mod trace;
mod watch;
