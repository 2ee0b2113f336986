//! Lossy PNG, lossless PNG's reductions, and PNGs with damage, on generated images.

#![allow(clippy::pedantic, clippy::unwrap_used)]

mod support;

use planish::Optimized;
use support::{Picture, contains, display_p3, exif, photo, run, shaded};

/// Colour type and bit depth of a PNG.
fn stored(png: &[u8]) -> (u8, u8) {
    (png[25], png[24])
}

const INDEXED: u8 = 3;

fn palette_files(out: &Optimized) -> usize {
    out.result.candidates.iter().filter(|candidate| candidate.encoder == "png-palette").count()
}

#[test]
fn a_graphic_becomes_a_palette_that_looks_the_same() {
    let picture = shaded(400, 300);
    let png = picture.to_png(None);
    let lossless = run(&png, r#"{"goal": "lossless"}"#).unwrap();
    assert_eq!(palette_files(&lossless), 0);
    assert!(lossless.result.lossless);
    let out = run(&png, r#"{"goal": {"score": 75}}"#).unwrap();
    assert_eq!(stored(&out.bytes).0, INDEXED);
    assert!(!out.result.lossless && out.result.quality.is_some());
    assert!(out.result.score.get() >= 75.0, "{}", out.result.score);
    assert!(out.bytes.len() * 10 < lossless.bytes.len() * 9, "{}", out.bytes.len());
    // A lower target is never larger.
    let coarse = run(&png, r#"{"goal": {"score": 50}}"#).unwrap();
    assert!(coarse.bytes.len() <= out.bytes.len() && coarse.result.score.get() >= 50.0);
}

#[test]
fn smooth_transparency_stays_smooth() {
    let picture = shaded(256, 120).with_alpha();
    let out = run(&picture.to_png(None), r#"{"goal": {"score": 70}}"#).unwrap();
    assert_eq!(stored(&out.bytes).0, INDEXED);
    let decoded = Picture::from_png(&out.bytes);
    let mut worst = 0;
    for y in 0..120 {
        for x in 0..256 {
            let (was, is) = (picture.rgba(x, y)[3], decoded.rgba(x, y)[3]);
            assert_eq!((was == 0, was == 255), (is == 0, is == 255), "{x},{y}: {was} became {is}");
            worst = worst.max(was.abs_diff(is));
        }
    }
    assert!(worst <= 32, "an alpha is off by {worst}");
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let png = shaded(300, 200).with_alpha().to_png(None);
    let bytes = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&png, r#"{"goal": {"score": 70}}"#).unwrap().bytes)
    };
    assert_eq!(bytes(1), bytes(4));
}

#[test]
fn a_quality_is_a_number_of_colors() {
    let png = photo(160, 120).to_png(None);
    for (quality, colors) in [(7, 8), (15, 16), (100, 256)] {
        let settings = format!(r#"{{"formats": ["png"], "goal": {{"quality": {quality}}}}}"#);
        let out = run(&png, &settings).unwrap();
        assert_eq!(stored(&out.bytes).0, INDEXED, "quality {quality}");
        let decoded = Picture::from_png(&out.bytes);
        let mut found: Vec<&[u8]> = decoded.pixels.chunks_exact(3).collect();
        found.sort();
        found.dedup();
        assert!(found.len() <= colors && found.len() > colors / 2, "{} of {colors}", found.len());
    }
}

#[test]
fn a_photo_is_not_forced_into_a_palette_by_a_score() {
    let out = run(&photo(160, 120).to_png(None), r#"{"goal": {"score": 80}}"#).unwrap();
    assert_eq!(palette_files(&out), 0);
    assert!(out.result.lossless);
}

#[test]
fn a_size_is_kept_to() {
    let png = shaded(400, 300).to_png(None);
    let lossless = run(&png, r#"{"goal": "lossless"}"#).unwrap().bytes.len();
    let limit = lossless / 2;
    let out = run(&png, &format!(r#"{{"goal": {{"maxBytes": {limit}}}}}"#)).unwrap();
    assert!(out.bytes.len() <= limit && !out.result.lossless);
    assert!(out.bytes.len() * 10 > limit * 6, "{} of {limit} bytes are used", out.bytes.len());
}

#[test]
fn profile_and_metadata_go_with_a_palette() {
    let icc = display_p3();
    let jpeg = photo(96, 64).to_jpeg(90, Some(exif(1)), Some(icc));
    let out = run(&jpeg, r#"{"formats": ["png"], "goal": {"quality": 60}, "metadata": "keep"}"#).unwrap();
    assert_eq!(stored(&out.bytes).0, INDEXED);
    assert!(contains(&out.bytes, b"iCCP") && contains(&out.bytes, b"planish"));
    let stripped = run(&jpeg, r#"{"formats": ["png"], "goal": {"quality": 60}}"#).unwrap();
    assert!(contains(&stripped.bytes, b"iCCP") && !contains(&stripped.bytes, b"planish"));
}

#[test]
fn a_profile_for_gray_does_not_go_with_a_palette() {
    let gray: Vec<u8> = photo(96, 64).pixels.chunks_exact(3).map(|rgb| rgb[0]).collect();
    let mut info = png::Info::with_size(96, 64);
    info.color_type = png::ColorType::Grayscale;
    info.bit_depth = png::BitDepth::Eight;
    info.icc_profile = Some(moxcms::ColorProfile::new_gray_with_gamma(2.2).encode().unwrap().into());
    let mut png = Vec::new();
    let mut writer = png::Encoder::with_info(&mut png, info).unwrap().write_header().unwrap();
    writer.write_image_data(&gray).unwrap();
    writer.finish().unwrap();
    let out = run(&png, r#"{"goal": {"quality": 15}}"#).unwrap();
    assert_eq!(stored(&out.bytes).0, 0);
    assert!(contains(&out.bytes, b"iCCP") && palette_files(&out) == 2);
    assert!(!out.result.lossless && out.bytes.len() < png.len());
}

#[test]
fn the_smallest_and_the_emptiest_images_have_palettes_too() {
    for (width, height) in [(1, 1), (1, 40), (40, 1), (17, 3)] {
        for alpha in [0u8, 128, 255] {
            let pixels: Vec<u8> =
                (0..width * height).flat_map(|i| [i as u8 * 6, 200 - i as u8 * 3, 77, alpha]).collect();
            let png = encode_png(width, height, png::ColorType::Rgba, png::BitDepth::Eight, &pixels, None);
            for goal in [r#"{"quality": 1}"#, r#"{"score": 60}"#, r#"{"maxBytes": 400}"#] {
                let out = run(&png, &format!(r#"{{"formats": ["png"], "goal": {goal}}}"#)).unwrap();
                let decoded = Picture::from_png(&out.bytes);
                assert_eq!((decoded.width, decoded.height), (width, height));
                assert_eq!(decoded.rgba(0, 0)[3], alpha, "{width} x {height}, alpha {alpha}, {goal}");
            }
        }
    }
}

#[test]
fn sixteen_bits_are_reduced_only_where_the_score_allows() {
    let samples: Vec<u8> =
        (0..128 * 128u32).flat_map(|i| ((i % 128 * 509 + i / 128) as u16).to_be_bytes()).collect();
    let png = encode_png(128, 128, png::ColorType::Grayscale, png::BitDepth::Sixteen, &samples, None);
    let out = run(&png, r#"{"goal": {"score": 98}}"#).unwrap();
    assert!(out.result.lossless && palette_files(&out) == 0);
    assert_eq!(stored(&out.bytes), (0, 16));
}

fn encode_png(
    width: u32,
    height: u32,
    color: png::ColorType,
    depth: png::BitDepth,
    data: &[u8],
    palette: Option<Vec<u8>>,
) -> Vec<u8> {
    let mut info = png::Info::with_size(width, height);
    info.color_type = color;
    info.bit_depth = depth;
    info.palette = palette.map(Into::into);
    let mut bytes = Vec::new();
    let mut writer = png::Encoder::with_info(&mut bytes, info).unwrap().write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    bytes
}

#[test]
fn what_says_nothing_is_reduced() {
    use png::{BitDepth, ColorType};
    let picture = photo(64, 48);
    let gray: Vec<u8> = picture.pixels.chunks_exact(3).map(|rgb| rgb[1]).collect();
    let twice = |samples: &[u8]| -> Vec<u8> { samples.iter().flat_map(|&v| [v, v]).collect() };
    let with = |alpha: u8, channels: usize, samples: &[u8]| -> Vec<u8> {
        samples.chunks_exact(channels).flat_map(|pixel| [pixel, &[alpha]].concat()).collect()
    };
    let png = |color, depth, data: &[u8]| encode_png(64, 48, color, depth, data, None);
    let few: Vec<u8> = (0..64 * 48u32).flat_map(|i| [(i % 7 * 30) as u8, 200, 10]).collect();
    let blots: Vec<u8> = (0..64 * 48u32).map(|i| (i / 16 % 4) as u8).collect();
    let duplicates = [[1, 2, 3], [200, 10, 10], [1, 2, 3], [200, 10, 10]].concat();
    let cases = [
        ("rgb_16 to rgb_8", png(ColorType::Rgb, BitDepth::Sixteen, &twice(&picture.pixels)), (2, 8)),
        ("rgba_8 to rgb_8", png(ColorType::Rgba, BitDepth::Eight, &with(255, 3, &picture.pixels)), (2, 8)),
        (
            "grayscale_alpha_16 to grayscale_8",
            png(ColorType::GrayscaleAlpha, BitDepth::Sixteen, &twice(&with(255, 1, &gray))),
            (0, 8),
        ),
        (
            "rgba_16 to palette_4",
            png(ColorType::Rgba, BitDepth::Sixteen, &twice(&with(255, 3, &few))),
            (INDEXED, 4),
        ),
        (
            "palette with duplicates to 1 bit",
            encode_png(64, 48, ColorType::Indexed, BitDepth::Eight, &blots, Some(duplicates)),
            (INDEXED, 1),
        ),
    ];
    for (name, png, expected) in cases {
        assert_ne!(stored(&png), expected, "{name} is nothing to reduce");
        let out = run(&png, r#"{"goal": "lossless"}"#).unwrap();
        assert_eq!(stored(&out.bytes), expected, "{name}");
        let before = Picture::from_png(&png);
        let after = Picture::from_png(&out.bytes);
        for (x, y) in [(0, 0), (63, 47), (20, 31)] {
            assert_eq!(before.rgba(x, y), after.rgba(x, y), "{name} at {x},{y}");
        }
    }
}

#[test]
fn files_of_the_corpus_reduce_as_their_names_say() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus/edge/");
    for (name, expected) in [
        ("grayscale_alpha_16_should_be_grayscale_8.png", (0, 8)),
        ("interlaced_rgb_16_should_be_rgb_8.png", (2, 8)),
        ("palette_should_be_reduced_with_dupes.png", (3, 8)),
        ("rgba_16_should_be_palette_8.png", (3, 8)),
        ("rgba_8_should_be_rgb_8.png", (2, 8)),
    ] {
        let Ok(png) = std::fs::read(format!("{folder}{name}")) else { continue };
        let out = run(&png, r#"{"goal": "lossless"}"#).unwrap();
        assert_eq!(stored(&out.bytes), expected, "{name}");
        assert!(out.bytes.len() < png.len());
    }
}

/// The place of a chunk's type.
fn find(png: &[u8], kind: &[u8; 4]) -> usize {
    png.windows(4).position(|window| window == kind).unwrap()
}

#[test]
fn a_wrong_checksum_beside_the_pixels_is_a_warning() {
    let picture = shaded(120, 80);
    let mut info = png::Info::with_size(120, 80);
    info.color_type = png::ColorType::Rgb;
    info.bit_depth = png::BitDepth::Eight;
    info.pixel_dims = Some(png::PixelDimensions { xppu: 3000, yppu: 3000, unit: png::Unit::Meter });
    let mut png = Vec::new();
    let mut writer = png::Encoder::with_info(&mut png, info).unwrap().write_header().unwrap();
    writer.write_image_data(&picture.pixels).unwrap();
    writer.finish().unwrap();
    // A byte of the data of pHYs.
    let at = find(&png, b"pHYs") + 6;
    png[at] ^= 1;
    for goal in [r#""lossless""#, r#"{"score": 70}"#] {
        let out = run(&png, &format!(r#"{{"goal": {goal}}}"#)).unwrap();
        let warning = out.result.warnings.iter().find(|warning| warning.code == "damaged_input").unwrap();
        assert!(warning.message.contains("pHYs"), "{}", warning.message);
        assert!(out.bytes.len() < png.len() && !contains(&out.bytes, b"pHYs"));
        assert!(run(&out.bytes, r#"{"goal": "lossless"}"#).unwrap().result.warnings.is_empty());
    }
}

#[test]
fn a_missing_end_is_a_warning_and_missing_pixels_are_an_error() {
    let picture = shaded(120, 80);
    let png = picture.to_png(None);
    let open = &png[..png.len() - 12];
    let out = run(open, r#"{"goal": "lossless"}"#).unwrap();
    assert!(out.result.warnings.iter().any(|warning| warning.code == "damaged_input"));
    assert_eq!(Picture::from_png(&out.bytes).rgba(60, 20), picture.rgba(60, 20));
    assert!(contains(&out.bytes, b"IEND") && out.bytes.len() < png.len());
    let error = run(&png[..png.len() / 2], r#"{"goal": "lossless"}"#).unwrap_err();
    assert_eq!(error.code(), "corrupt");
}

#[test]
fn red_text_on_black_keeps_all_its_chroma() {
    let pixels = (0..200 * 100u32)
        .flat_map(|i| {
            let (x, y) = (i % 200, i / 200);
            let ink = y % 20 >= 6 && y % 20 < 16 && (x % 9 < 2 || y % 20 == 10 && x % 9 < 6);
            if ink { [255, 0, 0] } else { [0; 3] }
        })
        .collect();
    let picture = Picture { width: 200, height: 100, color: png::ColorType::Rgb, pixels };
    let out = run(&picture.to_png(None), r#"{"formats": ["jpeg"], "goal": {"quality": 75}}"#).unwrap();
    // SOF0 or SOF2: length, precision, height, width, number of components; then id, sampling and table of each.
    let frame = out.bytes.windows(2).position(|marker| matches!(marker, [0xff, 0xc0 | 0xc2])).unwrap();
    let sampling = [0, 1, 2].map(|component| out.bytes[frame + 10 + component * 3 + 1]);
    assert_eq!(sampling, [0x11; 3]);
}
