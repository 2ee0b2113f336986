//! `planish --dry-run`: what would be done, and nothing of it.

use crate::output::{DIM, Terminal, bytes, display};
use crate::report::json::{FileError, Header, text};
use crate::report::{ReportKind, error_text};
use crate::request::{Request, UsageError};
use crate::{DONE, SOME_FAILED};
use planish::ImageSettings;
use planish_batch::files::Overwrite;
use planish_batch::{BatchPlan, ImageTask, plan_batch};
use serde::Serialize;
use std::path::PathBuf;

/// The document of `--json`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    #[serde(flatten)]
    header: Header,
    dry_run: bool,
    settings: &'a ImageSettings,
    files: Vec<File>,
    errors: Vec<FileError>,
    total_bytes: u64,
    ignored: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File {
    input_path: String,
    /// Every name the output can get: its extension may depend on which format is smallest.
    output_paths: Vec<String>,
}

/// Tells the plan and returns the exit code.
///
/// # Errors
/// [`UsageError`] when there would be nothing to do.
pub(crate) fn run(request: &Request, terminal: &mut Terminal) -> Result<u8, UsageError> {
    if request.is_pipe() {
        return Err(UsageError::Pipe { expected: "files with --dry-run", actual: "-".into() });
    }
    let mut plan = plan_batch(&request.inputs, &request.destination, &request.settings)?;
    if request.options.delivery.overwrite == Overwrite::Never {
        plan.leave_out_existing();
    }
    for report in &plan.unreadable {
        if let Err(error) = &report.outcome {
            terminal.coded_error(error.code(), &error_text(&report.input_path, error));
        }
    }
    match request.report.kind {
        ReportKind::Json => Terminal::document(&document(&plan, &request.settings)?)?,
        ReportKind::Lines => lines(&plan, &request.settings, terminal),
        ReportKind::Quiet => {}
    }
    Ok(if plan.unreadable.is_empty() { DONE } else { SOME_FAILED })
}

fn document(plan: &BatchPlan, settings: &ImageSettings) -> std::io::Result<String> {
    let file = |task: &ImageTask| File {
        input_path: task.input_path.to_string_lossy().into_owned(),
        output_paths: names(task).iter().map(|path| path.to_string_lossy().into_owned()).collect(),
    };
    let errors = plan.unreadable.iter().filter_map(|report| {
        let error = report.outcome.as_ref().err()?;
        Some(FileError::new(&report.input_path, error))
    });
    text(&Document {
        header: Header::CURRENT,
        dry_run: true,
        settings,
        files: plan.tasks.iter().map(file).collect(),
        errors: errors.collect(),
        total_bytes: plan.total_bytes,
        ignored: plan.ignored,
    })
}

fn lines(plan: &BatchPlan, settings: &ImageSettings, terminal: &mut Terminal) {
    for task in &plan.tasks {
        let names = names(task);
        let mut line = format!("{} -> ", display(&task.input_path));
        for (index, name) in names.iter().enumerate() {
            // The first in full; of the others what differs.
            let other =
                name.extension().filter(|_| index > 0).map(|extension| format!(".{}", extension.display()));
            line.push_str(&other.map_or_else(|| display(name), |other| format!(" or {other}")));
        }
        terminal.line(&line);
    }
    // The names that a recipe has.
    let shown = toml::to_string(settings).unwrap_or_default();
    terminal.line("");
    for line in shown.lines().filter(|line| !line.is_empty()) {
        terminal.line(&terminal.paint(DIM, line));
    }
    let count = plan.tasks.len();
    let images = if count == 1 { "image" } else { "images" };
    terminal.line(&format!("{count} {images}, {}; nothing was written", bytes(plan.total_bytes)));
}

fn names(task: &ImageTask) -> Vec<PathBuf> {
    task.output_path.possible_paths()
}
