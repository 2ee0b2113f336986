//! How far the run is, while it runs: bars for people, lines of JSON for programs, both on standard error.

mod bars;
mod events;

pub(crate) use bars::beside_bars;

use bars::Bars;
use events::Events;
use planish_batch::{ProcessingProgress, TaskReport};

/// What is told, as the user asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ProgressKind {
    /// Bars where somebody watches, else nothing.
    #[default]
    Auto,
    /// Events, one JSON object per line.
    Json,
    /// Nothing.
    None,
}

/// Tells how far the run is.
pub(crate) enum Progress {
    Bars(Bars),
    Events(Events),
    Nothing,
}

impl Progress {
    /// `bars`: whether bars may be drawn; `colors`: whether in colour.
    pub(crate) fn new(kind: ProgressKind, bars: bool, colors: bool) -> Self {
        match kind {
            ProgressKind::Json => Self::Events(Events::default()),
            ProgressKind::Auto if bars => Self::Bars(Bars::new(colors)),
            ProgressKind::Auto | ProgressKind::None => Self::Nothing,
        }
    }

    /// The run begins.
    pub(crate) fn start(&mut self, total: u64, total_bytes: u64) {
        if let Self::Events(events) = self {
            events.start(total, total_bytes);
        }
    }

    /// A file has ended.
    pub(crate) fn report(&mut self, report: &TaskReport) {
        if let Self::Events(events) = self {
            events.report(report);
        }
    }

    /// A look at the run.
    pub(crate) fn show(&mut self, progress: &ProcessingProgress) {
        match self {
            Self::Bars(bars) => bars.show(progress),
            Self::Events(events) => events.show(progress),
            Self::Nothing => {}
        }
    }

    /// The run has ended.
    pub(crate) fn finish(&mut self) {
        match self {
            Self::Bars(bars) => bars.finish(),
            Self::Events(events) => events.finish(),
            Self::Nothing => {}
        }
    }
}
