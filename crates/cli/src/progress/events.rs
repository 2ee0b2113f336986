//! One JSON object per line for programs that watch. `docs/progress.md` says what each has.

use planish::{ErrorReport, Format, Stage, Timing};
use planish_batch::{Delivery, ProcessingProgress, TaskId, TaskReport};
use serde::Serialize;
use std::collections::HashSet;
use std::io::{self, Write};
use std::time::Duration;

/// The version of the events. Raised when a field changes its meaning or goes.
const EVENTS_VERSION: u32 = 1;

/// How often `progress` is told at most.
const INTERVAL: Duration = Duration::from_millis(250);

/// What is told. Times are in milliseconds, sizes in bytes.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Event<'a> {
    Start {
        version: u32,
        planish: &'static str,
        total: u64,
        total_bytes: u64,
    },
    FileStarted {
        id: u64,
        input_path: &'a str,
    },
    FileFinished {
        id: u64,
        input_path: &'a str,
        status: Status,
        #[serde(skip_serializing_if = "Option::is_none")]
        output_path: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        format: Option<Format>,
        #[serde(skip_serializing_if = "Option::is_none")]
        original_size: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        optimized_size: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        elapsed_time: Option<f64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cached: Option<bool>,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<ErrorReport>,
    },
    Progress(Counts<'a>),
    End(Counts<'a>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Status {
    Completed,
    Failed,
    Skipped,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Counts<'a> {
    total: u64,
    completed: u64,
    failed: u64,
    skipped: u64,
    total_bytes: u64,
    bytes_processed: u64,
    bytes_saved: i64,
    active_workers: usize,
    elapsed_time: f64,
    time_left: Option<f64>,
    active: Vec<Active>,
    stages: &'a [Timing],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Active {
    id: u64,
    input_path: String,
    stage: Stage,
    fraction: f32,
    elapsed_time: f64,
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

impl<'a> From<&'a ProcessingProgress> for Counts<'a> {
    fn from(progress: &'a ProcessingProgress) -> Self {
        let active = progress.active.iter().map(|task| Active {
            id: task.id.0,
            input_path: task.input_path.to_string_lossy().into_owned(),
            stage: task.stage,
            fraction: task.fraction,
            elapsed_time: milliseconds(task.elapsed),
        });
        Self {
            total: progress.total,
            completed: progress.completed,
            failed: progress.failed,
            skipped: progress.skipped,
            total_bytes: progress.total_bytes,
            bytes_processed: progress.bytes_processed,
            bytes_saved: progress.bytes_saved,
            active_workers: progress.active_workers,
            elapsed_time: milliseconds(progress.elapsed),
            time_left: progress.eta.map(milliseconds),
            active: active.collect(),
            stages: &progress.stages,
        }
    }
}

/// Writes events.
#[derive(Default)]
pub(crate) struct Events {
    /// Files whose start was told.
    started: HashSet<TaskId>,
    last: Option<ProcessingProgress>,
    told: Option<Duration>,
}

impl Events {
    #[allow(clippy::unused_self, reason = "events belong to a run")]
    pub(super) fn start(&mut self, total: u64, total_bytes: u64) {
        let planish = env!("CARGO_PKG_VERSION");
        tell(&Event::Start { version: EVENTS_VERSION, planish, total, total_bytes });
    }

    pub(super) fn report(&mut self, report: &TaskReport) {
        let path = report.input_path.to_string_lossy();
        // A file that was done between two looks began as well. One that was never taken up did not.
        if !report.is_cancelled() {
            self.begin(report.id, &path);
        }
        self.started.remove(&report.id);
        let (delivery, error) = match &report.outcome {
            Ok(delivery) => (Some(delivery), None),
            Err(error) => (None, Some(error)),
        };
        let status = match error {
            None => Status::Completed,
            Some(_) if report.is_cancelled() => Status::Skipped,
            Some(_) => Status::Failed,
        };
        let result = delivery.map(|Delivery { result, .. }| result);
        tell(&Event::FileFinished {
            id: report.id.0,
            input_path: &path,
            status,
            output_path: result.map(|result| result.output_path.as_str()),
            format: result.map(|result| result.format),
            original_size: result.map(|result| result.original_size),
            optimized_size: result.map(|result| result.optimized_size),
            elapsed_time: result.map(|result| result.elapsed_time),
            cached: delivery.map(|delivery| delivery.cached),
            error: error.filter(|_| status == Status::Failed).map(ErrorReport::from),
        });
    }

    pub(super) fn show(&mut self, progress: &ProcessingProgress) {
        for task in &progress.active {
            self.begin(task.id, &task.input_path.to_string_lossy());
        }
        if self.told.is_none_or(|told| progress.elapsed.saturating_sub(told) >= INTERVAL) {
            tell(&Event::Progress(progress.into()));
            self.told = Some(progress.elapsed);
        }
        self.last = Some(progress.clone());
    }

    pub(super) fn finish(&mut self) {
        if let Some(last) = self.last.take() {
            tell(&Event::End((&last).into()));
        }
    }

    fn begin(&mut self, id: TaskId, path: &str) {
        if self.started.insert(id) {
            tell(&Event::FileStarted { id: id.0, input_path: path });
        }
    }
}

fn tell(event: &Event<'_>) {
    if let Ok(mut line) = serde_json::to_vec(event) {
        line.push(b'\n');
        // One write, so that lines stay whole; where nobody reads there is nobody left to tell.
        let _ = io::stderr().lock().write_all(&line);
    }
}
