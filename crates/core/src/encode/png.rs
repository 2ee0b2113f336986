//! Lossless PNG, through oxipng.

use super::{EncodeInput, EncodeSettings, EncoderKind, failed};
use crate::analyse::ImageKind;
use crate::container::png::chunks;
use crate::context::OptimizeContext;
use crate::error::OptimizationError;
use crate::format::Format;
use crate::pixels::{Channels, Orientation, Samples};
use crate::units::Effort;
use oxipng::{
    BitDepth, ColorType, Deflater, FilterStrategy, Options, RawImage, StripChunks, ZopfliOptions, indexset,
};
use std::num::NonZeroU64;

/// From this effort on, zopfli deflates what was found with all its passes: many times slower for a few percent.
const ZOPFLI_FROM: u8 = 9;
/// From this effort on, both the file and its pixels are tried as a start, and the smaller result counts: twice
/// the time for a gain that is rare.
const BOTH_STARTS_FROM: u8 = 9;

/// Encodes pixels, or optimises the original file where it is a PNG with these very pixels.
pub(super) fn encode(
    input: &EncodeInput<'_>,
    settings: EncodeSettings,
    context: &OptimizeContext<'_>,
) -> Result<Vec<u8>, OptimizationError> {
    let options = options(input, settings.effort);
    // The file itself: palettes and low depths may be a better start than expanded pixels. What oxipng refuses
    // (damaged, but all pixels there) starts from pixels.
    let from_file = || {
        upright_png(input)
            .filter(|_| input.metadata.xmp.is_none())
            .and_then(|original| oxipng::optimize_from_memory(original, &options).ok())
    };
    let from_pixels = || -> Result<Vec<u8>, OptimizationError> {
        let error = |error: oxipng::PngError| failed(EncoderKind::Oxipng, error);
        let mut image = raw_image(input)?;
        add_metadata(&mut image, input);
        image.create_optimized_png(&options).map_err(error)
    };
    let bytes = if settings.effort.get() >= BOTH_STARTS_FROM {
        let (from_file, from_pixels) = rayon::join(from_file, from_pixels);
        match (from_file, from_pixels) {
            (Some(file), Ok(pixels)) if pixels.len() < file.len() => pixels,
            (Some(file), _) => file,
            (None, pixels) => pixels?,
        }
    } else {
        match from_file() {
            Some(bytes) => bytes,
            None => from_pixels()?,
        }
    };
    context.check_cancelled()?;
    let bytes = squeezed(bytes, options, settings.effort);
    context.check_cancelled()?;
    Ok(bytes)
}

/// The file deflated by zopfli, where the effort is worth it and it becomes smaller.
pub(super) fn squeezed(bytes: Vec<u8>, mut options: Options, effort: Effort) -> Vec<u8> {
    if effort.get() < ZOPFLI_FROM {
        return bytes;
    }
    options.deflater = Deflater::Zopfli(ZopfliOptions::default());
    // One deflate, with the filters that did best in a quick comparison, instead of one for each filter.
    options.fast_evaluation = true;
    match oxipng::optimize_from_memory(&bytes, &options) {
        Ok(smaller) if smaller.len() < bytes.len() => smaller,
        _ => bytes,
    }
}

/// The original, where it is a PNG that stores its pixels the right way up.
fn upright_png<'a>(input: &EncodeInput<'a>) -> Option<&'a [u8]> {
    original_png(input).filter(|_| input.orientation == Orientation::Upright)
}

fn original_png<'a>(input: &EncodeInput<'a>) -> Option<&'a [u8]> {
    input.original.filter(|bytes| crate::sniff::sniff(bytes) == Ok(Format::Png))
}

/// How hard oxipng tries, without what it keeps; effort 4 is its own default. Against `oxipng -o max`, bytes and processor time of
/// six graphics: efforts 4 and 5 1.025 and 0.07, 6 1.020 and 0.11, 7 1.007 and 0.17, 8 0.992 and 1.0.
pub(crate) fn packing(effort: u8, kind: ImageKind) -> Options {
    let preset = Options::from_preset;
    match effort {
        0 | 1 => preset(0),
        2 | 3 => preset(1),
        4 | 5 => preset(2),
        6 => preset(3),
        7 => preset(4),
        // The first of zopfli's fifteen passes makes most of what they all do. Photos become larger by it.
        8 if kind == ImageKind::Graphic => Options {
            deflater: Deflater::Zopfli(ZopfliOptions {
                iteration_count: NonZeroU64::MIN,
                ..ZopfliOptions::default()
            }),
            ..preset(4)
        },
        _ => preset(6),
    }
}

/// How oxipng works at an effort.
pub(super) fn options(input: &EncodeInput<'_>, effort: Effort) -> Options {
    let mut options = packing(effort.get(), input.traits.kind);
    options.optimize_alpha = !input.exact;
    options.strip = StripChunks::Keep(kept_chunks(input).into_iter().collect());
    options
}

/// For palettes that are only compared with others: no filters, quick deflate.
pub(super) fn draft_options(input: &EncodeInput<'_>) -> Options {
    let mut options = Options::from_preset(0);
    options.filters = indexset! {FilterStrategy::NONE};
    options.deflater = Deflater::Libdeflater { compression: 9 };
    options.strip = StripChunks::Keep(kept_chunks(input).into_iter().collect());
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
        original_png(input).is_some_and(|original| {
            chunks(original)
                .any(|chunk| chunk.kind == kind && length.is_some_and(|length| chunk.data.len() != length))
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
    RawImage::new(input.pixels.width(), input.pixels.height(), color_type, depth, data)
        .map_err(|error| failed(EncoderKind::Oxipng, error))
}

/// Adds what goes with the pixels: the profile, EXIF and XMP, and from an original PNG the other chunks that
/// change how it looks.
pub(super) fn add_metadata(image: &mut RawImage, input: &EncodeInput<'_>) {
    let mut has_cicp = false;
    if let Some(original) = original_png(input) {
        for (kind, length) in DISPLAY_CHUNKS {
            // Pixel sizes swap sides with the pixels.
            let applies = kind != *b"iCCP" && (kind != *b"pHYs" || input.orientation == Orientation::Upright);
            let found = chunks(original).find(|chunk| chunk.kind == kind && chunk.is_intact());
            if let Some(chunk) =
                found.filter(|chunk| applies && length.is_none_or(|length| chunk.data.len() == length))
            {
                has_cicp |= kind == *b"cICP";
                image.add_png_chunk(kind, chunk.data.to_vec());
            }
        }
    }
    // A profile that was made from cICP is said in its four bytes.
    if let Some(icc) = input.metadata.icc.as_ref().filter(|_| !has_cicp) {
        image.add_icc_profile(icc);
    }
    if let Some(exif) = &input.metadata.exif {
        image.add_png_chunk(*b"eXIf", exif.clone());
    }
    if let Some(xmp) = &input.metadata.xmp {
        // Keyword, uncompressed, no language, no translated keyword (PNG third edition, 11.3.3.4).
        image.add_png_chunk(*b"iTXt", [b"XML:com.adobe.xmp\0\0\0\0\0", xmp.as_slice()].concat());
    }
}
