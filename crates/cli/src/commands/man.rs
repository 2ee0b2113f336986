//! `planish man`: manual pages, made from the definitions of the arguments.

use crate::DONE;
use crate::args::Args;
use crate::output::{Terminal, display};
use crate::request::UsageError;
use clap::CommandFactory;
use clap_mangen::Man;
use std::fs;
use std::path::Path;

/// Prints the page of the command, or writes those of all commands into a folder.
///
/// # Errors
/// [`UsageError`] when they cannot be written.
pub(crate) fn run(folder: Option<&Path>) -> Result<u8, UsageError> {
    // Pages name commands as they are called: `planish-completions`.
    let mut command = Args::command();
    command.build();
    let Some(folder) = folder else {
        let mut page = Vec::new();
        Man::new(command).render(&mut page)?;
        Terminal::document(String::from_utf8_lossy(&page).trim_end())?;
        return Ok(DONE);
    };
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Args::command(), folder))
        .map_err(|error| UsageError::Folder { path: folder.to_owned(), error })?;
    Terminal::document(&format!("manual pages written to {}", display(folder)))?;
    Ok(DONE)
}
