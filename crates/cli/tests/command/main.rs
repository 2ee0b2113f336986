//! The real binary on real files. One test program, so that it is linked once.

#[path = "../support/mod.rs"]
mod support;

mod corpus;
mod exit_codes;
mod failures;
mod goals;
mod interrupt;
mod outputs;
mod pixels;
mod reports;
mod settings;
