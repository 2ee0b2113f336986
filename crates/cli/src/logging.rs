//! What `-v` tells on standard error, and what `--trace` writes.

use crate::args::DiagnosticsArgs;
use crate::progress::beside_bars;
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use tracing::{Event, Level, Subscriber};
use tracing_chrome::{ChromeLayerBuilder, FlushGuard};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

/// Environment variables that say what is logged; the first one that is set wins.
const VARIABLES: [&str; 2] = ["PLANISH_LOG", "RUST_LOG"];

/// What goes on being written until it is finished.
pub(crate) struct Logs {
    trace: Option<(FlushGuard, Failure)>,
}

/// Begins to log.
///
/// # Errors
/// When the trace's file cannot be made.
pub(crate) fn start(args: &DiagnosticsArgs) -> io::Result<Logs> {
    let variable =
        VARIABLES.iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let filter = variable.map_or_else(
        || EnvFilter::default().add_directive(level(args.verbose).into()),
        |directives| EnvFilter::builder().parse_lossy(directives),
    );
    let lines =
        tracing_subscriber::fmt::layer().event_format(Line).with_writer(|| Stderr).with_filter(filter);
    let (chrome, trace) = match &args.trace {
        None => (None, None),
        Some(path) => {
            let failure = Failure::default();
            let file = Fallible { file: File::create(path)?, failure: failure.clone() };
            let builder = ChromeLayerBuilder::new().writer(file).include_args(true).include_locations(false);
            let (layer, guard) = builder.build();
            let ours = Targets::new().with_target("planish", LevelFilter::DEBUG);
            (Some(layer.with_filter(ours)), Some((guard, failure)))
        }
    };
    // Refused only when something else logs already, and then it does.
    let _ = Registry::default().with(lines).with(chrome).try_init();
    Ok(Logs { trace })
}

impl Logs {
    /// Writes what is left of the trace.
    ///
    /// # Errors
    /// When a part of it could not be written.
    pub(crate) fn finish(self) -> io::Result<()> {
        let Some((guard, failure)) = self.trace else { return Ok(()) };
        // Waits for the thread that writes.
        drop(guard);
        let first = failure.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        first.map_or(Ok(()), Err)
    }
}

const fn level(verbose: u8) -> LevelFilter {
    match verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

/// The first error of a file that its writer has no way to report.
#[derive(Clone, Default)]
struct Failure(Arc<Mutex<Option<io::Error>>>);

/// A file that takes everything and remembers what it could not write: the trace is written by a thread that would
/// panic, and a full disk is no reason to lose the run.
struct Fallible {
    file: File,
    failure: Failure,
}

impl Fallible {
    fn remember(&self, result: io::Result<()>) {
        if let Err(error) = result {
            self.failure.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    }
}

impl Write for Fallible {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.file.write_all(bytes);
        self.remember(result);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.file.flush();
        self.remember(result);
        Ok(())
    }
}

/// Standard error, without the bars in the way.
struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        beside_bars(|| io::stderr().lock().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}

/// `info: message`, like the command's other lines.
struct Line;

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut to: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let label = match *event.metadata().level() {
            Level::ERROR => "error",
            Level::WARN => "warning",
            Level::INFO => "info",
            Level::DEBUG => "debug",
            Level::TRACE => "trace",
        };
        write!(to, "{label}: ")?;
        context.field_format().format_fields(to.by_ref(), event)?;
        writeln!(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_trace_that_cannot_be_written_is_remembered_and_stops_nobody() {
        let failure = Failure::default();
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut file = Fallible { file: full, failure: failure.clone() };
        file.write_all(b"event").unwrap();
        file.flush().unwrap();
        let error = failure.0.lock().unwrap().take().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
