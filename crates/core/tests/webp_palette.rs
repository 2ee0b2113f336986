//! Lossy WebP in few colours, on generated images.

#![allow(clippy::pedantic, clippy::unwrap_used)]

mod support;

use planish::{Format, KeptReason, Optimized};
use support::{Picture, contains, display_p3, line_art, photo, run};

/// Whether the pixels of a WebP are coded without loss (a chunk `VP8L`).
fn is_coded_losslessly(webp: &[u8]) -> bool {
    contains(webp, b"VP8L") && !contains(webp, b"VP8 ")
}

fn made_by(out: &Optimized, encoder: &str) -> usize {
    out.result.candidates.iter().filter(|candidate| candidate.encoder == encoder).count()
}

fn webp(picture: &Picture, goal: &str) -> Optimized {
    run(&picture.to_png(None), &format!(r#"{{"formats": ["webp"], "goal": {goal}}}"#)).unwrap()
}

#[test]
fn a_graphic_has_fewer_colours_in_webp_where_that_is_smaller() {
    let picture = line_art(400, 300);
    let lossless = webp(&picture, r#""lossless""#);
    assert_eq!(made_by(&lossless, "webp-palette"), 0);
    for score in [60, 75, 88] {
        let out = webp(&picture, &format!(r#"{{"score": {score}}}"#));
        assert!(is_coded_losslessly(&out.bytes), "{score}: {:?}", out.result);
        assert!(!out.result.lossless && out.result.quality.is_some());
        assert!(out.result.score.get() >= f64::from(score), "{}", out.result.score);
        assert!(out.bytes.len() * 10 < lossless.bytes.len() * 9, "{score}: {}", out.bytes.len());
        let reported = out.result.candidates.iter().find(|made| made.encoder == "webp-palette").unwrap();
        assert!(reported.format == Format::Webp && reported.score.is_some());
        // libwebp's lossy coder was there to be compared with.
        let lossy = out.result.candidates.iter().filter(|made| made.encoder == "webp");
        assert!(lossy.map(|made| made.size).min().unwrap() > 0);
    }
}

#[test]
fn a_photo_is_not_tried_in_few_colours() {
    assert_eq!(made_by(&webp(&photo(160, 120), r#"{"score": 80}"#), "webp-palette"), 0);
}

#[test]
fn a_quality_is_libwebps() {
    let out = webp(&line_art(200, 150), r#"{"quality": 75}"#);
    assert_eq!(made_by(&out, "webp-palette"), 0);
}

#[test]
fn smooth_transparency_stays_smooth() {
    // What is white becomes clear, and what is light see-through.
    let opaque = line_art(256, 120);
    let rgba = |rgb: &[u8]| [rgb[0], rgb[1], rgb[2], 255 - rgb.iter().min().unwrap()];
    let picture = Picture {
        color: png::ColorType::Rgba,
        pixels: opaque.pixels.chunks_exact(3).flat_map(rgba).collect(),
        ..opaque
    };
    let out = webp(&picture, r#"{"score": 80}"#);
    assert!(is_coded_losslessly(&out.bytes), "{:?}", out.result);
    let decoded = Picture::from_any(&out.bytes);
    for y in 0..120 {
        for x in 0..256 {
            let (was, is) = (picture.rgba(x, y)[3], decoded.rgba(x, y)[3]);
            assert_eq!((was == 0, was == 255), (is == 0, is == 255), "{x},{y}: {was} became {is}");
            assert!(was.abs_diff(is) <= 32, "{x},{y}: {was} became {is}");
        }
    }
}

#[test]
fn a_size_is_kept_to() {
    let picture = line_art(400, 300);
    let limit = webp(&picture, r#""lossless""#).bytes.len() / 2;
    let out = webp(&picture, &format!(r#"{{"maxBytes": {limit}}}"#));
    assert!(out.bytes.len() <= limit && made_by(&out, "webp-palette") > 0);
    assert!(is_coded_losslessly(&out.bytes), "{:?}", out.result);
    assert!(out.bytes.len() * 10 > limit * 6, "{} of {limit} bytes are used", out.bytes.len());
}

#[test]
fn the_same_colours_are_not_searched_for_in_png_too() {
    let png = line_art(200, 150).to_png(None);
    let both = run(&png, r#"{"formats": ["png", "webp"], "goal": {"score": 75}}"#).unwrap();
    assert!(made_by(&both, "webp-palette") > 0 && made_by(&both, "png-palette") == 0);
    let other_goals = r#"{"formats": ["png", "webp"], "goal": {"score": 75}, "png": {"quality": 80}}"#;
    let each = run(&png, other_goals).unwrap();
    assert!(made_by(&each, "webp-palette") > 0 && made_by(&each, "png-palette") > 0);
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let png = line_art(300, 200).with_alpha().to_png(None);
    let bytes = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&png, r#"{"formats": ["webp"], "goal": {"score": 70}}"#).unwrap().bytes)
    };
    assert_eq!(bytes(1), bytes(4));
}

#[test]
fn a_profile_goes_with_few_colours() {
    let png = line_art(400, 300).to_png(Some(&display_p3()));
    let out = run(&png, r#"{"formats": ["webp"], "goal": {"score": 70}, "color": "keep"}"#).unwrap();
    assert!(is_coded_losslessly(&out.bytes), "{:?}", out.result);
    assert!(contains(&out.bytes, b"ICCP"));
}

#[test]
fn few_colours_are_not_made_fewer_by_every_run() {
    for score in [70, 80, 90] {
        let settings = format!(r#"{{"formats": ["webp"], "goal": {{"score": {score}}}}}"#);
        let first = run(&line_art(400, 300).to_png(None), &settings).unwrap();
        assert!(is_coded_losslessly(&first.bytes));
        let second = run(&first.bytes, &settings).unwrap();
        assert!(second.bytes == first.bytes, "{score}: {:?}", second.result.candidates);
        assert!(matches!(
            second.result.kept_original,
            Some(KeptReason::SavingsTooSmall | KeptReason::AlreadySmallest)
        ));
    }
}
