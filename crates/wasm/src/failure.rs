//! Errors and panics as JavaScript gets them: `{ code, message }`.

use js_sys::{Object, Reflect};
use planish::{ErrorReport, OptimizationError};
use std::any::Any;
use wasm_bindgen::JsValue;

/// The report of a panic.
pub(crate) fn of_panic(panic: &(dyn Any + Send)) -> ErrorReport {
    let message = panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".into());
    ErrorReport::from(&OptimizationError::Internal { message })
}

/// A plain object, so that it survives being posted to another thread.
pub(crate) fn to_js(report: &ErrorReport) -> JsValue {
    object([("code", report.code.as_str().into()), ("message", report.message.as_str().into())])
}

/// An object with these fields.
pub(crate) fn object<const N: usize>(fields: [(&str, JsValue); N]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // Setting a field of a new plain object cannot fail.
        let _ = Reflect::set(&object, &name.into(), &value);
    }
    object.into()
}
