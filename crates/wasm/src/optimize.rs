//! The one call that does the work.

use crate::clock::PerformanceClock;
use crate::failure::{self, object};
use crate::job::{JobHandle, Progress};
use js_sys::{Promise, Uint8Array};
use planish::{
    CancelFlag, ErrorReport, ImageSettings, Limits, OptimizationError, OptimizeContext, Optimized,
    SettingsLayer,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Optimizes one image.
///
/// `settings` is the JSON of a `SettingsLayer`, `name` is put into the result as the path of the input. The promise
/// yields `{ bytes: Uint8Array, result: string }`, `result` being the JSON of an `OptimizationResult`, or is rejected
/// with `{ code, message }`. A panic rejects with the code `internal`; the instance goes on working.
#[wasm_bindgen(unchecked_return_type = "Promise<{ bytes: Uint8Array; result: string }>")]
pub fn optimize(bytes: Vec<u8>, settings: &str, name: String, job: &JobHandle) -> Promise {
    let settings = match resolve(settings) {
        Ok(settings) => settings,
        Err(error) => return Promise::reject(&failure::to_js(&ErrorReport::from(&error))),
    };
    let task = Task { bytes, settings, name, cancel: job.cancel_flag(), progress: job.progress_sink() };
    start(task)
}

/// On the pool: the caller's event loop stays free.
#[cfg(feature = "threads")]
fn start(task: Task) -> Promise {
    let (sender, receiver) = futures_channel::oneshot::channel();
    rayon::spawn(move || {
        // Nobody listens when the worker that asked is gone.
        let _ = sender.send(task.run());
    });
    // The receiver is not used again should the future panic.
    js_sys::futures::future_to_promise(AssertUnwindSafe(async move {
        match receiver.await {
            Ok(outcome) => settle(outcome),
            Err(_) => {
                let message = "the job ended without an answer".into();
                Err(failure::to_js(&ErrorReport::from(&OptimizationError::Internal { message })))
            }
        }
    }))
}

#[cfg(not(feature = "threads"))]
fn start(task: Task) -> Promise {
    match settle(task.run()) {
        Ok(value) => Promise::resolve(&value),
        Err(value) => Promise::reject(&value),
    }
}

/// Everything one job needs; it moves to the thread that does the work.
struct Task {
    bytes: Vec<u8>,
    settings: ImageSettings,
    name: String,
    cancel: CancelFlag,
    progress: Arc<Progress>,
}

impl Task {
    fn run(self) -> Result<Optimized, ErrorReport> {
        // A panic leaves nothing behind that is used again: the task is consumed.
        catch_unwind(AssertUnwindSafe(|| {
            let context = OptimizeContext {
                cancel: self.cancel,
                progress: &*self.progress,
                limits: Limits::default(),
                clock: &PerformanceClock,
            };
            let mut optimized = planish::optimize(&self.bytes, &self.settings, &context)?;
            optimized.result.input_path = self.name;
            Ok(optimized)
        }))
        .map_err(|panic| failure::of_panic(&*panic))?
        .map_err(|error: OptimizationError| ErrorReport::from(&error))
    }
}

fn resolve(layer: &str) -> Result<ImageSettings, OptimizationError> {
    let layer: SettingsLayer =
        serde_json::from_str(layer).map_err(|error| OptimizationError::InvalidSetting {
            field: "settings".into(),
            expected: "a settings layer".into(),
            actual: error.to_string(),
        })?;
    Ok(ImageSettings::resolve([&layer]))
}

fn settle(outcome: Result<Optimized, ErrorReport>) -> Result<JsValue, JsValue> {
    let optimized = outcome.map_err(|report| failure::to_js(&report))?;
    let result = serde_json::to_string(&optimized.result).map_err(|error| {
        let message = format!("the result cannot be written as JSON: {error}");
        failure::to_js(&ErrorReport::from(&OptimizationError::Internal { message }))
    })?;
    // `from` copies out of the (possibly shared) memory into a buffer that can be transferred.
    let bytes = Uint8Array::from(optimized.bytes.as_slice());
    Ok(object([("bytes", bytes.into()), ("result", result.into())]))
}
