//! TIFF samples that are finer than those of any image here: rounded with a warning, or refused where that would be
//! guessing.

#![allow(clippy::pedantic, clippy::unwrap_used)]

mod support;

use planish::{Format, KeptReason, Optimized};
use std::io::Cursor;
use support::{Picture, contains, display_p3, run};
use tiff::encoder::{TiffEncoder, colortype};
use tiff::tags::Tag;

const TO_PNG: &str = r#"{"formats": ["png"], "goal": "lossless", "effort": 1}"#;

/// A little-endian TIFF of one strip of gray samples.
fn gray(width: u32, bits: u32, format: u32, more: &[(u32, u32)], strip: &[u8]) -> Vec<u8> {
    let mut fields = vec![(256, width), (257, 1), (258, bits), (259, 1), (262, 1), (277, 1), (339, format)];
    for field in more {
        fields.retain(|(tag, _)| *tag != field.0);
        fields.push(*field);
    }
    fields.extend([(273, 8), (279, strip.len() as u32)]);
    fields.sort();
    let mut file = b"II\x2a\0".to_vec();
    file.extend((8 + strip.len() as u32).to_le_bytes());
    file.extend(strip);
    file.extend((fields.len() as u16).to_le_bytes());
    for (tag, value) in fields {
        file.extend((tag as u16).to_le_bytes());
        // LONG, one of them.
        file.extend([4, 0, 1, 0, 0, 0]);
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4]);
    file
}

/// The samples of a PNG, 16 bits each.
fn samples(png: &[u8]) -> Vec<u16> {
    let mut reader = png::Decoder::new(Cursor::new(png)).read_info().unwrap();
    assert_eq!(reader.info().bit_depth, png::BitDepth::Sixteen);
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut data).unwrap();
    data.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
}

fn rounded(file: &[u8]) -> (Vec<u16>, String) {
    let Optimized { bytes, result } = run(file, TO_PNG).unwrap();
    let warning = result.warnings.iter().find(|warning| warning.code == "samples_rounded").unwrap();
    (samples(&bytes), warning.message.clone())
}

fn refused(file: &[u8]) -> String {
    let error = run(file, TO_PNG).unwrap_err();
    assert_eq!(error.code(), "unsupported", "{error}");
    error.to_string()
}

/// Floating-point RGB, with a profile.
fn with_profile(pixels: &[f32], width: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = TiffEncoder::new(Cursor::new(&mut bytes)).unwrap();
    let mut image = encoder.new_image::<colortype::RGB32Float>(width, 1).unwrap();
    image.encoder().write_tag(Tag::Unknown(34_675), display_p3().as_slice()).unwrap();
    image.write_data(pixels).unwrap();
    bytes
}

#[test]
fn numbers_with_a_profile_are_what_it_says_from_0_to_1() {
    let file = with_profile(&[0.0, 0.25, 1.0, 0.5, 0.1, 0.9], 2);
    let (pixels, warning) = rounded(&file);
    assert_eq!(pixels, [0, 16_384, 65_535, 32_768, 6_554, 58_981]);
    assert!(warning.contains("32-bit floating-point") && warning.contains("1 as white"), "{warning}");
    let png = run(&file, TO_PNG).unwrap().bytes;
    assert!(png::Decoder::new(Cursor::new(png)).read_info().unwrap().info().icc_profile.is_some());
}

#[test]
fn numbers_without_a_profile_are_light() {
    let light: Vec<u8> = [0.0f32, 0.002, 0.2140, 1.0].iter().flat_map(|value| value.to_le_bytes()).collect();
    let (pixels, warning) = rounded(&gray(4, 32, 3, &[], &light));
    // 0.002 × 12.92; 0.214 is the light of the code 0.5.
    assert_eq!((pixels[0], pixels[1], pixels[3]), (0, 1693, 65_535));
    assert!(pixels[2].abs_diff(32_765) < 20, "{}", pixels[2]);
    assert!(warning.contains("linear light"), "{warning}");
    let double: Vec<u8> = [0.0f64, 0.002, 0.2140, 1.0].iter().flat_map(|value| value.to_le_bytes()).collect();
    assert_eq!(rounded(&gray(4, 64, 3, &[], &double)).0, pixels);
    let half: Vec<u8> = [0u16, 0x3c00, 0x3800].iter().flat_map(|value| value.to_le_bytes()).collect();
    let (pixels, warning) = rounded(&gray(3, 16, 3, &[], &half));
    assert_eq!((pixels[1], pixels[2]), (65_535, 48_192));
    assert!(warning.contains("16-bit floating-point"), "{warning}");
}

#[test]
fn long_integers_are_scaled() {
    let values = [0u32, u32::MAX, 1 << 31, 65_537 * 300 + 32_768, 65_537 * 300 + 32_769];
    let strip: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let (pixels, warning) = rounded(&gray(5, 32, 1, &[], &strip));
    assert_eq!(pixels, [0, 65_535, 32_768, 300, 301]);
    assert!(warning.contains("32-bit samples"), "{warning}");
}

#[test]
fn differences_of_fine_samples_are_undone() {
    let values = [7u32, u32::MAX, 5, 1 << 31];
    let plain: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let expected = rounded(&gray(4, 32, 1, &[], &plain)).0;
    let differences: Vec<u8> = (0..4)
        .flat_map(|at| values[at].wrapping_sub(if at > 0 { values[at - 1] } else { 0 }).to_le_bytes())
        .collect();
    let zlib = |data: &[u8]| {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut encoder, data).unwrap();
        encoder.finish().unwrap()
    };
    let file = gray(4, 32, 1, &[(259, 8), (317, 2)], &zlib(&differences));
    assert_eq!(rounded(&file).0, expected);

    // All first bytes, all second ones and so on, most significant first, and then differences between neighbours.
    let numbers = [0.25f32, 0.5, 0.75, 1.0];
    let plain: Vec<u8> = numbers.iter().flat_map(|value| value.to_le_bytes()).collect();
    let sorted: Vec<u8> = (0..4).flat_map(|byte| numbers.map(|number| number.to_be_bytes()[byte])).collect();
    let differences: Vec<u8> =
        (0..16).map(|at| sorted[at].wrapping_sub(if at > 0 { sorted[at - 1] } else { 0 })).collect();
    let file = gray(4, 32, 3, &[(259, 8), (317, 3)], &zlib(&differences));
    assert_eq!(rounded(&file).0, rounded(&gray(4, 32, 3, &[], &plain)).0);
}

#[test]
fn zstandard_is_read() {
    let strip: Vec<u8> = (0..=255).collect();
    let packed =
        |data: &[u8]| ruzstd::encoding::compress_to_vec(data, ruzstd::encoding::CompressionLevel::Fastest);
    let file = gray(256, 8, 1, &[(259, 50_000)], &packed(&strip));
    let png = run(&file, TO_PNG).unwrap();
    assert_eq!((png.result.width, png.result.height), (256, 1));
    assert_eq!(Picture::from_png(&png.bytes).pixels, strip);
    for damaged in [&packed(&strip)[..40], &packed(&strip[..200]), b"no zstd at all", b""] {
        let error = run(&gray(256, 8, 1, &[(259, 50_000)], damaged), TO_PNG).unwrap_err();
        assert_eq!(error.code(), "corrupt", "{error}");
    }
}

#[test]
fn what_cannot_be_rounded_without_guessing_is_refused() {
    let number = |value: f32| gray(1, 32, 3, &[], &value.to_le_bytes());
    for value in [1.5, -0.01, f32::NAN, f32::INFINITY] {
        let message = refused(&number(value));
        assert!(message.contains("outside of 0 to 1"), "{message}");
    }
    // What computing leaves of black and white is black and white.
    assert_eq!(Picture::from_any(&number(-1e-7)).pixels, [0]);
    assert_eq!(Picture::from_any(&number(1.000_001)).pixels, [255]);
    assert!(refused(&gray(1, 32, 2, &[], &[0; 4])).contains("signed"));
    assert!(refused(&gray(1, 24, 3, &[], &[0; 3])).contains("floating-point samples of 24 bits"));
    assert!(refused(&gray(1, 64, 1, &[], &[0; 8])).contains("64 bits"));
    assert!(refused(&gray(1, 32, 3, &[(262, 0)], &[0; 4])).contains("0 is white"));
}

#[test]
fn a_tiff_never_gives_rounded_samples_for_its_own() {
    let file = with_profile(&[0.1; 3 * 512], 512);
    for settings in ["{}", r#"{"goal": "lossless"}"#, r#"{"formats": ["tiff"]}"#] {
        let kept = run(&file, settings).unwrap();
        assert!(kept.bytes == file, "{settings}");
        assert_eq!(kept.result.kept_original, Some(KeptReason::AlreadySmallest));
        assert_eq!(kept.result.warnings, [], "{settings}");
    }
    // Another picture is made of what was decoded, and says so.
    let small = run(&file, r#"{"resize": {"width": 8}}"#).unwrap();
    assert_eq!(small.result.format, Format::Tiff);
    assert!(small.result.warnings.iter().any(|warning| warning.code == "samples_rounded"));
    assert!(contains(&small.bytes, &display_p3()));
}

#[test]
fn a_strip_that_would_take_more_memory_than_any_image_is_refused_before_it_is_unpacked() {
    // 30 megapixels of 64 bits in three samples: 720 MB, and with a fourth 960 MB.
    let file = |samples: u32| {
        let mut file = gray(6000, 64, 3, &[(257, 5000), (262, 2), (277, samples), (259, 8)], b"");
        // BitsPerSample and SampleFormat are said once, for all.
        file.extend([0; 16]);
        file
    };
    assert_eq!(run(&file(3), TO_PNG).unwrap_err().code(), "corrupt");
    let error = run(&file(4), TO_PNG).unwrap_err();
    assert_eq!(error.code(), "limit_exceeded");
    assert!(error.to_string().contains("bytes in a strip or tile"), "{error}");
}
