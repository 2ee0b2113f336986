//! JPEG inputs of every coding, what travels in and behind them, and which metadata comes out.

#![allow(clippy::pedantic, clippy::unwrap_used)]

mod support;

use libjpeg_turbo_rs::{PixelFormat, Subsampling};
use planish::{Clock, Format, ImageSettings, OptimizeContext, Optimized, optimize};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use support::{Picture, contains, exif, photo, run};

const COPYRIGHT: &[u8] = b"(c) 2026 Ann Author";

/// An EXIF block (little-endian) with a camera maker, an orientation and a copyright notice.
fn exif_with_copyright(orientation: u16) -> Vec<u8> {
    let texts: [(u16, &[u8]); 2] = [(0x010f, b"Secret Camera\0"), (0x8298, &[COPYRIGHT, b"\0"].concat())];
    let mut block = b"II\x2a\0\x08\0\0\0\x03\0".to_vec();
    let mut behind = Vec::new();
    let mut text = |block: &mut Vec<u8>, (tag, value): (u16, &[u8])| {
        block.extend_from_slice(&tag.to_le_bytes());
        block.extend_from_slice(&2u16.to_le_bytes());
        block.extend_from_slice(&(value.len() as u32).to_le_bytes());
        block.extend_from_slice(&((8 + 2 + 36 + 4 + behind.len()) as u32).to_le_bytes());
        behind.extend_from_slice(value);
    };
    text(&mut block, texts[0]);
    block.extend_from_slice(&[0x12, 0x01, 3, 0, 1, 0, 0, 0]);
    block.extend_from_slice(&u32::from(orientation).to_le_bytes());
    text(&mut block, texts[1]);
    block.extend_from_slice(&[0; 4]);
    block.extend_from_slice(&behind);
    block
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    [&[0xff, marker], &((content.len() + 2) as u16).to_be_bytes()[..], content].concat()
}

fn xmp_segment(packet: &str) -> Vec<u8> {
    segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", packet.as_bytes()].concat())
}

/// A JPEG with segments put in behind its start and bytes behind its end.
fn with_parts(jpeg: &[u8], segments: &[Vec<u8>], behind: &[u8]) -> Vec<u8> {
    [&jpeg[..2], &segments.concat(), &jpeg[2..], behind].concat()
}

fn codes(out: &Optimized) -> Vec<&str> {
    out.result.warnings.iter().map(|warning| warning.code.as_str()).collect()
}

fn encoders(out: &Optimized) -> Vec<&str> {
    out.result.candidates.iter().map(|candidate| candidate.encoder.as_str()).collect()
}

fn components(jpeg: &[u8]) -> u8 {
    let at = jpeg.windows(2).position(|pair| matches!(pair, [0xff, 0xc0..=0xc2])).unwrap();
    jpeg[at + 9]
}

/// The largest difference of any sample.
fn difference(a: &Picture, b: &Picture) -> u8 {
    assert_eq!((a.width, a.height), (b.width, b.height));
    let each = |picture: &Picture, index: u32| picture.rgba(index % picture.width, index / picture.width);
    (0..a.width * a.height)
        .flat_map(|index| std::array::from_fn::<u8, 4, _>(|c| each(a, index)[c].abs_diff(each(b, index)[c])))
        .max()
        .unwrap()
}

#[test]
fn by_default_the_copyright_stays_and_the_camera_goes() {
    let jpeg = photo(128, 96).to_jpeg(90, Some(exif_with_copyright(6)), None);
    for format in Format::WEB {
        let run = |policy: &str| {
            run(&jpeg, &format!(r#"{{"formats": ["{format}"], "goal": {{"quality": 80}}{policy}}}"#)).unwrap()
        };
        let safe = run("");
        assert!(contains(&safe.bytes, COPYRIGHT) && !contains(&safe.bytes, b"Secret"), "{format}");
        assert_eq!(Picture::from_any(&safe.bytes).width, 96, "{format}: turned once");
        let strip = run(r#", "metadata": "strip""#);
        assert!(!contains(&strip.bytes, COPYRIGHT), "{format}");
        let keep = run(r#", "metadata": "keep""#);
        assert!(contains(&keep.bytes, COPYRIGHT) && contains(&keep.bytes, b"Secret"), "{format}");
    }
}

#[test]
fn rights_in_xmp_count_where_exif_says_nothing() {
    let packet = r#"<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">Ann &amp; Ben</rdf:li></rdf:Alt></dc:rights>
        <xmp:CreateDate>2026</xmp:CreateDate>"#;
    let jpeg = with_parts(&photo(64, 64).to_jpeg(90, None, None), &[xmp_segment(packet)], b"");
    let out = run(&jpeg, r#"{"goal": "lossless"}"#).unwrap();
    assert!(contains(&out.bytes, b"Ann & Ben") && !contains(&out.bytes, b"CreateDate"));
}

#[test]
fn a_jpeg_that_nothing_makes_smaller_still_loses_its_metadata() {
    let picture = photo(40, 30);
    let first = run(&picture.to_jpeg(30, None, None), r#"{"goal": "lossless"}"#).unwrap().bytes;
    let comment = segment(0xfe, b"a private comment");
    let location = segment(0xe1, &[b"Exif\0\0", exif(6).as_slice()].concat());
    let jpeg = with_parts(&first, &[location, comment], b"");
    for goal in ["{}", r#"{"goal": "lossless"}"#, r#"{"goal": {"quality": 99}}"#] {
        let out = run(&jpeg, goal).unwrap();
        assert!(out.bytes.len() < jpeg.len(), "{goal}");
        assert!(!contains(&out.bytes, b"planish\0") && !contains(&out.bytes, b"private"), "{goal}");
        assert!(!codes(&out).contains(&"metadata_kept"), "{goal}");
        assert_eq!(Picture::from_any(&out.bytes), Picture::from_any(&jpeg), "{goal}");
    }
}

#[test]
fn stripping_leaves_the_coded_data_alone() {
    let jpeg = photo(64, 48).to_jpeg(80, Some(exif(1)), None);
    let out = run(&jpeg, r#"{"goal": "lossless"}"#).unwrap();
    let strip = out.result.candidates.iter().find(|candidate| candidate.encoder == "jpeg-strip").unwrap();
    // The APP1 segment: marker, length, signature and the block.
    assert_eq!(strip.size as usize, jpeg.len() - (4 + 6 + exif(1).len()));
}

#[test]
fn what_was_compressed_hard_before_is_only_rewritten() {
    let jpeg = photo(160, 120).to_jpeg(60, None, None);
    let default = run(&jpeg, "{}").unwrap();
    assert!(default.result.lossless && !encoders(&default).contains(&"mozjpeg"), "{:?}", encoders(&default));
    for settings in [
        r#"{"formats": ["jpeg"]}"#,
        r#"{"goal": {"quality": 50}}"#,
        r#"{"goal": {"maxBytes": 3000}}"#,
        r#"{"jpeg": {"quality": 50}}"#,
        r#"{"resize": {"width": 80}}"#,
    ] {
        assert!(encoders(&run(&jpeg, settings).unwrap()).contains(&"mozjpeg"), "{settings}");
    }
    let auto = run(&jpeg, r#"{"formats": "auto"}"#).unwrap();
    assert!(encoders(&auto).contains(&"webp") && !encoders(&auto).contains(&"mozjpeg"));
    let fine = run(&photo(160, 120).to_jpeg(95, None, None), "{}").unwrap();
    assert!(encoders(&fine).contains(&"mozjpeg"));
}

#[test]
fn inks_become_srgb_and_stay_inks_where_the_file_is_only_rewritten() {
    let (width, height) = (64, 48);
    let inks = [[255, 0, 0, 0], [0, 255, 0, 0], [0, 0, 255, 0], [0, 0, 0, 255]];
    let pixels: Vec<u8> =
        (0..width * height).flat_map(|index| inks[index % width * 4 / width].map(|ink| 255 - ink)).collect();
    // libjpeg writes Adobe's segment, which says that the samples are light instead of ink.
    let cmyk_jpeg = |pixels: &[u8]| {
        libjpeg_turbo_rs::Encoder::new(pixels, width, height, PixelFormat::Cmyk)
            .quality(95)
            .subsampling(Subsampling::S444)
            .encode()
            .unwrap()
    };
    let jpeg = cmyk_jpeg(&pixels);
    assert!(contains(&jpeg, b"Adobe"));
    let png = run(&jpeg, r#"{"formats": ["png"]}"#).unwrap();
    assert_eq!(codes(&png)[0], "cmyk_converted");
    let decoded = Picture::from_png(&png.bytes);
    for (quarter, expected) in
        [[0, 255, 255], [255, 0, 255], [255, 255, 0], [0, 0, 0]].into_iter().enumerate()
    {
        let found = decoded.rgba(quarter as u32 * 16 + 8, 20);
        assert!((0..3).all(|c| found[c].abs_diff(expected[c]) < 8), "{quarter}: {found:?}");
    }
    let same = run(&jpeg, r#"{"goal": "lossless"}"#).unwrap();
    assert_eq!((components(&same.bytes), codes(&same).len()), (4, 0));
    assert!(same.bytes.len() < jpeg.len());
    // Fine detail, which coding again makes smaller than a rewrite can.
    let detailed: Vec<u8> =
        photo(64, 48).pixels.chunks_exact(3).flat_map(|rgb| [rgb[0], rgb[1], rgb[2], 250]).collect();
    let coded = run(&cmyk_jpeg(&detailed), r#"{"goal": {"quality": 60}}"#).unwrap();
    assert_eq!((components(&coded.bytes), codes(&coded)), (3, vec!["cmyk_converted"]));
    let srgb = run(&jpeg, r#"{"color": "srgb"}"#).unwrap();
    assert_eq!(components(&srgb.bytes), 3);
}

#[test]
fn rare_codings_are_read() {
    let picture = photo(72, 56);
    let arithmetic = libjpeg_turbo_rs::compress_arithmetic(
        &picture.pixels,
        72,
        56,
        PixelFormat::Rgb,
        95,
        Subsampling::S420,
    )
    .unwrap();
    let deep: Vec<i16> = picture.pixels.iter().map(|&v| i16::from(v) * 16).collect();
    let twelve = libjpeg_turbo_rs::compress_12bit(&deep, 72, 56, 3, 95, Subsampling::S444).unwrap();
    for jpeg in [&arithmetic, &twelve] {
        let decoded = Picture::from_any(jpeg);
        let sum: u32 =
            decoded.pixels.iter().zip(&picture.pixels).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        assert!(sum / (decoded.pixels.len() as u32) < 9, "{sum}");
        let cut = run(&jpeg[..jpeg.len() * 6 / 10], "{}").unwrap_err();
        assert_eq!(cut.code(), "corrupt", "{cut}");
    }
    // Twelve bits are not thrown away where nobody asks for it.
    assert!(run(&twelve, "{}").unwrap().result.lossless);
    let png = run(&twelve, r#"{"formats": ["png"]}"#).unwrap();
    assert_eq!(png.bytes[24], 16, "bits per sample");
}

/// A gain map in Ultra HDR's form, announced in the primary image.
fn ultra_hdr(jpeg: &[u8]) -> Vec<u8> {
    let map = photo(40, 30).to_jpeg(80, Some(exif(1)), None);
    let namespace = r#"xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/""#;
    let map = with_parts(&map, &[xmp_segment(&format!(r#"<x {namespace} hdrgm:GainMapMax="1.5"/>"#))], b"");
    with_parts(jpeg, &[xmp_segment(&format!(r#"<x {namespace} hdrgm:Version="1.0"/>"#))], &map)
}

#[test]
fn a_gain_map_goes_with_its_pixels_or_its_loss_is_said() {
    let has_map = |bytes: &[u8]| contains(bytes, b"hdrgm:GainMapMax");
    let file = ultra_hdr(&photo(160, 120).to_jpeg(95, None, None));
    for settings in
        ["{}", r#"{"goal": "lossless"}"#, r#"{"goal": {"quality": 60}}"#, r#"{"metadata": "keep"}"#]
    {
        let out = run(&file, settings).unwrap();
        assert!(out.bytes.len() < file.len() && has_map(&out.bytes), "{settings}");
        assert!(contains(&out.bytes, b"hdrgm:Version") && contains(&out.bytes, b"MPF\0"), "{settings}");
        assert_eq!(contains(&out.bytes, b"planish\0"), settings.contains("keep"), "{settings}: its EXIF");
        assert_eq!(codes(&out), [""; 0], "{settings}");
        // And once more: nothing wears off.
        let again = run(&out.bytes, r#"{"goal": "lossless"}"#).unwrap();
        assert!(has_map(&again.bytes) && again.bytes.len() <= out.bytes.len(), "{settings}");
    }
    for settings in [r#"{"resize": {"width": 80}}"#, r#"{"formats": ["webp"]}"#] {
        let out = run(&file, settings).unwrap();
        assert!(!has_map(&out.bytes), "{settings}");
        assert!(codes(&out).contains(&"gain_map_dropped"), "{settings}");
    }
    // A turned image comes out upright when it is coded again; the map would lie the other way.
    let turned = ultra_hdr(&photo(160, 120).to_jpeg(95, Some(exif(6)), None));
    let coded = run(&turned, r#"{"goal": {"quality": 60}}"#).unwrap();
    assert!(!has_map(&coded.bytes) && codes(&coded).contains(&"gain_map_dropped"));
    assert!(has_map(&run(&turned, r#"{"goal": "lossless"}"#).unwrap().bytes));
}

#[test]
fn a_motion_photo_loses_its_video_with_a_warning_or_keeps_it_on_request() {
    let video = [b"\0\0\0\x18ftypmp42".as_slice(), &[0x5a; 5000]].concat();
    let preview = photo(16, 16).to_jpeg(50, None, None);
    let jpeg = photo(120, 90).to_jpeg(92, None, None);
    let file = with_parts(&jpeg, &[], &[preview, video].concat());
    for settings in ["{}", r#"{"goal": "lossless"}"#, r#"{"formats": ["avif"]}"#] {
        let out = run(&file, settings).unwrap();
        assert!(!contains(&out.bytes, b"ftypmp42"), "{settings}");
        let codes = codes(&out);
        assert!(
            codes.contains(&"motion_photo_dropped") && codes.contains(&"extra_images_dropped"),
            "{codes:?}"
        );
    }
    let kept = run(&file, r#"{"metadata": "keep"}"#).unwrap();
    assert!(contains(&kept.bytes, b"ftypmp42") && kept.bytes.len() < file.len());
    assert_eq!(codes(&kept), [""; 0]);
    let junk = with_parts(&jpeg, &[], b"some junk");
    assert_eq!(codes(&run(&junk, "{}").unwrap()), [""; 0]);
}

#[test]
fn an_avif_loses_its_metadata_and_not_one_bit_of_its_image() {
    let jpeg = photo(96, 64).to_jpeg(95, Some(exif_with_copyright(1)), None);
    let avif =
        run(&jpeg, r#"{"formats": ["avif"], "goal": {"quality": 50}, "metadata": "keep"}"#).unwrap().bytes;
    let run =
        |policy: &str| run(&avif, &format!(r#"{{"goal": "lossless", "metadata": "{policy}"}}"#)).unwrap();
    for (policy, camera, rights) in [("keep", true, true), ("safe", false, true), ("strip", false, false)] {
        let out = run(policy);
        assert!(out.bytes.len() <= avif.len(), "{policy}");
        assert_eq!(contains(&out.bytes, b"Secret"), camera, "{policy}");
        assert_eq!(contains(&out.bytes, COPYRIGHT), rights, "{policy}");
        assert_eq!(Picture::from_any(&out.bytes), Picture::from_any(&avif), "{policy}");
        assert!(!codes(&out).contains(&"metadata_kept"), "{policy}");
    }
}

/// Every look at the clock is a second later.
struct Racing(AtomicU32);

impl Clock for Racing {
    fn now_ms(&self) -> f64 {
        f64::from(self.0.fetch_add(1, Ordering::Relaxed)) * 1000.0
    }
}

#[test]
fn a_search_that_is_out_of_time_takes_what_it_has() {
    let png = photo(200, 150).to_png(None);
    let clock = Racing(AtomicU32::new(0));
    let layer = serde_json::from_str(r#"{"formats": ["webp"], "goal": {"score": 62}}"#).unwrap();
    let settings = ImageSettings::resolve([&layer]);
    let mut context = OptimizeContext { clock: &clock, ..OptimizeContext::default() };
    let patient = optimize(&png, &settings, &context).unwrap();
    context.limits.max_search_ms = Some(1);
    let hasty = optimize(&png, &settings, &context).unwrap();
    assert!(hasty.result.score.get() >= 62.0);
    assert!(hasty.result.encodes < patient.result.encodes, "{} encodes", hasty.result.encodes);
    // A clock that stands still sets no bound.
    let still = OptimizeContext { limits: context.limits, ..OptimizeContext::default() };
    assert!(optimize(&png, &settings, &still).unwrap().bytes == patient.bytes);
}

#[test]
fn flipped_bits_in_headers_and_trailers_never_stop_the_program() {
    let jpeg = ultra_hdr(&photo(24, 16).to_jpeg(90, Some(exif_with_copyright(6)), None));
    let avif =
        run(&jpeg, r#"{"formats": ["avif"], "goal": {"quality": 30}, "metadata": "keep"}"#).unwrap().bytes;
    let mut noise = support::Noise(11);
    let mut accepted = 0;
    for whole in [&jpeg, &avif] {
        for round in 0..150 {
            let mut file = whole.to_vec();
            for _ in 0..1 + round % 4 {
                let at = (noise.next() * file.len() as f32) as usize;
                file[at] ^= 1 << (round % 8);
            }
            let policy = ["safe", "strip", "keep"][round % 3];
            let settings = format!(r#"{{"goal": "lossless", "metadata": "{policy}"}}"#);
            match run(&file, &settings) {
                Ok(out) => {
                    accepted += 1;
                    assert!(out.bytes.len() <= file.len());
                }
                Err(error) => assert_ne!(error.code(), "internal", "{error}"),
            }
        }
    }
    assert!(accepted > 50, "{accepted} of 300 files were accepted");
}

/// A folder of real images beside the repository, where there is one.
fn corpus(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(folder);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(root).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.is_file());
    files.sort();
    files
}

#[test]
fn odd_jpegs_look_as_libjpeg_shows_them() {
    for name in [
        "flower_small.q85_420_non_interleaved.jpg",
        "grayscale_16x24_sampling2x2.jpg",
        "non-interleaved-mcu.jpg",
        "restarts.jpg",
        "rgb.jpg",
        "16bit-qtables.jpg",
        "testimgari.jpg",
    ] {
        let Some(path) = corpus("edge").into_iter().find(|path| path.ends_with(name)) else { continue };
        let bytes = std::fs::read(&path).unwrap();
        let expected = libjpeg_turbo_rs::decompress_to(&bytes, PixelFormat::Rgb).unwrap();
        let expected = Picture {
            width: expected.width as u32,
            height: expected.height as u32,
            color: png::ColorType::Rgb,
            pixels: expected.data,
        };
        let difference = difference(&Picture::from_any(&bytes), &expected);
        assert!(difference <= 4, "{name}: {difference}");
    }
}

#[test]
#[ignore = "takes a minute; run it alone under `/usr/bin/time -v` to see the memory it takes"]
fn hostile_files_end_soon_and_quietly() {
    for path in corpus("hostile") {
        let bytes = std::fs::read(&path).unwrap();
        let start = std::time::Instant::now();
        let _ = run(&bytes, "{}");
        let seconds = start.elapsed().as_secs_f64();
        assert!(seconds < 10.0, "{}: {seconds:.1} s", path.display());
    }
}

#[test]
fn copyright_in_iptc_goes_along_and_the_rest_of_it_does_not() {
    let set = |number: u8, value: &[u8]| [&[0x1c, 2, number, 0, value.len() as u8], value].concat();
    let sets = [set(90, b"Secret City"), set(80, b"Ann Author"), set(116, COPYRIGHT)].concat();
    let length = (sets.len() as u32).to_be_bytes();
    let resources = [b"Photoshop 3.0\08BIM\x04\x04\0\0", &length[..], &sets].concat();
    let jpeg = photo(120, 80).to_jpeg(90, None, None);
    let input = with_parts(&jpeg, &[segment(0xed, &resources)], &[]);
    for settings in ["{}", r#"{"goal": "lossless"}"#, r#"{"formats": ["webp"]}"#] {
        let out = run(&input, settings).unwrap();
        assert!(contains(&out.bytes, COPYRIGHT) && contains(&out.bytes, b"Ann Author"), "{settings}");
        assert!(!contains(&out.bytes, b"Secret City"), "{settings}");
    }
    let stripped = run(&input, r#"{"metadata": "strip"}"#).unwrap();
    assert!(!contains(&stripped.bytes, COPYRIGHT) && !contains(&stripped.bytes, b"Secret City"));
}
