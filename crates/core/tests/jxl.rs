//! JPEG XL in and out: every depth and kind of pixel, profiles, metadata, and JPEGs that can be had back.

#![allow(clippy::pedantic, clippy::unwrap_used)]

mod support;

use planish::{Format, OptimizeContext, optimize};
use std::io::Cursor;
use std::path::PathBuf;
use support::{Noise, Picture, contains, display_p3, exif, graphic, photo, run};

const TO_PNG: &str = r#"{"formats": ["png"], "goal": "lossless", "effort": 1}"#;
const LOSSLESS: &str = r#"{"formats": ["jxl"], "goal": "lossless"}"#;

fn to_jxl(rest: &str) -> String {
    format!(r#"{{"formats": ["jxl"]{rest}}}"#)
}

/// A PNG of noise, in which nothing can be simplified.
fn noise_png(size: (u32, u32), color: png::ColorType, depth: png::BitDepth) -> Vec<u8> {
    let mut noise = Noise(5);
    let count = size.0 as usize * size.1 as usize * color.samples();
    let data: Vec<u8> = match depth {
        png::BitDepth::Sixteen => {
            (0..count).flat_map(|_| ((noise.next() * 65_535.0) as u16).to_be_bytes()).collect()
        }
        _ => (0..count).map(|_| (noise.next() * 255.0) as u8).collect(),
    };
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size.0, size.1);
    encoder.set_color(color);
    encoder.set_depth(depth);
    encoder.write_header().unwrap().write_image_data(&data).unwrap();
    bytes
}

/// Size, kind, depth and samples of a PNG.
fn samples(png: &[u8]) -> (u32, u32, png::ColorType, png::BitDepth, Vec<u8>) {
    let mut decoder = png::Decoder::new(Cursor::new(png));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    pixels.truncate(info.buffer_size());
    (info.width, info.height, info.color_type, info.bit_depth, pixels)
}

fn other_reader(bytes: &[u8]) -> jxl_oxide::JxlImage {
    jxl_oxide::JxlImage::builder().read(bytes).unwrap()
}

#[test]
fn every_depth_and_kind_of_pixel_survives() {
    use png::{BitDepth, ColorType};
    for depth in [BitDepth::Eight, BitDepth::Sixteen] {
        for color in [ColorType::Grayscale, ColorType::GrayscaleAlpha, ColorType::Rgb, ColorType::Rgba] {
            let png = noise_png((61, 37), color, depth);
            let out = run(&png, LOSSLESS).unwrap();
            assert_eq!((out.result.format, out.result.lossless), (Format::Jxl, true));
            let back = run(&out.bytes, TO_PNG).unwrap().bytes;
            let original = samples(&png);
            assert!(samples(&back) == original, "{color:?} {depth:?}");
            // Another reader sees the same.
            let render = other_reader(&out.bytes).render_frame(0).unwrap();
            let mut stream = render.stream();
            let count = original.4.len() / if depth == BitDepth::Eight { 1 } else { 2 };
            let mut pixels = vec![0u16; count];
            assert_eq!(stream.write_to_buffer(&mut pixels), count);
            let expected: Vec<u16> = match depth {
                BitDepth::Eight => original.4.iter().map(|&value| u16::from(value) * 257).collect(),
                _ => original.4.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect(),
            };
            assert!(pixels == expected, "{color:?} {depth:?}");
        }
    }
}

#[test]
fn lossy_files_reach_the_score_they_were_asked_for() {
    let photo = photo(320, 240);
    let gray = Picture {
        color: png::ColorType::Grayscale,
        pixels: photo.pixels.chunks_exact(3).map(|pixel| pixel[1]).collect(),
        ..photo.clone()
    };
    for (name, picture) in [("photo", &photo), ("gray", &gray), ("alpha", &photo.with_alpha())] {
        for score in [70, 85] {
            let png = picture.to_png(None);
            let out = run(&png, &to_jxl(&format!(r#", "goal": {{"score": {score}}}"#))).unwrap();
            let reached = out.result.score.get();
            println!(
                "{name} {score}: {reached} with quality {:?}, {} encodes, {} bytes",
                out.result.quality,
                out.result.encodes,
                out.bytes.len()
            );
            assert!(
                reached >= f64::from(score) && (out.result.lossless || reached < f64::from(score) + 4.0),
                "{name}: {reached}"
            );
            assert!(out.bytes.len() < png.len());
        }
    }
}

#[test]
fn deep_pictures_stay_deep_when_they_are_lossy() {
    // A gradient in steps finer than 8 bits can say.
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 256, 64);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Sixteen);
    let data: Vec<u8> = (0..256 * 64u32)
        .flat_map(|i| [20_000 + i % 256 * 9, 30_000 - i % 256 * 5, 25_000 + i / 256])
        .flat_map(|v| (v as u16).to_be_bytes())
        .collect();
    encoder.write_header().unwrap().write_image_data(&data).unwrap();
    let out = run(&bytes, &to_jxl(r#", "goal": {"quality": 95}"#)).unwrap();
    assert!(!out.result.lossless);
    let (.., depth, pixels) = samples(&run(&out.bytes, TO_PNG).unwrap().bytes);
    assert_eq!(depth, png::BitDepth::Sixteen);
    let worst = pixels
        .chunks_exact(2)
        .zip(data.chunks_exact(2))
        .map(|(a, b)| u16::from_be_bytes([a[0], a[1]]).abs_diff(u16::from_be_bytes([b[0], b[1]])))
        .max()
        .unwrap();
    assert!(worst < 1200, "{worst}");
}

#[test]
fn profiles_are_kept_with_and_without_loss() {
    let icc = display_p3();
    for picture in [photo(120, 80), photo(120, 80).with_alpha()] {
        let png = picture.to_png(Some(&icc));
        for goal in [r#""lossless""#, r#"{"quality": 85}"#] {
            let out = run(&png, &to_jxl(&format!(r#", "goal": {goal}"#))).unwrap();
            let back = run(&out.bytes, TO_PNG).unwrap().bytes;
            let reader = png::Decoder::new(Cursor::new(&back)).read_info().unwrap();
            assert!(reader.info().icc_profile.as_deref() == Some(icc.as_slice()), "{goal}");
            // The numbers are still those of the profile: nothing was converted.
            let decoded = Picture::from_png(&back);
            let worst =
                (0..120).map(|x| decoded.rgba(x, 40)[0].abs_diff(picture.rgba(x, 40)[0])).max().unwrap();
            assert!(worst < 60, "{goal}: {worst}");
        }
    }
    let gray_icc = moxcms::ColorProfile::new_gray_with_gamma(2.2).encode().unwrap();
    let photo = photo(90, 60);
    let gray = Picture {
        color: png::ColorType::Grayscale,
        pixels: photo.pixels.chunks_exact(3).map(|pixel| pixel[1]).collect(),
        ..photo
    };
    for goal in [r#""lossless""#, r#"{"quality": 85}"#] {
        let out = run(&gray.to_png(Some(&gray_icc)), &to_jxl(&format!(r#", "goal": {goal}"#))).unwrap();
        let back = run(&out.bytes, TO_PNG).unwrap().bytes;
        let reader = png::Decoder::new(Cursor::new(&back)).read_info().unwrap();
        assert!(reader.info().icc_profile.as_deref() == Some(gray_icc.as_slice()), "gray, {goal}");
    }
}

#[test]
fn metadata_follows_the_policy() {
    let jpeg = photo(60, 40).to_jpeg(90, Some(exif(1)), None);
    for goal in [r#""lossless""#, r#"{"quality": 80}"#] {
        let settings = |policy: &str| to_jxl(&format!(r#", "goal": {goal}, "metadata": "{policy}""#));
        let stripped = run(&jpeg, &settings("strip")).unwrap().bytes;
        assert!(!contains(&stripped, b"planish\0"), "{goal}");
        let kept = run(&jpeg, &settings("keep")).unwrap().bytes;
        let back =
            run(&kept, r#"{"formats": ["jpeg"], "metadata": "keep", "goal": {"quality": 80}}"#).unwrap();
        assert!(contains(&back.bytes, b"planish\0"), "{goal}");
        // A JPEG XL is rid of its metadata without touching its pixels.
        let rewritten = run(&kept, r#"{"goal": "lossless"}"#).unwrap();
        assert!(!contains(&rewritten.bytes, b"planish\0"));
        assert_eq!(Picture::from_any(&rewritten.bytes), Picture::from_any(&kept), "{goal}");
    }
}

#[test]
fn a_jpeg_gets_smaller_and_can_be_had_back() {
    for orientation in [1, 6] {
        let jpeg = photo(333, 217).to_jpeg(85, Some(exif(orientation)), None);
        let kept = run(&jpeg, &to_jxl(r#", "goal": "lossless", "metadata": "keep""#)).unwrap();
        assert!(kept.bytes.len() < jpeg.len() * 9 / 10, "{} of {}", kept.bytes.len(), jpeg.len());
        assert_eq!(kept.result.candidates[0].encoder, "jxl-transcode");
        let mut restored = Vec::new();
        other_reader(&kept.bytes).reconstruct_jpeg(&mut restored).unwrap();
        assert!(restored == jpeg, "orientation {orientation}");
        // Without metadata there is nothing to restore it from, and the picture is upright all the same.
        let stripped = run(&jpeg, LOSSLESS).unwrap();
        assert!(stripped.bytes.len() < kept.bytes.len());
        assert!(!contains(&stripped.bytes, b"jbrd") && !contains(&stripped.bytes, b"Exif"));
        let mean = mean_difference(&stripped.bytes, &jpeg);
        println!("orientation {orientation}: mean difference {mean}");
        assert!(mean < 1.0, "{mean}");
    }
}

/// Mean difference of the samples of two files of one size.
fn mean_difference(a: &[u8], b: &[u8]) -> f64 {
    let (a, b) = (Picture::from_any(a), Picture::from_any(b));
    assert_eq!((a.width, a.height, a.color), (b.width, b.height, b.color));
    let sum: u64 = a.pixels.iter().zip(&b.pixels).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.pixels.len() as f64
}

#[test]
fn jpegs_of_the_corpus_show_the_same_as_jpeg_xl() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/edge");
    for name in ["Landscape_6.jpg", "flower.png.im_q85_asymmetric.jpg", "rgb.jpg", "restarts.jpg"] {
        let Ok(jpeg) = std::fs::read(folder.join(name)) else { continue };
        let out = run(&jpeg, LOSSLESS).unwrap();
        let mean = mean_difference(&out.bytes, &jpeg);
        println!("{name}: {} of {} bytes, mean difference {mean}", out.bytes.len(), jpeg.len());
        let kept = run(&jpeg, &to_jxl(r#", "goal": "lossless", "metadata": "keep""#)).unwrap();
        let mut restored = Vec::new();
        other_reader(&kept.bytes).reconstruct_jpeg(&mut restored).unwrap();
        assert!(restored == jpeg, "{name} can be had back");
        assert!(mean < 1.5, "{name}: {mean}");
    }
}

#[test]
fn coarse_jpegs_are_taken_over_too() {
    for quality in [3, 10, 25, 50, 98] {
        for picture in [photo(200, 150), graphic(200, 150)] {
            let jpeg = picture.to_jpeg(quality, None, None);
            let out = run(&jpeg, LOSSLESS).unwrap();
            let mean = mean_difference(&out.bytes, &jpeg);
            println!(
                "quality {quality}: {} of {} bytes, mean difference {mean}",
                out.bytes.len(),
                jpeg.len()
            );
            assert_eq!(out.result.candidates[0].encoder, "jxl-transcode");
            assert!(mean < 5.0, "quality {quality}: {mean}");
        }
    }
}

#[test]
fn graphics_are_lossless_where_that_is_smaller() {
    let picture = graphic(300, 200);
    let out = run(&picture.to_png(None), &to_jxl("")).unwrap();
    assert!(out.result.lossless, "{:?}", out.result.candidates);
    assert_eq!(Picture::from_any(&out.bytes), picture);
}

#[test]
fn jxl_comes_out_only_where_it_is_asked_for_or_kept() {
    let png = photo(100, 80).to_png(None);
    let auto = run(&png, r#"{"formats": "auto"}"#).unwrap();
    assert!(auto.result.candidates.iter().all(|candidate| candidate.format != Format::Jxl));
    let jxl = run(&png, &to_jxl(r#", "goal": {"quality": 95}"#)).unwrap().bytes;
    let kept = run(&jxl, r#"{"goal": {"score": 60}}"#).unwrap();
    assert!(kept.result.format == Format::Jxl && kept.bytes.len() < jxl.len());
}

#[test]
fn one_thread_and_four_give_the_same_bytes() {
    let png = photo(700, 500).with_alpha().to_png(None);
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    for goal in [r#""lossless""#, r#"{"quality": 80}"#] {
        let settings = to_jxl(&format!(r#", "goal": {goal}"#));
        let one = pool(1).install(|| run(&png, &settings)).unwrap();
        let four = pool(4).install(|| run(&png, &settings)).unwrap();
        assert!(one.bytes == four.bytes, "{goal}");
    }
}

#[test]
fn damaged_files_say_so_and_limits_come_first() {
    for settings in [LOSSLESS.to_owned(), to_jxl(r#", "goal": {"quality": 80}, "metadata": "keep""#)] {
        let jpeg = photo(120, 90).to_jpeg(90, Some(exif(1)), None);
        let whole = run(&jpeg, &settings).unwrap().bytes;
        for length in (12..whole.len()).step_by(whole.len() / 40) {
            let error = run(&whole[..length], TO_PNG).unwrap_err();
            assert_eq!(error.code(), "corrupt", "cut at {length}: {error}");
        }
        let mut damaged = whole.clone();
        let middle = damaged.len() / 2;
        damaged[middle..middle + 40].fill(0xa5);
        let _ = run(&damaged, TO_PNG);
        let mut context = OptimizeContext::default();
        context.limits.max_pixels.0 = 10_000;
        let error = optimize(&whole, &planish::ImageSettings::default(), &context).unwrap_err();
        assert_eq!(error.code(), "limit_exceeded");
        assert!(planish::estimate_peak_bytes(&whole, &planish::ImageSettings::default(), 2) > 120 * 90 * 100);
    }
}

#[test]
fn changed_bytes_end_soon_and_in_an_error_or_a_picture() {
    let jpeg = photo(90, 70).to_jpeg(85, Some(exif(1)), None);
    let quality = to_jxl(r#", "goal": {"quality": 70}"#);
    let mut noise = Noise(17);
    for settings in [LOSSLESS, &quality, &to_jxl(r#", "goal": "lossless", "metadata": "keep""#)] {
        let whole = run(&jpeg, settings).unwrap().bytes;
        for _ in 0..60 {
            let mut changed = whole.clone();
            for _ in 0..3 {
                let at = (noise.next() * changed.len() as f32) as usize;
                changed[at] = (noise.next() * 255.0) as u8;
            }
            let start = std::time::Instant::now();
            if let Err(error) = run(&changed, TO_PNG) {
                assert_ne!(error.code(), "internal", "{error}");
            }
            assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
        }
    }
}

#[test]
fn the_corpus_is_read_or_refused_by_name() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/edge");
    let Ok(entries) = std::fs::read_dir(path) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.extension().is_none_or(|extension| extension != "jxl") {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let refusal = match name.as_str() {
            "jxl_animation_newtons_cradle.jxl" => Some("animation"),
            "jxl_cmyk_layers.jxl" => Some("CMYK"),
            "jxl_lossless_pfm.jxl" => Some("floating-point"),
            _ => None,
        };
        let start = std::time::Instant::now();
        match (run(&bytes, TO_PNG), refusal) {
            (Ok(out), None) => {
                println!(
                    "{name}: {} × {}, {:?}, {:?}",
                    out.result.width,
                    out.result.height,
                    out.result.warnings,
                    start.elapsed()
                );
                compare_with_other_reader(&name, &bytes, &out.bytes);
                let lossless = run(&out.bytes, LOSSLESS).unwrap();
                assert_eq!(
                    samples(&run(&lossless.bytes, TO_PNG).unwrap().bytes),
                    samples(&out.bytes),
                    "{name}"
                );
            }
            (Err(error), Some(refusal)) => assert!(error.to_string().contains(refusal), "{name}: {error}"),
            (out, refusal) => {
                panic!("{name}: {:?}, expected {refusal:?}", out.map(|out| out.result.warnings))
            }
        }
    }
}

/// Two decoders agree within a step or two wherever the pixel is not transparent.
fn compare_with_other_reader(name: &str, jxl: &[u8], png: &[u8]) {
    let picture = Picture::from_png(png);
    let image = other_reader(jxl);
    let render = image.render_frame(0).unwrap();
    let mut stream = render.stream();
    let channels = stream.channels() as usize;
    assert_eq!((stream.width(), stream.height()), (picture.width, picture.height), "{name}");
    let mut pixels = vec![0u8; (picture.width * picture.height) as usize * channels];
    stream.write_to_buffer(&mut pixels);
    let mut worst = 0;
    for (index, pixel) in pixels.chunks_exact(channels).enumerate() {
        let index = index as u32;
        let ours = picture.rgba(index % picture.width, index / picture.width);
        if ours[3] < 255 {
            continue;
        }
        let theirs = if channels < 3 { [pixel[0]; 3] } else { [pixel[0], pixel[1], pixel[2]] };
        worst = theirs.iter().zip(ours).map(|(a, b)| a.abs_diff(b)).max().unwrap().max(worst);
    }
    println!("{name}: at most {worst} from the other reader");
    assert!(worst <= 2, "{name}: {worst}");
}
