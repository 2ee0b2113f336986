//! `planish - -o -`: one image from standard input, to standard output, or both.

use crate::output::Terminal;
use crate::report::Reporter;
use crate::request::{Mode, Request, STANDARD, UsageError};
use crate::{DONE, INTERRUPTED, SOME_FAILED, interrupt};
use planish::{CancelFlag, Limits, OptimizationError, Optimized, Silent};
use planish_batch::files::{read_input, write_atomically};
use planish_batch::{Action, Delivery, Destination, TaskId, TaskReport, optimize_one};
use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;
use std::time::Instant;

/// Optimizes the image and returns the exit code. The report goes to standard error where the image goes to standard
/// output.
///
/// # Errors
/// [`UsageError`] when nothing was done.
pub(crate) fn run(request: &Request, terminal: &mut Terminal) -> Result<u8, UsageError> {
    let input = only_input(request)?;
    let output = output(request)?;
    if output.is_none() {
        terminal.keep_stdout_for_data();
    }
    let cancel = CancelFlag::default();
    interrupt::install(&cancel);
    let started = Instant::now();
    let outcome = optimize(request, input, output, &cancel)?;
    let report = TaskReport { id: TaskId(0), input_path: input.to_owned(), outcome };
    let failed = report.outcome.is_err();
    let mut reporter = Reporter::new(request.report.clone(), &request.settings, [TaskId(0)], terminal);
    reporter.add(report, terminal);
    if let Err(error) = reporter.finish(started.elapsed(), 0, terminal) {
        terminal.error(&format!("the report cannot be written: {error}"));
        return Ok(SOME_FAILED);
    }
    Ok(match (cancel.is_cancelled(), failed) {
        (true, _) => INTERRUPTED,
        (false, true) => SOME_FAILED,
        (false, false) => DONE,
    })
}

fn only_input(request: &Request) -> Result<&Path, UsageError> {
    if request.mode != Mode::Write {
        return Err(UsageError::Pipe { expected: "files with --check or --watch", actual: STANDARD.into() });
    }
    match &request.inputs.paths[..] {
        [input] if input.as_os_str() != STANDARD => Ok(input),
        [input] if !io::stdin().is_terminal() => Ok(input),
        [_] => Err(UsageError::Pipe { expected: "an image on standard input", actual: "a terminal".into() }),
        several => {
            let actual = format!("{} inputs", several.len());
            Err(UsageError::Pipe { expected: "one image to go with -", actual })
        }
    }
}

/// The file; `None` for standard output.
fn output(request: &Request) -> Result<Option<&Path>, UsageError> {
    if request.writes_to_stdout() {
        if io::stdout().is_terminal() {
            let expected = "a file or a pipe for an image on standard output";
            return Err(UsageError::Pipe { expected, actual: "a terminal".into() });
        }
        return Ok(None);
    }
    if let Destination::File(path) = &request.destination {
        return Ok(Some(path));
    }
    let expected = "- or a file such as small.webp for --output, to go with - as input";
    Err(UsageError::Pipe { expected, actual: "a folder".into() })
}

fn optimize(
    request: &Request,
    input: &Path,
    output: Option<&Path>,
    cancel: &CancelFlag,
) -> Result<Result<Delivery, OptimizationError>, UsageError> {
    let bytes = match read(input, &request.options.limits) {
        Ok(bytes) => bytes,
        Err(error) => return Ok(Err(error)),
    };
    let engine = request.engine.engine(&request.options)?;
    let optimized = optimize_one(&*engine, &bytes, &request.settings, &request.options, cancel, &Silent)?;
    Ok(optimized.and_then(|Optimized { bytes, mut result }| {
        write(output, &bytes)?;
        let action = if result.kept_original.is_some() { Action::Copied } else { Action::Written };
        let output_path = output.unwrap_or(Path::new(STANDARD)).to_owned();
        result.input_path = input.to_string_lossy().into_owned();
        result.output_path = output_path.to_string_lossy().into_owned();
        Ok(Delivery { result, output_path, action, cached: false })
    }))
}

fn read(input: &Path, limits: &Limits) -> Result<Vec<u8>, OptimizationError> {
    if input.as_os_str() != STANDARD {
        return read_input(input, limits, |_| Ok(())).map(|input| input.bytes);
    }
    // One byte more than is allowed is enough to know.
    let mut bytes = Vec::new();
    let result = io::stdin().lock().take(limits.max_input_bytes.0.saturating_add(1)).read_to_end(&mut bytes);
    result.map_err(|error| io_error("read", "standard input", &error))?;
    limits.check_input(bytes.len())?;
    Ok(bytes)
}

fn write(output: Option<&Path>, bytes: &[u8]) -> Result<(), OptimizationError> {
    let Some(path) = output else {
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
        return written.map_err(|error| io_error("write", "standard output", &error));
    };
    write_atomically(path, bytes)
}

fn io_error(operation: &'static str, stream: &str, error: &io::Error) -> OptimizationError {
    OptimizationError::Io { operation, path: stream.into(), message: error.to_string(), transient: false }
}
