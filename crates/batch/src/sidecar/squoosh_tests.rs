//! With the real codecs, which the project's set-up installs.

use super::find::Launch;
use super::squoosh::Squoosh;
use crate::engine::{CoreEngine, Engine};
use planish::{
    CancelFlag, Format, FormatChoice, Goal, ImageSettings, OptimizationError, OptimizeContext, Optimized,
    Quality, RawImage, Score, SquooshCodec, SquooshEncoders, SquooshError, SquooshOptions,
};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

fn launch(script: &str) -> Launch {
    Launch {
        node: "node".into(),
        arguments: Vec::new(),
        script: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../native").join(script),
        requests_at_once: 2,
        silence: Duration::from_mins(1),
    }
}

/// A PNG with soft colours, edges and a little grain.
fn picture() -> Vec<u8> {
    let (width, height) = (96_u32, 64_u32);
    let mut rgb = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let grain = (x * 7919 + y * 104_729) % 13;
            let edge = if (x / 16 + y / 16) % 2 == 0 { 60 } else { 0 };
            rgb.extend([(x * 2 + grain) as u8, (y * 2 + edge) as u8, (90 + edge + grain) as u8]);
        }
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&rgb).unwrap();
    file
}

fn optimize(codec: SquooshCodec, goal: Goal) -> Result<Optimized, OptimizationError> {
    let engine = CoreEngine::with_squoosh(1, Arc::new(Squoosh::launched(launch("src/main.js"))));
    let settings = ImageSettings {
        goal,
        formats: FormatChoice::OneOf(vec![codec.format()]),
        squoosh: vec![codec],
        ..ImageSettings::default()
    };
    engine.optimize(&picture(), &settings, &OptimizeContext::default())
}

#[test]
fn each_codec_reaches_a_score_that_the_core_measures() {
    for (codec, encoder) in [(SquooshCodec::Avif, "squoosh-avif"), (SquooshCodec::Jxl, "squoosh-jxl")] {
        let optimized = optimize(codec, Goal::Score(Score::target(80.0).unwrap())).unwrap();
        assert_eq!(planish::sniff(&optimized.bytes), Ok(codec.format()));
        assert!(optimized.result.score.get() >= 80.0, "{codec:?}: {}", optimized.result.score);
        let selected = optimized.result.candidates.iter().find(|candidate| candidate.encoder == encoder);
        assert!(selected.is_some(), "{:?}", optimized.result.candidates);
        let again = optimize(codec, Goal::Score(Score::target(80.0).unwrap())).unwrap();
        assert_eq!(again.bytes, optimized.bytes, "the same every time");
    }
}

#[test]
fn lossless_jpeg_xl_keeps_every_pixel() {
    let optimized = optimize(SquooshCodec::Jxl, Goal::Lossless).unwrap();
    assert!(optimized.result.lossless && optimized.result.format == Format::Jxl);
    assert!(optimized.result.candidates.iter().all(|candidate| candidate.encoder == "squoosh-jxl-lossless"));
}

#[test]
fn without_node_the_job_says_what_is_missing() {
    let launch = Launch { node: "/nowhere/node".into(), ..launch("src/main.js") };
    let engine = CoreEngine::with_squoosh(1, Arc::new(Squoosh::launched(launch)));
    let settings = ImageSettings {
        goal: Goal::Quality(Quality::new(60).unwrap()),
        formats: FormatChoice::OneOf(vec![Format::Avif]),
        squoosh: vec![SquooshCodec::Avif],
        ..ImageSettings::default()
    };
    let error = engine.optimize(&picture(), &settings, &OptimizeContext::default()).unwrap_err();
    assert_eq!(error.code(), "invalid_setting");
    assert!(error.to_string().contains("/nowhere/node"), "{error}");
}

/// Hands over a pixel too few.
struct Short(Squoosh);

impl SquooshEncoders for Short {
    fn encode(
        &self,
        image: &RawImage<'_>,
        options: &SquooshOptions,
        cancel: &CancelFlag,
    ) -> Result<Vec<u8>, SquooshError> {
        let short = RawImage { rgba: &image.rgba[..image.rgba.len() - 4], ..*image };
        self.0.encode(&short, options, cancel)
    }
}

#[test]
fn pixels_that_do_not_fill_the_image_are_refused() {
    let squoosh = Squoosh::launched(launch("src/main.js"));
    let context = OptimizeContext { squoosh: Some(&Short(squoosh)), ..OptimizeContext::default() };
    let settings = ImageSettings {
        goal: Goal::Quality(Quality::new(60).unwrap()),
        formats: FormatChoice::OneOf(vec![Format::Jxl]),
        squoosh: vec![SquooshCodec::Jxl],
        ..ImageSettings::default()
    };
    let error = planish::optimize(&picture(), &settings, &context).unwrap_err().to_string();
    assert!(error.contains("24576") && error.contains("24572"), "{error}");
}
