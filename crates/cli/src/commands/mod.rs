//! What the command can do, a file for each.

mod cache;
mod compare;
mod completions;
mod doctor;
mod dry_run;
mod inspect;
mod journal;
mod man;
mod optimize;
mod pipe;
mod watch;

use crate::args::{Args, Command};
use crate::output::Terminal;
use crate::request::{Mode, Request, UsageError};

/// Carries the arguments out and returns the exit code.
///
/// # Errors
/// [`UsageError`] when they make no sense; nothing was done then.
pub(crate) fn run(args: Args, terminal: &mut Terminal) -> Result<u8, UsageError> {
    match args.command {
        None => {
            let request = Request::from_args(args.optimize)?;
            match request.mode {
                Mode::DryRun => dry_run::run(&request, terminal),
                _ if request.is_pipe() => pipe::run(&request, terminal),
                Mode::Watch => watch::run(&request, terminal),
                _ => optimize::run(&request, terminal),
            }
        }
        Some(Command::Audit(args)) => optimize::run(&Request::audit(*args)?, terminal),
        Some(Command::Compare(args)) => compare::run(&args, terminal),
        Some(Command::Inspect(args)) => inspect::run(&args, terminal),
        Some(Command::Doctor { json }) => doctor::run(json, terminal),
        Some(Command::Cache { command }) => cache::run(&command, terminal),
        Some(Command::Completions { shell }) => completions::run(shell),
        Some(Command::Man { dir }) => man::run(dir.as_deref()),
    }
}
