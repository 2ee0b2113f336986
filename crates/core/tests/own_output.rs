//! Running planish on its own output changes nothing: no damage is added from run to run.

#![allow(clippy::pedantic, clippy::unwrap_used)]

mod support;

use planish::{Format, KeptReason, Outcome};
use support::{graphic, photo, run};

#[test]
fn a_second_and_a_third_run_for_the_same_score_hand_out_what_the_first_made() {
    for score in [70, 80, 90] {
        let settings = format!(r#"{{"goal": {{"score": {score}}}}}"#);
        for format in [Format::Jpeg, Format::Webp, Format::Avif, Format::Jxl] {
            let to_format = format!(r#"{{"goal": {{"score": {score}}}, "formats": ["{}"]}}"#, format.name());
            let first = run(&photo(320, 240).to_png(None), &to_format).unwrap();
            assert!(!first.result.lossless, "{format} at {score}");
            for (run_number, settings) in [(2, &settings), (3, &to_format)] {
                let again = run(&first.bytes, settings).unwrap();
                assert!(
                    again.bytes == first.bytes,
                    "run {run_number} of {format} at {score}: {:?}",
                    again.result
                );
                assert!(again.result.kept_original.is_some());
            }
        }
    }
}

#[test]
fn a_second_run_at_the_same_quality_takes_no_pixel_from_a_jpeg() {
    for picture in [photo(320, 240), graphic(200, 150)] {
        for quality in [30, 60, 75, 90, 97] {
            let settings = format!(r#"{{"goal": {{"quality": {quality}}}, "formats": ["jpeg"]}}"#);
            let first = run(&picture.to_png(None), &settings).unwrap();
            let second = run(&first.bytes, &settings).unwrap();
            // Scans may be packed better once.
            assert!(second.result.lossless, "{quality}: {:?}", second.result.candidates);
            let third = run(&second.bytes, &settings).unwrap();
            assert!(third.bytes == second.bytes, "{quality}: {:?}", third.result.candidates);
        }
    }
}

#[test]
fn what_was_made_for_a_much_higher_score_is_coded_again() {
    for format in [Format::Jpeg, Format::Webp, Format::Avif] {
        let settings = format!(r#"{{"goal": {{"score": 92}}, "formats": ["{}"]}}"#, format.name());
        let fine = run(&photo(320, 240).to_png(None), &settings).unwrap();
        let coarse = run(&fine.bytes, r#"{"goal": {"score": 50}}"#).unwrap();
        assert!(coarse.bytes.len() * 10 <= fine.bytes.len() * 7, "{format}: {:?}", coarse.result);
    }
}

#[test]
fn what_would_save_too_little_is_reported_as_that() {
    let webp = r#"{"goal": {"score": 80}, "formats": ["webp"]}"#;
    let first = run(&photo(320, 240).to_png(None), webp).unwrap();
    let second = run(&first.bytes, webp).unwrap().result;
    let told = second.candidates.iter().filter(|made| made.outcome == Outcome::SavesTooLittle);
    assert_eq!(told.count(), 1, "{:?}", second.candidates);
    assert_eq!(second.kept_original, Some(KeptReason::SavingsTooSmall));
}
