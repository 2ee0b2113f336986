//! Lossless PNG, through oxipng.

use super::{EncodeInput, EncodeSettings, EncoderKind, failed};
use crate::context::OptimizeContext;
use crate::error::OptimizationError;
use crate::pixels::{Channels, Orientation, Samples};
use oxipng::{BitDepth, ColorType, Deflater, Options, RawImage, StripChunks, ZopfliOptions};

/// From this effort on, zopfli does the deflating: many times slower for a few percent.
const ZOPFLI_FROM: u8 = 9;

/// Encodes pixels, or optimises the original file where it is a PNG with these very pixels.
pub(super) fn encode(
    input: &EncodeInput<'_>,
    settings: EncodeSettings,
    context: &OptimizeContext<'_>,
) -> Result<Vec<u8>, OptimizationError> {
    let error = |error: oxipng::PngError| failed(EncoderKind::Oxipng, error);
    let options = options(input, settings);
    let is_png = |bytes: &&[u8]| crate::sniff::sniff(bytes) == Ok(crate::format::Format::Png);
    let original = input.original.filter(is_png).filter(|_| input.orientation == Orientation::Upright);
    let bytes = match original {
        // The file itself: palettes and low depths are a better start than expanded pixels.
        Some(original) if input.metadata.xmp.is_none() => {
            oxipng::optimize_from_memory(original, &options).map_err(error)?
        }
        _ => raw_image(input)?.create_optimized_png(&options).map_err(error)?,
    };
    context.check_cancelled()?;
    Ok(bytes)
}

fn options(input: &EncodeInput<'_>, settings: EncodeSettings) -> Options {
    let effort = settings.effort.get();
    // oxipng's presets: 2 is its default, 4 doubles the time, 6 is about ten times slower.
    let preset = match effort {
        1 => 0,
        2 | 3 => 1,
        4 | 5 => 2,
        6 => 3,
        7 => 4,
        8 => 5,
        _ => 6,
    };
    let mut options = Options::from_preset(preset);
    options.optimize_alpha = !input.exact;
    // What changes how the image looks stays; text and times go. EXIF only by policy.
    options.strip = if input.metadata.has_private_data() {
        StripChunks::Keep(
            [*b"cICP", *b"iCCP", *b"sRGB", *b"gAMA", *b"cHRM", *b"pHYs", *b"eXIf", *b"iTXt"]
                .into_iter()
                .collect(),
        )
    } else {
        StripChunks::Safe
    };
    if effort >= ZOPFLI_FROM {
        options.deflater = Deflater::Zopfli(ZopfliOptions::default());
    }
    options
}

fn raw_image(input: &EncodeInput<'_>) -> Result<RawImage, OptimizationError> {
    let color_type = match input.pixels.channels() {
        Channels::Gray => ColorType::Grayscale { transparent_shade: None },
        Channels::GrayAlpha => ColorType::GrayscaleAlpha,
        Channels::Rgb => ColorType::RGB { transparent_color: None },
        Channels::Rgba => ColorType::RGBA,
    };
    let (depth, data) = match input.pixels.samples() {
        Samples::U8(samples) => (BitDepth::Eight, samples.clone()),
        Samples::U16(samples) => (BitDepth::Sixteen, samples.iter().flat_map(|v| v.to_be_bytes()).collect()),
    };
    let mut image = RawImage::new(input.pixels.width(), input.pixels.height(), color_type, depth, data)
        .map_err(|error| failed(EncoderKind::Oxipng, error))?;
    if let Some(icc) = &input.metadata.icc {
        image.add_icc_profile(icc);
    }
    if let Some(exif) = &input.metadata.exif {
        image.add_png_chunk(*b"eXIf", exif.clone());
    }
    if let Some(xmp) = &input.metadata.xmp {
        // Keyword, uncompressed, no language, no translated keyword (PNG third edition, 11.3.3.4).
        image.add_png_chunk(*b"iTXt", [b"XML:com.adobe.xmp\0\0\0\0\0", xmp.as_slice()].concat());
    }
    Ok(image)
}
