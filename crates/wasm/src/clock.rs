//! Time, from whichever worker asks.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;

    #[wasm_bindgen(thread_local_v2, js_namespace = performance, js_name = timeOrigin)]
    static TIME_ORIGIN: f64;
}

/// `performance.timeOrigin + performance.now()`: each worker counts from its own start, the sum is common to all.
pub(crate) struct PerformanceClock;

impl planish::Clock for PerformanceClock {
    fn now_ms(&self) -> f64 {
        TIME_ORIGIN.with(|origin| *origin) + now()
    }
}
