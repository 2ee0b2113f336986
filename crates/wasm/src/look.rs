//! Pictures for the page to show: previews, and where an output differs from its original.

use crate::failure::{self, object};
use crate::job::JobHandle;
use crate::task::{JobContext, resolve, start};
use js_sys::{Promise, Uint8Array, Uint8ClampedArray};
use planish::{Comparison, Difference, Preview};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Decodes any file that can be optimized, upright and in sRGB, no edge longer than `longest_edge` pixels; of an
/// animation the first frame.
///
/// `rgba` fits an `ImageData` of `width` × `height`; `fullWidth` and `fullHeight` are those of the file's image. Is
/// rejected with `{ code, message }`.
#[wasm_bindgen(
    unchecked_return_type = "Promise<{ width: number; height: number; rgba: Uint8ClampedArray; fullWidth: number; fullHeight: number }>"
)]
pub fn preview(bytes: Vec<u8>, longest_edge: u32, job: &JobHandle) -> Promise {
    let job = JobContext::of(job);
    start(
        move || job.run(|context| planish::preview(&bytes, longest_edge, context)),
        |Preview { picture, width, height }| {
            Ok(object([
                ("width", picture.width().into()),
                ("height", picture.height().into()),
                ("rgba", Uint8ClampedArray::from(picture.rgba()).into()),
                ("fullWidth", width.into()),
                ("fullHeight", height.into()),
            ]))
        },
    )
}

/// Scores an output against the original it was made from, and shows where it differs.
///
/// `settings` is the JSON of the `SettingsLayer` it was made with (`{}` for none): what they crop, turn, resize or put on a
/// background is done to the original first. The heat map has half the size of the output, and no edge longer than
/// `longest_edge` pixels; its colours are those of `heatColors`. Is rejected with `{ code, message }`; animations with
/// the code `unsupported`.
#[wasm_bindgen(
    unchecked_return_type = "Promise<{ score: number; width: number; height: number; rgba: Uint8ClampedArray }>"
)]
pub fn compare(
    original: Vec<u8>,
    optimized: Vec<u8>,
    settings: &str,
    longest_edge: u32,
    job: &JobHandle,
) -> Promise {
    let settings = match resolve(settings) {
        Ok(settings) => settings,
        Err(report) => return Promise::reject(&failure::to_js(&report)),
    };
    let job = JobContext::of(job);
    let work = move || {
        job.run(|context| Comparison::after(&original, &settings, context)?.difference(&optimized, context))
    };
    start(work, move |difference: Difference| {
        let picture = difference.heat_map(longest_edge);
        let score: JsValue = difference.score.get().into();
        Ok(object([
            ("score", score),
            ("width", picture.width().into()),
            ("height", picture.height().into()),
            ("rgba", Uint8ClampedArray::from(picture.rgba()).into()),
        ]))
    })
}

/// The colours of a heat map for a legend, from no loss of score to `fullHeat` points and more: red, green and blue of one
/// after the other, evenly spaced.
#[wasm_bindgen(js_name = heatColors)]
pub fn heat_colors() -> Uint8Array {
    Uint8Array::from(planish::heat_colors().as_flattened())
}

/// The loss of score, in points, that has the last of `heatColors`.
#[wasm_bindgen(js_name = fullHeat)]
pub fn full_heat() -> f32 {
    planish::FULL_HEAT
}
