//! Real files with everything formats allow: what each must come out as is written down in `edge.txt`.
//!
//! The files are not part of the repository: where they are not beside it, there is nothing to test.

#![allow(clippy::pedantic, clippy::unwrap_used, clippy::expect_used)]

mod support;

use planish::{Optimized, sniff};
use std::path::{Path, PathBuf};
use support::run;

/// `name: what must come out`, one file a line.
const EXPECTED: &str = include_str!("edge.txt");

fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/edge");
    folder.is_dir().then_some(folder)
}

/// What a lossless conversion to PNG shows of a file: size, frames, depth, transparency, profile.
fn description(bytes: &[u8]) -> String {
    match run(bytes, r#"{"formats": ["png"], "goal": "lossless", "effort": 1}"#) {
        Ok(Optimized { bytes, result }) => {
            let reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
            let info = reader.info();
            let alpha = info.trns.is_some()
                || matches!(info.color_type, png::ColorType::Rgba | png::ColorType::GrayscaleAlpha);
            let mut words = vec![
                format!("{}x{}", result.width, result.height),
                format!("{} bits", (info.bit_depth as u8).max(8)),
            ];
            words.extend((result.frames > 1).then(|| format!("{} frames", result.frames)));
            words.extend(alpha.then(|| "alpha".to_owned()));
            words.extend(info.icc_profile.is_some().then(|| "profile".to_owned()));
            // Lossless PNGs of lossy files are larger: nothing to say about these files.
            let told = result.warnings.iter().filter(|warning| warning.code != "larger_than_input");
            words.extend(told.map(|warning| format!("warning {}", warning.code)));
            words.join(", ")
        }
        Err(error) => format!("{}: {error}", error.code()),
    }
}

#[test]
fn every_edge_case_comes_out_as_expected_or_is_refused_by_name() {
    let Some(folder) = corpus() else { return };
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for line in EXPECTED.lines() {
        let (name, expected) = line.split_once(": ").expect("name: description");
        let Ok(bytes) = std::fs::read(folder.join(name)) else { continue };
        let actual = description(&bytes);
        checked += 1;
        if actual != expected {
            wrong.push(format!("{name}: {actual}"));
        }
    }
    assert!(
        wrong.is_empty() && checked > 50,
        "{checked} checked; these are otherwise:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn lossless_keeps_every_pixel_of_every_edge_case_in_its_own_format() {
    let Some(folder) = corpus() else { return };
    for line in EXPECTED.lines() {
        let (name, expected) = line.split_once(": ").expect("name: description");
        let Ok(bytes) = std::fs::read(folder.join(name)) else { continue };
        if expected.starts_with("unsupported") {
            continue;
        }
        match run(&bytes, r#"{"goal": "lossless", "effort": 1}"#) {
            Ok(out) => {
                assert_eq!(sniff(&out.bytes), sniff(&bytes), "{name}: another format");
                assert!(out.result.lossless && out.bytes.len() <= bytes.len(), "{name}");
                // By way of PNG, so that depths and palettes do not matter; verification has compared pixels.
                let size = |text: &str| text.split(',').next().map(str::to_owned);
                assert_eq!(size(&description(&out.bytes)), size(expected), "{name}");
            }
            Err(error) => assert_eq!(error.code(), "unsupported", "{name}: {error}"),
        }
    }
}
