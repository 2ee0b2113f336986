//! How many bits per sample AVIF files get.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use support::{graphic, photo, run};

/// Bits per sample of each image item's channels, from the `pixi` boxes (ISO/IEC 23008-12, 6.5.6).
fn depths(avif: &[u8]) -> Vec<u8> {
    let boxes = avif.windows(4).enumerate().filter(|(_, kind)| kind == b"pixi").map(|(at, _)| at);
    // Type, version and flags, then the number of channels.
    boxes.flat_map(|at| avif[at + 9..at + 9 + usize::from(avif[at + 8])].to_vec()).collect()
}

#[test]
fn lossy_files_have_ten_bits_even_from_eight_and_lossless_ones_keep_eight() {
    let settings = |goal: &str| format!(r#"{{"formats": ["avif"], "goal": {goal}}}"#);
    let opaque = run(&photo(64, 48).to_png(None), &settings(r#"{"quality": 60}"#)).unwrap();
    assert_eq!(depths(&opaque.bytes), [10, 10, 10]);
    let transparent = run(&photo(64, 48).with_alpha().to_png(None), &settings(r#"{"quality": 60}"#)).unwrap();
    assert_eq!(depths(&transparent.bytes), [10, 10, 10, 10]);
    let lossless = run(&graphic(64, 48).to_png(None), &settings("\"lossless\"")).unwrap();
    assert!(depths(&lossless.bytes).iter().all(|&depth| depth == 8), "{:?}", depths(&lossless.bytes));
}
