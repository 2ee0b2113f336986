//! `docs/formats.md` says what the code does: its tables are made by trying.

#![allow(clippy::pedantic, clippy::unwrap_used, clippy::expect_used)]

mod support;

use planish::{Format, Optimized};
use std::fmt::Write as _;
use support::{graphic, photo, run};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/formats.md");
const BEGIN: &str = "<!-- made by trying: crates/core/tests/formats.rs -->\n";
const END: &str = "<!-- end -->\n";

/// A gray gradient that needs all of its 16 bits.
fn deep_png() -> Vec<u8> {
    let mut info = png::Info::with_size(64, 48);
    info.color_type = png::ColorType::Grayscale;
    info.bit_depth = png::BitDepth::Sixteen;
    let samples: Vec<u8> = (0..64 * 48u32).flat_map(|i| ((i * 21 + 5) as u16).to_be_bytes()).collect();
    let mut bytes = Vec::new();
    let mut writer = png::Encoder::with_info(&mut bytes, info).unwrap().write_header().unwrap();
    writer.write_image_data(&samples).unwrap();
    writer.finish().unwrap();
    bytes
}

/// Three frames, in each of which a square stands elsewhere.
fn animation() -> Vec<u8> {
    let mut bytes = Vec::new();
    {
        let palette = [240, 240, 240, 200, 30, 30];
        let mut encoder = gif::Encoder::new(&mut bytes, 16, 16, &palette).unwrap();
        encoder.set_repeat(gif::Repeat::Infinite).unwrap();
        for at in 0..3usize {
            let mut pixels = vec![0; 256];
            for y in 0..4 {
                for x in 0..4 {
                    pixels[(y + at * 4) * 16 + x + at * 4] = 1;
                }
            }
            let frame = gif::Frame {
                width: 16,
                height: 16,
                delay: 10,
                buffer: pixels.into(),
                ..gif::Frame::default()
            };
            encoder.write_frame(&frame).unwrap();
        }
    }
    bytes
}

/// Tries to write a picture in a format.
fn write(bytes: &[u8], format: Format, goal: &str) -> Option<Optimized> {
    run(bytes, &format!(r#"{{"formats": ["{format}"], "goal": {goal}}}"#)).ok()
}

/// The bits per sample that survive a lossless trip.
fn depth(bytes: &[u8]) -> u8 {
    let png = run(bytes, r#"{"formats": ["png"], "goal": "lossless", "effort": 1}"#).unwrap().bytes;
    png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap().info().bit_depth as u8
}

fn yes(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

fn writing_table() -> String {
    let mut table = String::from(
        "| format | lossless | lossy | transparency | 16 bits, lossless | animation |\n|---|---|---|---|---|---|\n",
    );
    let opaque = photo(96, 64).to_png(None);
    let transparent = graphic(96, 64).with_alpha().to_png(None);
    let mut cut_out = graphic(96, 64).with_alpha();
    for pixel in cut_out.pixels.chunks_exact_mut(4) {
        pixel[3] = if pixel[3] < 128 { 0 } else { 255 };
    }
    let cut_out = cut_out.to_png(None);
    for format in Format::WRITTEN {
        let lossless = write(&opaque, format, "\"lossless\"").is_some_and(|out| out.result.lossless);
        let lossy = write(&opaque, format, r#"{"quality": 40}"#).is_some_and(|out| !out.result.lossless);
        let written = |bytes: &[u8]| write(bytes, format, r#"{"quality": 90}"#).is_some();
        let alpha = match (written(&transparent), written(&cut_out)) {
            (true, _) => "yes",
            (false, true) => "on or off",
            (false, false) => "no",
        };
        let deep = write(&deep_png(), format, "\"lossless\"").is_some_and(|out| depth(&out.bytes) == 16);
        let animated = write(&animation(), format, "\"lossless\"").is_some_and(|out| out.result.frames == 3);
        writeln!(
            table,
            "| {} | {} | {} | {} | {} | {} |",
            format.title(),
            yes(lossless),
            yes(lossy),
            alpha,
            yes(deep),
            yes(animated)
        )
        .unwrap();
    }
    table
}

/// The first bytes of files that are known and not read.
fn refused() -> Vec<(&'static str, Vec<u8>)> {
    let jpeg = |marker: u8, precision: u8, components: u8| {
        let mut jpeg =
            vec![0xff, 0xd8, 0xff, marker, 0, 8 + 3 * components, precision, 0, 8, 0, 8, components];
        jpeg.extend((1..=components).flat_map(|component| [component, 0x11, 0]));
        jpeg.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0xff, 0xd9]);
        jpeg
    };
    vec![
        ("SVG", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec()),
        ("JPEG 2000", b"\0\0\0\x0cjP  \r\n\x87\n".to_vec()),
        ("HEIC", b"\0\0\0\x14ftypheic\0\0\0\0mif1".to_vec()),
        ("AVIF sequence", b"\0\0\0\x10ftypavis\0\0\0\0".to_vec()),
        ("lossless JPEG in colour", jpeg(0xc3, 8, 3)),
        ("hierarchical JPEG", jpeg(0xc5, 8, 3)),
        ("12-bit progressive JPEG", jpeg(0xc2, 12, 3)),
        ("12-bit CMYK JPEG", jpeg(0xc1, 12, 4)),
        ("JPEG of two components", jpeg(0xc0, 8, 2)),
    ]
}

/// Files of the formats that are read and not written.
fn read_only() -> [Vec<u8>; 2] {
    // A pixel of 24 bits, with its row padded.
    let mut bmp = b"BM".to_vec();
    for number in [58u32, 0, 54, 40, 1, 1, 24 << 16 | 1, 0, 0, 0, 0, 0, 0, 0x00ff_8040] {
        bmp.extend(number.to_le_bytes());
    }
    let png = graphic(16, 16).to_png(None);
    let mut ico = b"\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x20\0".to_vec();
    ico.extend((png.len() as u32).to_le_bytes());
    ico.extend(22u32.to_le_bytes());
    ico.extend(png);
    [bmp, ico]
}

fn read_only_table() -> String {
    let mut table = String::from("| read, not written | becomes, unless told otherwise |\n|---|---|\n");
    for bytes in read_only() {
        let out = run(&bytes, "{}").unwrap().result;
        writeln!(table, "| {} | {} |", out.input_format.title(), out.format.title()).unwrap();
    }
    table
}

fn refused_table() -> String {
    let mut table = String::from("| file | message |\n|---|---|\n");
    for (name, bytes) in refused() {
        let error = run(&bytes, "{}").unwrap_err();
        assert_eq!(error.code(), "unsupported", "{name}: {error}");
        writeln!(table, "| {name} | {error} |").unwrap();
    }
    table
}

#[test]
fn the_formats_document_says_what_the_code_does() {
    let made = format!("{BEGIN}\n{}\n{}\n{}\n{END}", writing_table(), read_only_table(), refused_table());
    let document = std::fs::read_to_string(DOCUMENT).expect("docs/formats.md");
    let begin = document.find(BEGIN).expect("the beginning of the tables");
    let end = document.find(END).expect("the end of the tables") + END.len();
    if document[begin..end] == made {
        return;
    }
    if std::env::var_os("PLANISH_UPDATE").is_some() {
        std::fs::write(DOCUMENT, format!("{}{made}{}", &document[..begin], &document[end..])).unwrap();
        return;
    }
    panic!("docs/formats.md is stale (PLANISH_UPDATE=1 renews it); it should say:\n{made}");
}
