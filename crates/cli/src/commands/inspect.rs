//! `planish inspect`: what files are, and what would be tried on them.

use crate::args::InspectArgs;
use crate::output::{BAD, BOLD, DIM, Terminal, WARNING, bytes, display, escaped};
use crate::report::path::InputName;
use crate::report::{describe, error_text, json};
use crate::request::{UsageError, resolve_settings};
use crate::{DONE, SOME_FAILED};
use planish::{Inspection, OptimizationError, OptimizeContext};
use planish_batch::files::read_input;
use serde::Serialize;
use std::path::Path;

/// The JSON document.
#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    header: json::Header,
    files: Vec<FileFacts>,
    errors: Vec<json::FileError>,
}

/// One file.
#[derive(Serialize)]
pub(crate) struct FileFacts {
    #[serde(flatten)]
    pub(crate) name: InputName,
    #[serde(flatten)]
    pub(crate) facts: Inspection,
}

/// Tells about each file and returns the exit code.
///
/// # Errors
/// [`UsageError`] when the settings make no sense.
pub(crate) fn run(args: &InspectArgs, terminal: &mut Terminal) -> Result<u8, UsageError> {
    let settings = resolve_settings(&args.settings, &args.settings.layer(), &args.files)?;
    let context = OptimizeContext::default();
    let inspect = |path: &Path| -> Result<Inspection, OptimizationError> {
        let file = read_input(path, &context.limits, |_| Ok(()))?;
        planish::inspect(&file.bytes, &settings, &context)
    };
    let mut document = Document { header: json::Header::CURRENT, files: Vec::new(), errors: Vec::new() };
    for (index, path) in args.files.iter().enumerate() {
        match inspect(path) {
            Ok(facts) if args.json => {
                document.files.push(FileFacts { name: path.as_path().into(), facts });
            }
            Ok(facts) => {
                if index > 0 {
                    terminal.line("");
                }
                tell(path, &facts, terminal);
            }
            Err(error) => {
                terminal.coded_error(error.code(), &error_text(path, &error));
                document.errors.push(json::FileError::new(path, &error));
            }
        }
    }
    if args.json {
        Terminal::document(&json::text(&document)?)?;
    }
    Ok(if document.errors.is_empty() { DONE } else { SOME_FAILED })
}

fn tell(path: &Path, facts: &Inspection, terminal: &mut Terminal) {
    terminal.line(&terminal.paint(BOLD, &display(path)));
    let mut row = |label: &str, text: &str| {
        let label = terminal.paint(DIM, &format!("  {label:<10}"));
        terminal.line(&format!("{label} {text}"));
    };
    row("format", &format!("{}, {}", describe::coding(facts), bytes(facts.size)));
    row("picture", &describe::picture(facts));
    row("shows", &describe::traits(facts));
    row("profile", &describe::profile(facts));
    row("metadata", &describe::metadata(facts));
    if let Some(rights) = describe::rights(facts) {
        row("rights", &rights);
    }
    if facts.frames > 1 {
        row("would try", "the animation as a whole, in every format that can hold it");
    }
    for (index, candidate) in facts.candidates.iter().enumerate() {
        row(if index == 0 { "would try" } else { "" }, &describe::candidate(candidate));
    }
    if let Some(obstacle) = &facts.obstacle {
        let label = terminal.paint(BAD, "nothing can be made of it");
        terminal.line(&format!("  {:<10} {label}: {}", "would try", escaped(obstacle)));
    }
    for warning in &facts.warnings {
        let label = terminal.paint(WARNING, &format!("  {:<10}", "warning"));
        terminal.line(&format!("{label} {}", escaped(&warning.message)));
    }
}
