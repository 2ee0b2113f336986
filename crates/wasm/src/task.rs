//! How a call becomes a job and its answer a promise.

use crate::clock::PerformanceClock;
use crate::failure;
use crate::job::{JobHandle, Progress};
use js_sys::Promise;
use planish::{
    CancelFlag, ErrorReport, ImageSettings, Limits, OptimizationError, OptimizeContext, SettingsLayer,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use wasm_bindgen::JsValue;

/// What a job needs of its handle; it moves to the thread that does the work.
pub(crate) struct JobContext {
    cancel: CancelFlag,
    progress: Arc<Progress>,
}

impl JobContext {
    pub(crate) fn of(job: &JobHandle) -> Self {
        Self { cancel: job.cancel_flag(), progress: job.progress_sink() }
    }

    /// Runs the work; a panic becomes an error with the code `internal`.
    pub(crate) fn run<T>(
        &self,
        work: impl FnOnce(&OptimizeContext<'_>) -> Result<T, OptimizationError>,
    ) -> Result<T, ErrorReport> {
        // A panic leaves nothing behind that is used again: the work is consumed.
        catch_unwind(AssertUnwindSafe(|| {
            work(&OptimizeContext {
                cancel: self.cancel.clone(),
                progress: &*self.progress,
                limits: Limits::default(),
                clock: &PerformanceClock,
                squoosh: crate::squoosh::encoders(),
            })
        }))
        .map_err(|panic| failure::of_panic(&*panic))?
        .map_err(|error| ErrorReport::from(&error))
    }
}

/// Runs `work` on the pool, so that the caller's event loop stays free, and settles the promise with what `to_js` makes
/// of its answer, on the caller's thread.
#[cfg(feature = "threads")]
pub(crate) fn start<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ErrorReport> + Send + 'static,
    to_js: impl FnOnce(T) -> Result<JsValue, JsValue> + 'static,
) -> Promise {
    let (sender, receiver) = futures_channel::oneshot::channel();
    rayon::spawn(move || {
        // Nobody listens when the worker that asked is gone.
        let _ = sender.send(work());
    });
    // The receiver is not used again should the future panic.
    js_sys::futures::future_to_promise(AssertUnwindSafe(async move {
        let lost = |_| {
            let message = "the job ended without an answer".into();
            ErrorReport::from(&OptimizationError::Internal { message })
        };
        receiver.await.map_err(lost).flatten().map_err(|report| failure::to_js(&report)).and_then(to_js)
    }))
}

/// Does the work before it returns.
#[cfg(not(feature = "threads"))]
pub(crate) fn start<T>(
    work: impl FnOnce() -> Result<T, ErrorReport>,
    to_js: impl FnOnce(T) -> Result<JsValue, JsValue>,
) -> Promise {
    match work().map_err(|report| failure::to_js(&report)).and_then(to_js) {
        Ok(value) => Promise::resolve(&value),
        Err(value) => Promise::reject(&value),
    }
}

/// The settings a `SettingsLayer` in JSON comes to.
pub(crate) fn resolve(layer: &str) -> Result<ImageSettings, ErrorReport> {
    let layer: SettingsLayer = serde_json::from_str(layer).map_err(|error| {
        ErrorReport::from(&OptimizationError::InvalidSetting {
            field: "settings".into(),
            expected: "a settings layer".into(),
            actual: error.to_string(),
        })
    })?;
    Ok(ImageSettings::resolve([&layer]))
}
