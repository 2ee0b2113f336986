//! With the real Sharp, which the project's set-up installs.

use super::find::Launch;
use super::optimize::Job;
use super::supervisor::Supervisor;
use planish::settings::{MetadataPolicy, Resize, Rotation};
use planish::{
    Bytes, Comparison, Format, FormatChoice, Goal, ImageSettings, OptimizationError, OptimizationResult,
    OptimizeContext, Quality, Score,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

const MEMORY: u64 = 1 << 30;

struct Bench {
    folder: TempDir,
    supervisor: Supervisor,
}

impl Bench {
    fn new() -> Self {
        let launch = Launch {
            node: "node".into(),
            arguments: Vec::new(),
            script: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../native/src/main.js"),
            requests_at_once: 2,
            silence: Duration::from_mins(1),
        };
        Self { folder: tempfile::tempdir().unwrap(), supervisor: Supervisor::new(launch, 1, 0) }
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn run(
        &self,
        source: &Path,
        settings: &ImageSettings,
    ) -> Result<(OptimizationResult, PathBuf), OptimizationError> {
        self.run_within(source, settings, MEMORY)
    }

    fn run_within(
        &self,
        source: &Path,
        settings: &ImageSettings,
        memory: u64,
    ) -> Result<(OptimizationResult, PathBuf), OptimizationError> {
        let target = self.folder.path().join("target");
        let _ = fs::remove_file(&target);
        let source = (source.to_str().unwrap(), fs::metadata(source).unwrap().len());
        let context = OptimizeContext::default();
        let (supervisor, name) = (&self.supervisor, target.to_str().unwrap());
        let job = Job::new(supervisor, source, name, settings, memory, &context);
        job.run().map(|result| (result, target))
    }
}

/// Soft shapes with a little grain, as in a photo.
fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut state = 1_u32;
    let mut pixels = Vec::with_capacity(width as usize * height as usize * 3);
    for y in 0..height {
        for x in 0..width {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let grain = (state >> 28) as i32 - 8;
            let wave = |phase: f64| {
                let shade = (f64::from(x) / 47.0 + phase).sin() + (f64::from(y) / 31.0 - phase).cos();
                (128.0 + shade * 50.0) as i32 + grain
            };
            pixels.extend([wave(0.0), wave(1.0), wave(2.0)].map(|value| value.clamp(0, 255) as u8));
        }
    }
    png_of(width, height, png::ColorType::Rgb, &pixels)
}

fn png_of(width: u32, height: u32, color: png::ColorType, pixels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(pixels).unwrap();
    writer.finish().unwrap();
    bytes
}

fn to(formats: &[Format], goal: Goal) -> ImageSettings {
    ImageSettings { goal, formats: FormatChoice::OneOf(formats.to_vec()), ..ImageSettings::default() }
}

fn score(value: f64) -> Goal {
    Goal::Score(Score::target(value).unwrap())
}

#[test]
fn the_goal_is_met_by_the_whole_image_with_little_to_spare() {
    let bench = Bench::new();
    let original = picture(1900, 1600);
    let source = bench.file("a.png", &original);
    let reference = Comparison::with(&original, &OptimizeContext::default()).unwrap();
    for (format, magic) in [(Format::Jpeg, &b"\xff\xd8"[..]), (Format::Webp, b"RIFF")] {
        let (result, target) = bench.run(&source, &to(&[format], score(75.0))).unwrap();
        let bytes = fs::read(&target).unwrap();
        assert!(bytes.starts_with(magic));
        assert_eq!((result.width, result.height, result.format), (1900, 1600, format));
        assert_eq!((result.optimized_size, result.engine.as_str()), (bytes.len() as u64, "sharp"));
        let whole = reference.score(&bytes, &OptimizeContext::default()).unwrap().get();
        assert!((73.5..80.0).contains(&whole), "{format}: {whole}, sampled {}", result.score);
        assert!((whole - result.score.get()).abs() < 2.0, "{whole} {}", result.score);
        assert!(result.warnings.iter().any(|warning| warning.code == "sampled_score"));
        assert!(result.encodes <= 3, "{}", result.encodes);
    }
}

#[test]
fn a_size_is_kept_to() {
    let bench = Bench::new();
    let source = bench.file("a.png", &picture(1200, 900));
    let (result, target) = bench.run(&source, &to(&[Format::Jpeg], Goal::MaxBytes(Bytes(60_000)))).unwrap();
    let size = fs::metadata(target).unwrap().len();
    assert!(size <= 60_000 && size > 45_000, "{size}");
    assert_eq!(result.optimized_size, size);
}

#[test]
fn a_fixed_quality_is_that_quality() {
    let bench = Bench::new();
    let source = bench.file("a.png", &picture(300, 200));
    let quality = Goal::Quality(Quality::new(60).unwrap());
    let (result, _) = bench.run(&source, &to(&[Format::Webp], quality)).unwrap();
    assert_eq!(result.quality, Some(Quality::new(60).unwrap()));
    assert!(result.warnings.is_empty(), "measured whole: {:?}", result.warnings);
}

#[test]
fn lossless_is_lossless_and_not_for_jpeg() {
    let bench = Bench::new();
    let original = picture(300, 200);
    let source = bench.file("a.png", &original);
    let reference = Comparison::with(&original, &OptimizeContext::default()).unwrap();
    for format in [Format::Webp, Format::Tiff] {
        let (result, target) = bench.run(&source, &to(&[format], Goal::Lossless)).unwrap();
        assert!(result.lossless);
        let bytes = fs::read(target).unwrap();
        let score = reference.score(&bytes, &OptimizeContext::default()).unwrap().get();
        assert!(score > 99.999, "{format}: {score}");
    }
    let error = bench.run(&source, &to(&[Format::Jpeg], Goal::Lossless)).unwrap_err();
    assert_eq!(error.code(), "unsupported");
}

#[test]
fn where_lossy_webp_falls_short_of_a_score_it_is_lossless() {
    let bench = Bench::new();
    // Coloured grain, which WebP halves the colours of.
    let mut state = 1_u32;
    let noise: Vec<u8> = (0..96 * 64 * 3)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect();
    let source = bench.file("a.png", &png_of(96, 64, png::ColorType::Rgb, &noise));
    let (result, _) = bench.run(&source, &to(&[Format::Webp], score(90.0))).unwrap();
    assert!(result.lossless && result.score.get() >= 99.99, "{result:?}");
    let error = bench.run(&source, &to(&[Format::Webp], Goal::MaxBytes(Bytes(100)))).unwrap_err();
    assert_eq!(error.code(), "goal_unreachable");
}

#[test]
fn of_several_formats_the_smallest_comes_out() {
    let bench = Bench::new();
    let source = bench.file("a.png", &picture(400, 300));
    let formats = [Format::Jpeg, Format::Png, Format::Webp];
    let (best, _) = bench.run(&source, &to(&formats, score(80.0))).unwrap();
    let sizes =
        formats.map(|format| bench.run(&source, &to(&[format], score(80.0))).unwrap().0.optimized_size);
    assert_eq!(best.optimized_size, *sizes.iter().min().unwrap());
}

#[test]
fn a_file_that_cannot_become_smaller_is_kept() {
    let bench = Bench::new();
    let source = bench.file("a.png", &picture(600, 400));
    let (_, small) = bench.run(&source, &to(&[Format::Jpeg], score(60.0))).unwrap();
    let small = bench.file("small.jpg", &fs::read(small).unwrap());
    let (result, _) = bench.run(&small, &to(&[Format::Jpeg], score(90.0))).unwrap();
    assert!(result.kept_original.is_some());
    assert_eq!(result.optimized_size, result.original_size);
}

#[test]
fn pictures_are_turned_and_resized_as_in_the_core() {
    let bench = Bench::new();
    let original = picture(900, 600);
    let source = bench.file("a.png", &original);
    let settings = ImageSettings {
        rotate: Rotation::Quarter,
        resize: Some(Resize::to_width(300)),
        ..to(&[Format::Png], Goal::Lossless)
    };
    let (result, target) = bench.run(&source, &settings).unwrap();
    assert_eq!((result.width, result.height), (300, 450));
    let by_core = planish::optimize(&original, &settings, &OptimizeContext::default()).unwrap();
    let reference = Comparison::with(&by_core.bytes, &OptimizeContext::default()).unwrap();
    let score = reference.score(&fs::read(target).unwrap(), &OptimizeContext::default()).unwrap().get();
    assert!(score > 90.0, "Lanczos3 in linear light by both: {score}");
}

#[test]
fn transparency_stays_and_keeps_jpeg_away() {
    let bench = Bench::new();
    let pixels: Vec<u8> = (0..64 * 64_u32).flat_map(|at| [200, 30, 30, (at % 64 * 4) as u8]).collect();
    let source = bench.file("a.png", &png_of(64, 64, png::ColorType::Rgba, &pixels));
    let (result, _) = bench.run(&source, &to(&[Format::Jpeg, Format::Webp], score(80.0))).unwrap();
    assert_eq!(result.format, Format::Webp);
    let error = bench.run(&source, &to(&[Format::Jpeg], score(80.0))).unwrap_err();
    assert_eq!(error.code(), "unsupported");
    let background = Some("#fff".parse().unwrap());
    let on_white = ImageSettings { background, ..to(&[Format::Jpeg], score(80.0)) };
    assert_eq!(bench.run(&source, &on_white).unwrap().0.format, Format::Jpeg);
}

#[test]
fn a_small_budget_makes_jpegs_that_stream() {
    let bench = Bench::new();
    let source = bench.file("a.png", &picture(600, 400));
    let sequential = |memory| {
        let (_, target) = bench.run_within(&source, &to(&[Format::Jpeg], score(70.0)), memory).unwrap();
        // SOF0 is a sequential frame, SOF2 a progressive one.
        fs::read(target).unwrap().windows(2).any(|pair| pair == [0xff, 0xc0])
    };
    assert!(!sequential(MEMORY));
    assert!(sequential(100_000));
}

#[test]
fn what_is_no_image_or_damaged_says_so_and_leaves_nothing() {
    let bench = Bench::new();
    let mut damaged = picture(300, 300);
    damaged.truncate(damaged.len() / 2);
    for (name, bytes, code) in
        [("a.png", b"text".as_slice(), "unsupported"), ("b.png", damaged.as_slice(), "sidecar")]
    {
        let source = bench.file(name, bytes);
        let error = bench.run(&source, &to(&[Format::Jpeg], score(80.0))).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(!bench.folder.path().join("target").exists());
    }
}

#[test]
fn copyright_stays_by_default() {
    let bench = Bench::new();
    let tiff = include_bytes!("../../../../native/test/recorded/rights.jpg");
    let source = bench.file("a.jpg", tiff);
    let contains = |policy, text: &str| {
        let quality = Goal::Quality(Quality::new(70).unwrap());
        let settings = ImageSettings { metadata: policy, ..to(&[Format::Webp], quality) };
        let (_, target) = bench.run(&source, &settings).unwrap();
        fs::read(target).unwrap().windows(text.len()).any(|window| window == text.as_bytes())
    };
    assert!(contains(MetadataPolicy::Safe, "Ada Lovelace") && !contains(MetadataPolicy::Safe, "Spy Camera"));
    assert!(contains(MetadataPolicy::Keep, "Spy Camera"));
    assert!(!contains(MetadataPolicy::Strip, "Ada Lovelace"));
}
