//! What is measured: a picture that is made up, the same on every machine, and every encoder and decoder.
//!
//! `benches/stages.rs` takes times, `benches/instructions.rs` counts instructions; `scripts/bench micro` runs both.
#![allow(clippy::expect_used, reason = "a benchmark that cannot begin is to stop")]

use planish::stages::Stages;
use planish::{Format, Quality};

/// Every encoder, by name: lossy ones at a middling quality.
pub const ENCODERS: [(&str, Format, Option<u8>); 11] = [
    ("jpeg", Format::Jpeg, Some(80)),
    ("png_palette", Format::Png, Some(80)),
    ("png", Format::Png, None),
    ("webp", Format::Webp, Some(80)),
    ("webp_lossless", Format::Webp, None),
    ("avif", Format::Avif, Some(65)),
    ("avif_lossless", Format::Avif, None),
    ("jxl", Format::Jxl, Some(80)),
    ("jxl_lossless", Format::Jxl, None),
    ("gif", Format::Gif, Some(80)),
    ("tiff", Format::Tiff, None),
];

/// The formats that are decoded and verified, with how the file is made.
pub const FILES: [(&str, Format, Option<u8>); 6] = [
    ("jpeg", Format::Jpeg, Some(80)),
    ("png", Format::Png, None),
    ("webp", Format::Webp, Some(80)),
    ("avif", Format::Avif, Some(65)),
    ("jxl", Format::Jxl, Some(80)),
    ("gif", Format::Gif, Some(80)),
];

/// A picture of this size in pixels with soft shapes, edges and grain, as a PNG.
///
/// # Panics
/// When there is no memory for it.
pub fn picture(width: u32, height: u32) -> Vec<u8> {
    // Knuth's MMIX multiplier; integers alone, so that every machine draws the same.
    let mut state = 7_u64;
    let mut grain = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 60) as u32
    };
    let mut pixels = Vec::with_capacity((width * height * 3) as usize);
    for y in 0..height {
        for x in 0..width {
            // Two parabolas that repeat, a slope, and a block with a hard edge.
            let wave = |at: u32, period: u32| {
                let phase = at % period;
                phase * (period - phase) * 120 / (period * period / 4)
            };
            let block = if (x / 48 + y / 32) % 5 == 0 { 60 } else { 0 };
            let shade = 30 + wave(x, 97) / 2 + wave(y, 61) / 2 + block;
            pixels.extend(
                [shade, shade * 7 / 8 + x * 40 / width, shade / 2 + y * 80 / height]
                    .map(|v| (v + grain()).min(255) as u8),
            );
        }
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().expect("memory takes a PNG");
    writer.write_image_data(&pixels).expect("memory takes a PNG");
    writer.finish().expect("memory takes a PNG");
    file
}

/// The picture, decoded.
///
/// # Panics
/// When the decoder does not take it.
pub fn stages(width: u32, height: u32) -> Stages {
    Stages::new(&picture(width, height)).expect("a PNG of ours")
}

/// The picture as a file.
///
/// # Panics
/// When the encoder fails.
pub fn file(stages: &Stages, format: Format, quality: Option<u8>) -> Vec<u8> {
    let quality = quality.map(|quality| Quality::new(quality).expect("1 to 100"));
    stages.encode(format, quality).expect("every encoder takes the picture")
}
