//! Generated images and ways to look into files, for the pipeline's tests.
// Each test file uses some of it.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used
)]

use planish::{ImageSettings, OptimizationError, OptimizeContext, Optimized, SettingsLayer, optimize};

/// 8-bit pixels with their size.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    pub color: png::ColorType,
    pub pixels: Vec<u8>,
}

/// A repeatable stream of numbers (PCG's multiplier).
pub struct Noise(pub u64);

impl Noise {
    pub fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1 << 24) as f32
    }
}

/// Soft shapes, a gradient and grain: codecs and the metric treat it like a photo.
pub fn photo(width: u32, height: u32) -> Picture {
    let mut noise = Noise(7);
    let waves: Vec<[f32; 4]> =
        (0..12).map(|_| [noise.next() * 0.3, noise.next() * 0.3, noise.next() * 6.3, noise.next()]).collect();
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let (x, y) = (x as f32, y as f32);
            let wave: f32 = waves.iter().map(|[a, b, c, d]| (x * a + y * b + c).sin() * d).sum();
            let shade = 110.0 + 60.0 * (y / height as f32) + 14.0 * wave;
            for (channel, tint) in [1.05, 0.95, 0.8].into_iter().enumerate() {
                let hue = 20.0 * (x * 0.02 + channel as f32).sin();
                pixels.push((shade * tint + hue + (noise.next() - 0.5) * 12.0).clamp(0.0, 255.0) as u8);
            }
        }
    }
    Picture { width, height, color: png::ColorType::Rgb, pixels }
}

/// Flat rectangles on white: a graphic.
pub fn graphic(width: u32, height: u32) -> Picture {
    let mut pixels = vec![255; (width * height * 3) as usize];
    let mut noise = Noise(3);
    for _ in 0..12 {
        let color: [u8; 3] = std::array::from_fn(|_| (noise.next() * 5.0) as u8 * 60);
        let (left, top) = ((noise.next() * width as f32) as u32, (noise.next() * height as f32) as u32);
        for y in top..(top + height / 4).min(height) {
            for x in left..(left + width / 3).min(width) {
                let at = ((y * width + x) * 3) as usize;
                pixels[at..at + 3].copy_from_slice(&color);
            }
        }
    }
    Picture { width, height, color: png::ColorType::Rgb, pixels }
}

/// A graphic with thin, smooth-edged rings in many colours: far more than 256 colours, next to no gradients.
pub fn line_art(width: u32, height: u32) -> Picture {
    let mut picture = graphic(width, height);
    let mut noise = Noise(11);
    for _ in 0..40 {
        let color: [f32; 3] = std::array::from_fn(|_| noise.next() * 255.0);
        let (left, top) = (noise.next() * width as f32, noise.next() * height as f32);
        let radius = 4.0 + noise.next() * 20.0;
        for (at, pixel) in picture.pixels.chunks_exact_mut(3).enumerate() {
            let (x, y) = ((at as u32 % width) as f32 - left, (at as u32 / width) as f32 - top);
            let cover = (1.5 - ((x * x + y * y).sqrt() - radius).abs()).clamp(0.0, 1.0);
            for (sample, color) in pixel.iter_mut().zip(color) {
                *sample = (f32::from(*sample) * (1.0 - cover) + color * cover + 0.5) as u8;
            }
        }
    }
    picture
}

/// A graphic with soft gradients: far more than 256 colours, large flat areas.
pub fn shaded(width: u32, height: u32) -> Picture {
    let mut picture = graphic(width, height);
    for y in 0..height / 2 {
        for x in width / 4..width * 3 / 4 {
            let at = ((y * width + x) * 3) as usize;
            let (x, y) = (x as f32, y as f32);
            for (channel, turn) in [0.0, 2.0, 4.0].into_iter().enumerate() {
                let wave = (x * 0.021 + turn).sin() * (y * 0.034 - turn).cos();
                picture.pixels[at + channel] = (128.0 + 110.0 * wave) as u8;
            }
        }
    }
    picture
}

impl Picture {
    /// The same with alpha rising from left (transparent) to right.
    pub fn with_alpha(&self) -> Self {
        let pixels = self
            .pixels
            .chunks_exact(3)
            .enumerate()
            .flat_map(|(index, rgb)| {
                let alpha = (index as u32 % self.width * 255 / (self.width - 1)) as u8;
                [rgb[0], rgb[1], rgb[2], alpha]
            })
            .collect();
        Self { color: png::ColorType::Rgba, pixels, ..self.clone() }
    }

    /// As a PNG, with a profile if given.
    pub fn to_png(&self, icc: Option<&[u8]>) -> Vec<u8> {
        let mut info = png::Info::with_size(self.width, self.height);
        info.color_type = self.color;
        info.bit_depth = png::BitDepth::Eight;
        info.icc_profile = icc.map(|icc| icc.to_vec().into());
        let mut bytes = Vec::new();
        let mut writer = png::Encoder::with_info(&mut bytes, info).unwrap().write_header().unwrap();
        writer.write_image_data(&self.pixels).unwrap();
        writer.finish().unwrap();
        bytes
    }

    /// As a baseline JPEG of this quality.
    pub fn to_jpeg(&self, quality: u8, exif: Option<Vec<u8>>, icc: Option<Vec<u8>>) -> Vec<u8> {
        let mut encoder = mozjpeg_rs::Encoder::fastest().quality(quality);
        if let Some(exif) = exif {
            encoder = encoder.exif_data(exif);
        }
        if let Some(icc) = icc {
            encoder = encoder.icc_profile(icc);
        }
        encoder.encode_rgb(&self.pixels, self.width, self.height).unwrap()
    }

    /// Decodes a PNG.
    pub fn from_png(bytes: &[u8]) -> Self {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        pixels.truncate(info.buffer_size());
        Self { width: info.width, height: info.height, color: info.color_type, pixels }
    }

    /// Decodes any file planish writes, by way of a lossless conversion to PNG.
    pub fn from_any(bytes: &[u8]) -> Self {
        let png = run(bytes, r#"{"formats": ["png"], "goal": "lossless", "effort": 1}"#).unwrap();
        Self::from_png(&png.bytes)
    }

    /// One pixel, expanded to red, green, blue, alpha.
    pub fn rgba(&self, x: u32, y: u32) -> [u8; 4] {
        let at = (y * self.width + x) as usize;
        let p = |count: usize| &self.pixels[at * count..(at + 1) * count];
        match self.color {
            png::ColorType::Grayscale => [p(1)[0], p(1)[0], p(1)[0], 255],
            png::ColorType::GrayscaleAlpha => [p(2)[0], p(2)[0], p(2)[0], p(2)[1]],
            png::ColorType::Rgb => [p(3)[0], p(3)[1], p(3)[2], 255],
            png::ColorType::Rgba => [p(4)[0], p(4)[1], p(4)[2], p(4)[3]],
            png::ColorType::Indexed => panic!("palettes are expanded"),
        }
    }
}

/// Optimizes with settings given as JSON.
pub fn run(bytes: &[u8], settings: &str) -> Result<Optimized, OptimizationError> {
    let layer: SettingsLayer = serde_json::from_str(settings).expect("settings");
    optimize(bytes, &ImageSettings::resolve([&layer]), &OptimizeContext::default())
}

/// An EXIF block (big-endian TIFF) with an orientation and the camera maker "planish".
pub fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    block.extend_from_slice(&[0x01, 0x0f, 0, 2, 0, 0, 0, 8, 0, 0, 0, 38]);
    block.extend_from_slice(&[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    block.extend_from_slice(&[0, 0, 0, 0]);
    block.extend_from_slice(b"planish\0");
    block
}

/// A Display P3 profile, the same at every call: its header says when it was made.
pub fn display_p3() -> Vec<u8> {
    static PROFILE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    PROFILE.get_or_init(|| moxcms::ColorProfile::new_display_p3().encode().unwrap()).clone()
}

/// Whether a byte string occurs in a file.
pub fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}
