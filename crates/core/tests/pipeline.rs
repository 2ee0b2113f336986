//! The whole pipeline on generated files: what goes in, what must come out.

#![allow(clippy::pedantic, clippy::unwrap_used)]

mod support;

use planish::{
    CancelFlag, Format, ImageSettings, KeptReason, OptimizationError, OptimizeContext, ProgressSink, Stage,
    optimize,
};
use support::{Picture, contains, display_p3, exif, graphic, photo, run};

const ALL: [Format; 4] = Format::WEB;

fn to_format(format: Format, rest: &str) -> String {
    format!(r#"{{"formats": ["{format}"]{rest}}}"#)
}

#[test]
fn every_format_reaches_the_score_it_was_asked_for() {
    let png = photo(320, 240).to_png(None);
    for format in [Format::Jpeg, Format::Webp, Format::Avif] {
        let out = run(&png, &to_format(format, r#", "goal": {"score": 75}"#)).unwrap();
        assert_eq!(out.result.format, format);
        assert!((75.0..79.0).contains(&out.result.score.get()), "{format}: {}", out.result.score);
        assert!(out.bytes.len() < png.len() / 2, "{format}: {} bytes", out.bytes.len());
        assert_eq!(planish::sniff(&out.bytes), Ok(format));
        let decoded = Picture::from_any(&out.bytes);
        assert_eq!((decoded.width, decoded.height), (320, 240));
    }
}

#[test]
fn the_score_is_what_the_decoded_file_really_scores() {
    use planish::metrics::{Reference, SrgbImage, SrgbPixels};
    let picture = photo(256, 200);
    let out = run(&picture.to_png(None), &to_format(Format::Webp, r#", "goal": {"quality": 60}"#)).unwrap();
    let decoded = Picture::from_any(&out.bytes);
    fn view(picture: &Picture) -> SrgbImage<'_> {
        SrgbImage::new(picture.width, picture.height, SrgbPixels::Rgb8(&picture.pixels)).unwrap()
    }
    let score = Reference::new(view(&picture)).score(&view(&decoded)).unwrap();
    assert!((score - out.result.score.get()).abs() < 1e-9, "{score} is not {}", out.result.score);
}

#[test]
fn lossless_output_has_the_very_pixels() {
    for picture in [photo(150, 100), graphic(150, 100), graphic(150, 100).with_alpha()] {
        let png = picture.to_png(None);
        for format in [Format::Png, Format::Webp, Format::Avif] {
            let out = run(&png, &to_format(format, r#", "goal": "lossless""#)).unwrap();
            assert!(out.result.lossless);
            let decoded = Picture::from_any(&out.bytes);
            for (x, y) in [(0, 0), (75, 50), (149, 99), (31, 77)] {
                assert_eq!(decoded.rgba(x, y), picture.rgba(x, y), "{format} at {x},{y}");
            }
        }
    }
}

#[test]
fn lossless_jpeg_keeps_its_pixels_and_gets_smaller() {
    let jpeg = photo(333, 217).to_jpeg(85, None, None);
    let out = run(&jpeg, r#"{"goal": "lossless"}"#).unwrap();
    assert!(out.result.lossless && out.bytes.len() < jpeg.len());
    assert_eq!(out.result.candidates[0].encoder, "jpeg-rewrite");
    assert_eq!(Picture::from_any(&out.bytes), Picture::from_any(&jpeg));
}

#[test]
fn all_eight_orientations_come_out_upright_in_every_format() {
    let picture = photo(96, 64);
    for orientation in 1..=8 {
        let jpeg = picture.to_jpeg(95, Some(exif(orientation)), None);
        let upright = Picture::from_any(&jpeg);
        let expected_size = if orientation >= 5 { (64, 96) } else { (96, 64) };
        assert_eq!((upright.width, upright.height), expected_size, "orientation {orientation}");
        for format in ALL {
            let out = run(&jpeg, &to_format(format, r#", "goal": {"quality": 90}"#)).unwrap();
            let decoded = Picture::from_any(&out.bytes);
            assert_eq!((decoded.width, decoded.height), expected_size, "{format}, orientation {orientation}");
            let (x, y) = (decoded.width / 4, decoded.height / 5);
            for (a, b) in decoded.rgba(x, y).into_iter().zip(upright.rgba(x, y)) {
                assert!(a.abs_diff(b) < 40, "{format}, orientation {orientation}: {a} is not {b}");
            }
        }
    }
}

#[test]
fn a_lossless_jpeg_rewrite_keeps_its_orientation() {
    let jpeg = photo(100, 60).to_jpeg(90, Some(exif(6)), None);
    let out = run(&jpeg, r#"{"goal": "lossless"}"#).unwrap();
    assert_eq!((out.result.width, out.result.height), (60, 100));
    assert!(!contains(&out.bytes, b"planish"), "the rest of EXIF is stripped");
    assert_eq!(Picture::from_any(&out.bytes), Picture::from_any(&jpeg));
}

#[test]
fn profiles_are_kept_in_every_format() {
    let icc = display_p3();
    let png = photo(128, 96).to_png(Some(&icc));
    for format in ALL {
        let out = run(&png, &to_format(format, r#", "goal": {"quality": 80}"#)).unwrap();
        let back = run(&out.bytes, r#"{"formats": ["jpeg"], "goal": {"quality": 80}}"#).unwrap();
        assert!(contains(&back.bytes, &icc), "{format}: the profile is gone");
    }
}

#[test]
fn conversion_to_srgb_changes_pixels_and_drops_the_profile() {
    let icc = display_p3();
    let picture = Picture { pixels: [200, 40, 40].repeat(64 * 64), ..photo(64, 64) };
    let out = run(&picture.to_png(Some(&icc)), r#"{"color": "srgb", "goal": "lossless"}"#).unwrap();
    let decoded = Picture::from_png(&out.bytes);
    let [r, g, _, _] = decoded.rgba(5, 5);
    assert!(r > 210 && g < 30, "P3 red is redder than sRGB's numbers say: {r}, {g}");
    assert!(!contains(&out.bytes, b"iCCP"));
}

#[test]
fn metadata_is_stripped_by_default_and_kept_on_request() {
    let jpeg = photo(128, 96).to_jpeg(90, Some(exif(6)), None);
    for format in ALL {
        let settings = |policy: &str| {
            to_format(format, &format!(r#", "goal": {{"quality": 80}}, "metadata": "{policy}""#))
        };
        let stripped = run(&jpeg, &settings("strip")).unwrap();
        assert!(!contains(&stripped.bytes, b"planish\0"), "{format}");
        let kept = run(&jpeg, &settings("keep")).unwrap();
        assert!(contains(&kept.bytes, b"planish\0"), "{format}: EXIF is gone");
        assert_eq!(Picture::from_any(&kept.bytes).width, 96, "{format}: turned once, not twice");
    }
}

#[test]
fn transparency_survives_every_format_that_has_it() {
    let picture = photo(120, 80).with_alpha();
    let png = picture.to_png(None);
    for format in [Format::Png, Format::Webp, Format::Avif] {
        let out = run(&png, &to_format(format, "")).unwrap();
        let decoded = Picture::from_any(&out.bytes);
        for x in [0, 30, 60, 119] {
            let (a, b) = (decoded.rgba(x, 40)[3], picture.rgba(x, 40)[3]);
            assert!(a.abs_diff(b) <= 6, "{format}: alpha {a} instead of {b}");
        }
    }
}

#[test]
fn transparency_is_never_flattened_without_a_matte() {
    let png = photo(60, 40).with_alpha().to_png(None);
    let error = run(&png, r#"{"formats": ["jpeg"]}"#).unwrap_err();
    assert_eq!(error.code(), "invalid_setting");
    let auto = run(&png, r#"{"formats": ["jpeg", "webp"]}"#).unwrap();
    assert_eq!(auto.result.format, Format::Webp);
    let matte = r##"{"formats": ["jpeg"], "background": "#00ff00", "goal": {"quality": 95}}"##;
    let decoded = Picture::from_any(&run(&png, matte).unwrap().bytes);
    let [r, g, b, _] = decoded.rgba(0, 20);
    assert!(r < 60 && g > 200 && b < 60, "the matte shows where it was transparent: {r} {g} {b}");
}

#[test]
fn opaque_alpha_is_no_transparency() {
    let mut picture = photo(60, 40).with_alpha();
    for pixel in picture.pixels.chunks_exact_mut(4) {
        pixel[3] = 255;
    }
    assert!(run(&picture.to_png(None), r#"{"formats": ["jpeg"]}"#).is_ok());
}

#[test]
fn the_output_is_never_larger_than_the_input() {
    let tiny = photo(200, 150).to_jpeg(12, None, None);
    let out = run(&tiny, "{}").unwrap();
    assert!(out.bytes.len() <= tiny.len());
    let again = run(&out.bytes, "{}").unwrap();
    assert!(again.bytes.len() <= out.bytes.len());
    let once_more = run(&again.bytes, r#"{"goal": "lossless"}"#).unwrap();
    if once_more.bytes == again.bytes {
        assert_eq!(once_more.result.kept_original, Some(KeptReason::AlreadySmallest));
    }
}

#[test]
fn a_conversion_that_grows_says_so() {
    let jpeg = photo(200, 150).to_jpeg(20, None, None);
    let out = run(&jpeg, r#"{"formats": ["png"]}"#).unwrap();
    assert!(out.bytes.len() > jpeg.len());
    assert!(out.result.warnings.iter().any(|warning| warning.code == "larger_than_input"));
}

#[test]
fn a_size_goal_is_met_with_the_best_quality_that_fits() {
    let png = photo(320, 240).to_png(None);
    for format in [Format::Jpeg, Format::Webp, Format::Avif] {
        let out = run(&png, &to_format(format, r#", "goal": {"maxBytes": 9000}"#)).unwrap();
        assert!((7500..=9000).contains(&out.bytes.len()), "{format}: {} bytes", out.bytes.len());
    }
    let error = run(&png, r#"{"goal": {"maxBytes": 900}}"#).unwrap_err();
    assert_eq!(error.code(), "goal_unreachable");
    assert!(error.to_string().contains("900"), "{error}");
}

#[test]
fn a_score_out_of_reach_is_an_error_that_says_how_close_it_came() {
    let png = photo(160, 120).to_png(None);
    let error = run(&png, r#"{"formats": ["jpeg"], "goal": {"score": 100}}"#).unwrap_err();
    assert_eq!(error.code(), "goal_unreachable");
    assert!(error.to_string().contains("the best jpeg scores"), "{error}");
}

#[test]
fn where_lossy_coding_cannot_reach_the_score_lossless_coding_does() {
    // Fine coloured grain: WebP and its halved chroma end below 80 even at quality 100.
    let png = photo(120, 90).to_png(None);
    let out = run(&png, &to_format(Format::Webp, "")).unwrap();
    assert_eq!((out.result.format, out.result.lossless), (Format::Webp, true));
    assert!(out.result.candidates.iter().any(|candidate| candidate.encoder == "webp"));
}

#[test]
fn resizing_fits_the_box_and_follows_the_orientation() {
    let jpeg = photo(200, 100).to_jpeg(90, Some(exif(6)), None);
    let out = run(&jpeg, r#"{"resize": {"width": 50}}"#).unwrap();
    assert_eq!((out.result.width, out.result.height), (50, 100));
    let decoded = Picture::from_any(&out.bytes);
    assert_eq!((decoded.width, decoded.height), (50, 100));
}

#[test]
fn auto_takes_the_smallest_that_passes() {
    let png = photo(200, 150).to_png(None);
    let out = run(&png, r#"{"formats": "auto"}"#).unwrap();
    let smallest = out
        .result
        .candidates
        .iter()
        .filter(|candidate| candidate.score.is_some_and(|score| score.get() >= 80.0))
        .map(|candidate| candidate.size)
        .min();
    assert_eq!(smallest, Some(out.bytes.len() as u64));
}

#[test]
fn one_thread_and_four_give_the_same_bytes() {
    let png = graphic(300, 200).to_png(None);
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    for settings in [r#"{"formats": "auto"}"#, "{}"] {
        let one = pool(1).install(|| run(&png, settings)).unwrap();
        let four = pool(4).install(|| run(&png, settings)).unwrap();
        assert!(one.bytes == four.bytes, "{settings}");
        assert_eq!(one.result.candidates, four.result.candidates);
    }
}

#[test]
fn rows_side_by_side_in_a_large_avif_give_the_same_bytes_on_any_number_of_threads() {
    let png = photo(1250, 800).to_png(None);
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let settings = r#"{"formats": ["avif"], "goal": {"quality": 50}, "effort": 1}"#;
    let one = pool(1).install(|| run(&png, settings)).unwrap();
    for threads in [2, 5] {
        let more = pool(threads).install(|| run(&png, settings)).unwrap();
        assert!(one.bytes == more.bytes, "{threads} threads");
    }
}

#[test]
fn a_quality_of_an_avif_means_about_the_same_at_every_effort() {
    let png = photo(480, 320).to_png(None);
    for quality in [50, 75] {
        let scores = [1, 3, 5].map(|effort| {
            let settings =
                format!(r#"{{"formats": ["avif"], "goal": {{"quality": {quality}}}, "effort": {effort}}}"#);
            run(&png, &settings).unwrap().result.score.get()
        });
        let [fastest, .., default] = scores;
        assert!((fastest - default).abs() < 5.0, "at {quality}: {scores:?}");
    }
}

#[test]
fn a_cancelled_job_stops() {
    struct CancelAtEncode(CancelFlag);
    impl ProgressSink for CancelAtEncode {
        fn progress(&self, stage: Stage, _fraction: f32) {
            if stage == Stage::Encode {
                self.0.cancel();
            }
        }
    }
    let cancel = CancelFlag::default();
    let sink = CancelAtEncode(cancel.clone());
    let context = OptimizeContext { cancel, progress: &sink, ..OptimizeContext::default() };
    let png = photo(300, 200).to_png(None);
    let layer = serde_json::from_str(r#"{"formats": "auto"}"#).unwrap();
    let result = optimize(&png, &ImageSettings::resolve([&layer]), &context);
    assert_eq!(result.unwrap_err(), OptimizationError::Cancelled);
}

#[test]
fn limits_come_before_pixels() {
    let mut context = OptimizeContext::default();
    context.limits.max_pixels.0 = 1000;
    let jpeg = photo(100, 100).to_jpeg(80, None, None);
    let png = photo(100, 100).to_png(None);
    for bytes in [jpeg, png] {
        let error = optimize(&bytes, &ImageSettings::default(), &context).unwrap_err();
        assert_eq!(
            error,
            OptimizationError::LimitExceeded { limit: "pixels", allowed: 1000, actual: 10_000 }
        );
    }
}

#[test]
fn cut_files_are_damaged_and_nothing_comes_out() {
    let picture = photo(120, 90);
    let png = picture.to_png(None);
    let jpeg = picture.to_jpeg(90, None, None);
    let webp = run(&png, &to_format(Format::Webp, "")).unwrap().bytes;
    let avif = run(&png, &to_format(Format::Avif, "")).unwrap().bytes;
    for whole in [png, jpeg, webp, avif] {
        let error = run(&whole[..whole.len() * 6 / 10], "{}").unwrap_err();
        assert_eq!(error.code(), "corrupt", "{error}");
    }
}

/// A PNG with a chunk put in front of its pixels.
fn with_chunk(png: &[u8], kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut chunk = (data.len() as u32).to_be_bytes().to_vec();
    chunk.extend_from_slice(kind);
    chunk.extend_from_slice(data);
    let crc = chunk[4..].iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(
            crc ^ u32::from(byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    });
    chunk.extend_from_slice(&(!crc).to_be_bytes());
    // Signature and IHDR take 8 and 25 bytes.
    [&png[..33], &chunk, &png[33..]].concat()
}

#[test]
fn a_malformed_png_chunk_is_not_handed_on() {
    let png = graphic(60, 40).to_png(None);
    let whole = run(&with_chunk(&png, b"pHYs", &[0, 0, 11, 19, 0, 0, 11, 19, 1]), "{}").unwrap();
    assert!(contains(&whole.bytes, b"pHYs"));
    let empty = run(&with_chunk(&png, b"pHYs", &[]), "{}").unwrap();
    assert!(!contains(&empty.bytes, b"pHYs"));
    let no_profile = run(&with_chunk(&png, b"iCCP", &[]), "{}").unwrap();
    assert!(!contains(&no_profile.bytes, b"iCCP"));
}

#[test]
fn gamma_and_chromaticities_stay_with_a_png() {
    let png = with_chunk(&graphic(60, 40).to_png(None), b"gAMA", &[0, 0, 0xb1, 0x8f]);
    assert!(contains(&run(&png, r#"{"goal": "lossless"}"#).unwrap().bytes, b"gAMA"));
}

#[test]
fn a_profile_over_the_limit_is_dropped_from_the_file_too() {
    let mut context = OptimizeContext::default();
    context.limits.max_metadata_bytes.0 = 100;
    let png = photo(60, 40).to_png(Some(&display_p3()));
    let out = optimize(&png, &ImageSettings::default(), &context).unwrap();
    assert!(!contains(&out.bytes, b"iCCP") && out.result.kept_original.is_none());
    assert!(out.result.warnings.iter().any(|warning| warning.code == "metadata_dropped"));
}

#[test]
fn memory_estimates_follow_the_announced_size() {
    let small =
        planish::estimate_peak_bytes(&photo(64, 64).to_png(None), &planish::ImageSettings::default(), 2);
    let large =
        planish::estimate_peak_bytes(&photo(640, 640).to_png(None), &planish::ImageSettings::default(), 2);
    assert!(large > small + 400 * 400 * 50, "{small} {large}");
    assert!(planish::estimate_peak_bytes(b"nothing", &planish::ImageSettings::default(), 2) < 16 << 20);
}
