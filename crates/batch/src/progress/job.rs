//! What one job tells about itself while it runs.

use super::stages::StageTimes;
use crate::task::TaskId;
use planish::{ProgressSink, Stage};
use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Instant;
use tracing::span::EnteredSpan;
use tracing::{Span, debug_span};

/// The progress of one job. Jobs in flight touch atomics only.
#[derive(Debug)]
pub(crate) struct JobProgress {
    pub(super) id: TaskId,
    pub(super) input_path: PathBuf,
    pub(super) input_bytes: u64,
    pub(super) started: Instant,
    stage: AtomicU8,
    percent: AtomicU8,
    times: Arc<StageTimes>,
}

/// Stages in pipeline order; an index here stands for a stage in an atomic.
pub(super) const STAGES: [Stage; 9] = [
    Stage::Sniff,
    Stage::Decode,
    Stage::Analyse,
    Stage::Plan,
    Stage::Transform,
    Stage::Encode,
    Stage::Measure,
    Stage::Select,
    Stage::Verify,
];

pub(super) fn index_of(stage: Stage) -> usize {
    STAGES.iter().position(|known| *known == stage).unwrap_or_default()
}

thread_local! {
    /// The stages that began on this thread and have not ended. A worker that waits in one job's stage may take up
    /// another job, which ends before the first goes on.
    static RUNNING: RefCell<Vec<Running>> = const { RefCell::new(Vec::new()) };
}

struct Running {
    since: Instant,
    _span: EnteredSpan,
}

impl JobProgress {
    pub(super) fn new(id: TaskId, input_path: PathBuf, input_bytes: u64, times: Arc<StageTimes>) -> Self {
        Self {
            id,
            input_path,
            input_bytes,
            started: Instant::now(),
            stage: AtomicU8::default(),
            percent: AtomicU8::default(),
            times,
        }
    }

    pub(super) fn stage(&self) -> Stage {
        STAGES[usize::from(self.stage.load(Ordering::Relaxed))]
    }

    /// 0 to 1.
    pub(super) fn fraction(&self) -> f32 {
        f32::from(self.percent.load(Ordering::Relaxed)) / 100.0
    }
}

impl ProgressSink for JobProgress {
    fn progress(&self, stage: Stage, fraction: f32) {
        self.stage.store(index_of(stage) as u8, Ordering::Relaxed);
        self.percent.store((fraction.clamp(0.0, 1.0) * 100.0) as u8, Ordering::Relaxed);
    }

    fn stage_began(&self, stage: Stage) {
        let span = span_of(stage, self.id.0).entered();
        RUNNING.with_borrow_mut(|running| running.push(Running { since: Instant::now(), _span: span }));
    }

    fn stage_ended(&self, stage: Stage) {
        // Dropped outside the borrow: whoever hears of the span's end must not find the list taken.
        if let Some(ended) = RUNNING.with_borrow_mut(Vec::pop) {
            self.times.add(stage, ended.since.elapsed());
        }
    }
}

/// A span's name is part of its place in the code, so each stage has a place of its own.
fn span_of(stage: Stage, job: u64) -> Span {
    macro_rules! span {
        ($name:literal) => {
            debug_span!(target: "planish::stage", $name, job)
        };
    }
    match stage {
        Stage::Sniff => span!("sniff"),
        Stage::Decode => span!("decode"),
        Stage::Analyse => span!("analyse"),
        Stage::Plan => span!("plan"),
        Stage::Transform => span!("transform"),
        Stage::Encode => span!("encode"),
        Stage::Measure => span!("measure"),
        Stage::Select => span!("select"),
        Stage::Verify => span!("verify"),
    }
}
