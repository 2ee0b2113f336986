//! A running job as JavaScript sees it.

use planish::{CancelFlag, ProgressSink, Stage};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use wasm_bindgen::prelude::wasm_bindgen;

/// Cancels one job and tells how far it is. Both work while the job runs on other threads.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct JobHandle {
    cancel: CancelFlag,
    progress: Arc<Progress>,
}

#[wasm_bindgen]
impl JobHandle {
    /// A handle for one call of `optimize`.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the job to stop; its promise is then rejected with the code `cancelled`.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// `[stage, fraction]`: the number of the stage the job is in (0 for sniff to 8 for verify, in the order of the
    /// pipeline) and how much of the job is done, from 0 to 1.
    pub fn progress(&self) -> Vec<f64> {
        vec![
            f64::from(self.progress.stage.load(Ordering::Relaxed)),
            f64::from(f32::from_bits(self.progress.fraction.load(Ordering::Relaxed))),
        ]
    }

    pub(crate) fn cancel_flag(&self) -> CancelFlag {
        self.cancel.clone()
    }

    pub(crate) fn progress_sink(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }
}

/// The last progress reported.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    stage: AtomicU8,
    /// The bits of an `f32`.
    fraction: AtomicU32,
}

impl ProgressSink for Progress {
    fn progress(&self, stage: Stage, fraction: f32) {
        self.stage.store(stage as u8, Ordering::Relaxed);
        self.fraction.store(fraction.to_bits(), Ordering::Relaxed);
    }
}
