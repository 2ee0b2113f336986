//! The `planish` command.
//!
//! Flags are read literally ([`args`]), then turned into one request ([`request`]) that says everything there is to
//! decide; [`commands`] carry it out and [`report`] tells what happened.

mod allocator;
mod args;
mod commands;
mod engines;
mod interrupt;
mod logging;
mod output;
mod progress;
mod recipe;
mod report;
mod request;
mod stats;
mod values;

use clap::Parser;
use output::Terminal;
use request::UsageError;
use std::process::ExitCode;

/// Everything was done; that nothing could be gained is success too.
const DONE: u8 = 0;
/// Some file failed.
const SOME_FAILED: u8 = 1;
/// The arguments make no sense; nothing was done.
const USAGE: u8 = 2;
/// Everything was done, and what was to be checked does not hold.
const CHECK_FAILED: u8 = 3;
/// Stopped by Ctrl-C.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    // clap ends the process itself for --help, --version and wrong flags, the latter with 2.
    let args = args::Args::parse();
    let mut terminal = Terminal::detect();
    ExitCode::from(run(args, &mut terminal).unwrap_or_else(|error| {
        terminal.error(&error.to_string());
        USAGE
    }))
}

fn run(args: args::Args, terminal: &mut Terminal) -> Result<u8, UsageError> {
    let trace = args.optimize.diagnostics.trace.clone().unwrap_or_default();
    let logs = logging::start(&args.optimize.diagnostics)
        .map_err(|error| UsageError::Trace { path: trace.clone(), error })?;
    let code = commands::run(args, terminal)?;
    if let Err(error) = logs.finish() {
        terminal.error(&format!("write failed for {}: {error}", output::display(&trace)));
        return Ok(if code == DONE { SOME_FAILED } else { code });
    }
    Ok(code)
}
