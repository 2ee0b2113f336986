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

/// oxipng's preset for an effort: 2 is its default, 4 doubles the time, 6 is about ten times slower.
pub(crate) const fn preset(effort: u8) -> u8 {
    match effort {
        1 => 0,
        2 | 3 => 1,
        4 | 5 => 2,
        6 => 3,
        7 => 4,
        8 => 5,
        _ => 6,
    }
}

fn options(input: &EncodeInput<'_>, settings: EncodeSettings) -> Options {
    let effort = settings.effort.get();
    let mut options = Options::from_preset(preset(effort));
    options.optimize_alpha = !input.exact;
    options.strip = StripChunks::Keep(kept_chunks(input).into_iter().collect());
    if effort >= ZOPFLI_FROM {
        options.deflater = Deflater::Zopfli(ZopfliOptions::default());
    }
    options
}

/// Chunks that change how an image looks, and the length of their data where it is fixed (PNG third edition, 11.3).
const DISPLAY_CHUNKS: [([u8; 4], Option<usize>); 8] = [
    (*b"cICP", Some(4)),
    (*b"mDCV", Some(24)),
    (*b"cLLI", Some(8)),
    (*b"iCCP", None),
    (*b"sRGB", Some(1)),
    (*b"gAMA", Some(4)),
    (*b"cHRM", Some(32)),
    (*b"pHYs", Some(9)),
];

/// The chunks to carry over: what changes how the image looks, unless it is malformed (readers may refuse the
/// whole file for it), and EXIF and XMP by policy. Text and times go.
fn kept_chunks(input: &EncodeInput<'_>) -> Vec<[u8; 4]> {
    let malformed = |kind: [u8; 4], length: Option<usize>| {
        input.original.is_some_and(|original| {
            chunks(original).any(|(other, data)| other == kind && length.is_some_and(|length| data != length))
        })
    };
    let mut kept: Vec<[u8; 4]> = DISPLAY_CHUNKS
        .into_iter()
        .filter(|&(kind, length)| !malformed(kind, length))
        // A profile that could not be read, or is for another kind of pixels, was left out.
        .filter(|&(kind, _)| kind != *b"iCCP" || input.metadata.icc.is_some())
        .map(|(kind, _)| kind)
        .collect();
    if input.metadata.exif.is_some() {
        kept.push(*b"eXIf");
    }
    if input.metadata.xmp.is_some() {
        kept.push(*b"iTXt");
    }
    kept
}

/// Type and data length of each chunk of a PNG.
fn chunks(png: &[u8]) -> impl Iterator<Item = ([u8; 4], usize)> {
    let mut at = 8;
    std::iter::from_fn(move || {
        let header = png.get(at..at + 8)?;
        let (length, kind) = header.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        // Length, type and CRC take four bytes each.
        at = at.checked_add(length)?.checked_add(12)?;
        Some((kind.try_into().ok()?, length))
    })
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
