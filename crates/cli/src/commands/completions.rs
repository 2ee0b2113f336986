//! `planish completions`: what a shell needs to complete the arguments.

use crate::DONE;
use crate::args::Args;
use crate::output::Terminal;
use crate::request::UsageError;
use clap::CommandFactory;
use clap_complete::{Shell, generate};

/// Prints the script.
pub(crate) fn run(shell: Shell) -> Result<u8, UsageError> {
    let mut script = Vec::new();
    generate(shell, &mut Args::command(), "planish", &mut script);
    Terminal::document(String::from_utf8_lossy(&script).trim_end())?;
    Ok(DONE)
}
