//! Encoders outside of the core: what they make is measured and checked, whoever runs them.

#![allow(clippy::pedantic, clippy::unwrap_used)]

mod support;

use planish::{
    CancelFlag, ImageSettings, OptimizationError, OptimizeContext, Optimized, RawImage, SettingsLayer,
    SquooshCodec, SquooshEncoders, SquooshError, SquooshOptions, optimize,
};
use std::sync::Mutex;
use support::{Picture, display_p3, photo, run};

/// Makes whatever it is told to, and remembers what it was asked for.
struct Fake<F>(F, Mutex<Vec<(u8, usize, SquooshOptions)>>);

impl<F: Fn(&RawImage<'_>) -> Result<Vec<u8>, SquooshError> + Sync> SquooshEncoders for Fake<F> {
    fn encode(
        &self,
        image: &RawImage<'_>,
        options: &SquooshOptions,
        _cancel: &CancelFlag,
    ) -> Result<Vec<u8>, SquooshError> {
        self.1.lock().unwrap().push((image.bits, image.rgba.len(), *options));
        (self.0)(image)
    }
}

type Asked = Vec<(u8, usize, SquooshOptions)>;

fn with<F: Fn(&RawImage<'_>) -> Result<Vec<u8>, SquooshError> + Sync>(
    input: &[u8],
    settings: &str,
    encode: F,
) -> (Result<Optimized, OptimizationError>, Asked) {
    let layer: SettingsLayer = serde_json::from_str(settings).unwrap();
    let fake = Fake(encode, Mutex::default());
    let context = OptimizeContext { squoosh: Some(&fake), ..OptimizeContext::default() };
    let result = optimize(input, &ImageSettings::resolve([&layer]), &context);
    (result, fake.1.into_inner().unwrap())
}

/// A file that the built-in encoder makes of the picture.
fn built_in(picture: &Picture, settings: &str) -> Vec<u8> {
    run(&picture.to_png(None), settings).unwrap().bytes
}

const AVIF: &str = r#"{"formats": ["avif"], "goal": {"quality": 60}, "squoosh": ["avif"]}"#;
const JXL: &str = r#"{"formats": ["jxl"], "goal": "lossless", "squoosh": ["jxl"]}"#;

#[test]
fn what_they_make_is_measured_like_any_other_candidate() {
    let picture = photo(64, 48);
    let file = built_in(&picture, r#"{"formats": ["avif"], "goal": {"quality": 60}}"#);
    let (result, asked) = with(&picture.to_png(None), AVIF, |_| Ok(file.clone()));
    let optimized = result.unwrap();
    assert_eq!(optimized.bytes, file);
    assert_eq!(optimized.result.candidates[0].encoder, "squoosh-avif");
    let score = optimized.result.score.get();
    assert!((30.0..100.0).contains(&score), "{score}");
    // Ten bits in two bytes each, four samples a pixel.
    assert_eq!((asked.len(), asked[0].0, asked[0].1), (1, 10, 64 * 48 * 8));
    assert_eq!(asked[0].2.codec(), SquooshCodec::Avif);
}

#[test]
fn a_file_that_is_not_the_picture_is_never_handed_out() {
    let (picture, other) = (photo(64, 48), photo(64, 40));
    for (settings, file) in [
        (AVIF, built_in(&other, r#"{"formats": ["avif"], "goal": {"quality": 60}}"#)),
        (JXL, built_in(&other, r#"{"formats": ["jxl"], "goal": "lossless"}"#)),
        // As large, but not without loss.
        (JXL, built_in(&picture, r#"{"formats": ["jxl"], "goal": {"quality": 30}}"#)),
        (JXL, b"no image at all".to_vec()),
    ] {
        let error = with(&picture.to_png(None), settings, |_| Ok(file.clone())).0.unwrap_err();
        assert!(
            matches!(error.code(), "verify" | "encode" | "unknown_format" | "corrupt" | "internal"),
            "{error:?}"
        );
    }
}

#[test]
fn a_codec_that_cannot_be_had_fails_the_image_and_says_why() {
    let png = photo(32, 32).to_png(None);
    let nobody = run(&png, AVIF).unwrap_err();
    assert_eq!(nobody.code(), "invalid_setting");
    assert!(nobody.to_string().contains("threads in a browser"), "{nobody}");
    // Even where another format could have been handed out.
    let auto = r#"{"formats": "auto", "squoosh": ["avif"]}"#;
    let gone = || SquooshError::Unavailable("none: no Node here".into());
    let error = with(&png, auto, |_| Err(gone())).0.unwrap_err();
    assert!(error.code() == "invalid_setting" && error.to_string().contains("no Node here"), "{error}");
    // Who does not ask for it, is not told.
    assert!(run(&png, r#"{"squoosh": ["avif"]}"#).is_ok());
}

#[test]
fn metadata_goes_into_their_files_too_and_a_profile_where_the_format_lets_it() {
    let picture = photo(64, 48);
    let png = picture.to_png(Some(&display_p3()));
    let file = built_in(&picture, r#"{"formats": ["avif"], "goal": {"quality": 60}}"#);
    let optimized = with(&png, AVIF, |_| Ok(file.clone())).0.unwrap();
    assert!(support::contains(&optimized.bytes, &display_p3()), "the profile is in the file");
    let error = with(&png, JXL, |_| Ok(Vec::new())).0.unwrap_err();
    assert!(error.to_string().contains("srgb"), "{error}");
}

#[test]
fn a_failure_on_these_pixels_is_the_candidates_alone() {
    let png = photo(64, 64).to_png(None);
    let settings = r#"{"formats": ["webp", "avif"], "squoosh": ["avif"]}"#;
    let (result, asked) = with(&png, settings, |_| Err(SquooshError::Failed("out of memory".into())));
    assert_eq!(result.unwrap().result.format, planish::Format::Webp);
    assert!(!asked.is_empty());
    let cancelled = with(&png, AVIF, |_| Err(SquooshError::Cancelled)).0.unwrap_err();
    assert_eq!(cancelled, OptimizationError::Cancelled);
}
