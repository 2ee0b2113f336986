//! What `-v` tells, on standard error.

use std::fmt;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

/// Environment variables that say what is logged, the first one that is set wins.
const VARIABLES: [&str; 2] = ["PLANISH_LOG", "RUST_LOG"];

/// Begins to log. `verbose`: how often `-v` was given.
pub(crate) fn start(verbose: u8) {
    let variable =
        VARIABLES.iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let filter = variable.map_or_else(
        || EnvFilter::default().add_directive(level(verbose).into()),
        |directives| EnvFilter::builder().parse_lossy(directives),
    );
    let lines =
        tracing_subscriber::fmt::layer().event_format(Line).with_writer(std::io::stderr).with_filter(filter);
    // Refused only when something else logs already, and then it does.
    let _ = Registry::default().with(lines).try_init();
}

const fn level(verbose: u8) -> LevelFilter {
    match verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
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
