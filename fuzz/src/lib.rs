//! What the targets share: small limits, so that an input costs milliseconds, and what is asked of every file.

mod panics;
pub mod tiles;

use planish::{
    Bytes, FileHeader, Format, ImageSettings, Limits, OptimizationError, OptimizeContext, Pixels,
    SettingsLayer, compare_animations, inspect, optimize, preview, sniff,
};

/// The default limits with at most `pixels` pixels, in all frames of an animation four times as many.
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

/// Reads a file of this format in every way there is without encoding: looks at its header, decodes it, plays it.
///
/// # Panics
/// Where an error has no words.
pub fn read(bytes: &[u8], format: Format) {
    panics::let_caught_ones_of_codecs_pass();
    if !matches!(sniff(bytes), Ok(found) if found == format) {
        return;
    }
    let (settings, context) = (ImageSettings::default(), context(1 << 18));
    if let Some(header) = said(FileHeader::of(bytes)) {
        let _ = header.peak_bytes(&settings, 2);
    }
    said(inspect(bytes, &settings, &context));
    said(preview(bytes, 64, &context));
    if matches!(format, Format::Gif | Format::Png | Format::Webp) {
        said(compare_animations(bytes, bytes, &context));
    }
}

/// Rewrites a file without loss, in its own format, with what is said about metadata. Formats that planish does not write
/// become PNGs.
///
/// # Panics
/// Where what comes out is of another format, is larger than what went in though it need not be, or cannot be read.
pub fn rewrite(bytes: &[u8], metadata: &str) {
    panics::let_caught_ones_of_codecs_pass();
    let Ok(format) = sniff(bytes) else { return };
    let layer = format!(r#"{{"goal": "lossless", "effort": 1, "metadata": "{metadata}"}}"#);
    let layer: SettingsLayer = serde_json::from_str(&layer).expect("a layer");
    let settings = ImageSettings::resolve([&layer]);
    let context = context(1 << 12);
    if let Some(made) = said(optimize(bytes, &settings, &context)) {
        let is_written = !matches!(format, Format::Bmp | Format::Ico);
        assert_eq!(sniff(&made.bytes).ok(), Some(if is_written { format } else { Format::Png }));
        let may_grow = made.result.warnings.iter().any(|warning| warning.code == "larger_than_input");
        assert!(may_grow || made.bytes.len() <= bytes.len(), "it has grown");
        inspect(&made.bytes, &settings, &context).expect("what came out can be read");
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
