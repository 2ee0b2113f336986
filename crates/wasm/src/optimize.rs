//! The one call that does the work.

use crate::failure::{self, object};
use crate::job::JobHandle;
use crate::task::{JobContext, resolve, start};
use js_sys::{Promise, Uint8Array};
use planish::{ErrorReport, OptimizationError, Optimized};
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
        Err(report) => return Promise::reject(&failure::to_js(&report)),
    };
    let job = JobContext::of(job);
    let work = move || {
        job.run(|context| {
            let mut optimized = planish::optimize(&bytes, &settings, context)?;
            optimized.result.input_path = name;
            Ok(optimized)
        })
    };
    start(work, |optimized| to_js(&optimized))
}

fn to_js(optimized: &Optimized) -> Result<JsValue, JsValue> {
    let result = serde_json::to_string(&optimized.result).map_err(|error| {
        let message = format!("the result cannot be written as JSON: {error}");
        failure::to_js(&ErrorReport::from(&OptimizationError::Internal { message }))
    })?;
    // `from` copies out of the (possibly shared) memory into a buffer that can be transferred.
    let bytes = Uint8Array::from(optimized.bytes.as_slice());
    Ok(object([("bytes", bytes.into()), ("result", result.into())]))
}
