//! What the targets share: small limits, so that an input costs milliseconds, and what is asked of every file.

use planish::{
    Bytes, Format, ImageSettings, Limits, OptimizationError, OptimizeContext, Pixels, SettingsLayer, compare_animations,
    inspect, optimize, preview, sniff,
};
use std::sync::Once;

/// libFuzzer ends the process at every panic, also at those that planish catches: some codecs panic on damaged files and
/// cost no more than that file. What is not caught still ends the process, where it leaves the target.
fn let_caught_panics_pass() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(|_| {})));
}

/// The default limits with at most `pixels` pixels, in all frames too.
fn context(pixels: u64) -> OptimizeContext<'static> {
    let limits = Limits {
        max_pixels: Pixels(pixels),
        max_animation_pixels: Pixels(pixels * 4),
        max_input_bytes: Bytes(1 << 20),
        max_metadata_bytes: Bytes(1 << 20),
        max_frames: 64,
        ..Limits::default()
    };
    OptimizeContext { limits, ..OptimizeContext::default() }
}

/// Reads a file of this format in every way there is without encoding: looks at it, decodes it, plays it.
///
/// # Panics
/// Where an error has no words.
pub fn read(bytes: &[u8], format: Format) {
    let_caught_panics_pass();
    if !matches!(sniff(bytes), Ok(found) if found == format) {
        return;
    }
    let context = context(1 << 18);
    said(inspect(bytes, &ImageSettings::default(), &context));
    said(preview(bytes, 64, &context));
    if matches!(format, Format::Gif | Format::Png | Format::Webp) {
        said(compare_animations(bytes, bytes, &context));
    }
}

/// Rewrites a file without loss, in its own format, with what is said about metadata.
///
/// # Panics
/// Where what comes out is no file of the format, is larger than what went in, or cannot be read.
pub fn rewrite(bytes: &[u8], metadata: &str) {
    let_caught_panics_pass();
    let Ok(format) = sniff(bytes) else { return };
    let layer = format!(r#"{{"goal": "lossless", "effort": 1, "metadata": "{metadata}"}}"#);
    let layer: SettingsLayer = serde_json::from_str(&layer).expect("a layer");
    let settings = ImageSettings::resolve([&layer]);
    let context = context(1 << 13);
    if let Some(made) = said(optimize(bytes, &settings, &context)) {
        assert_eq!(sniff(&made.bytes).ok(), Some(format), "another format came out");
        assert!(made.bytes.len() <= bytes.len(), "it has grown");
        assert!(inspect(&made.bytes, &settings, &context).is_ok(), "what came out cannot be read");
    }
}

/// What came, and that an error says what is wrong.
fn said<T>(outcome: Result<T, OptimizationError>) -> Option<T> {
    match outcome {
        Ok(value) => Some(value),
        Err(error) => {
            assert!(!error.code().is_empty() && !error.to_string().is_empty());
            None
        }
    }
}
