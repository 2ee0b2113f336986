//! What the command can do, a file for each.

mod completions;
mod optimize;

use crate::args::{Args, Command};
use crate::output::Terminal;
use crate::request::{Request, UsageError};

/// Carries the arguments out and returns the exit code.
///
/// # Errors
/// [`UsageError`] when they make no sense; nothing was done then.
pub(crate) fn run(args: Args, terminal: &mut Terminal) -> Result<u8, UsageError> {
    match args.command {
        None => optimize::run(Request::from_args(args.optimize)?, terminal),
        Some(Command::Completions { shell }) => completions::run(shell),
    }
}
