//! WebP, through libwebp.

use super::{EncodeInput, EncodeSettings, EncoderKind, failed};
use crate::analyse::{AlphaKind, ImageKind};
use crate::context::OptimizeContext;
use crate::error::OptimizationError;
use crate::metadata::exif;
use crate::pixels::Samples;
use crate::units::{Effort, Quality};
use img_parts::riff::{RiffChunk, RiffContent};
use img_parts::webp::WebP;
use img_parts::{Bytes, ImageEXIF, ImageICC};
use planish_ffi::FfiError;
use planish_ffi::webp::{self, Config, Deblocking, Preset};

/// Largest width and height of a WebP.
pub(crate) const MAX_EDGE: u32 = webp::MAX_DIMENSION;

/// From this quality on, chroma is halved by the slower, sharper method: 6 % smaller at a score of 90, nothing at 80
/// (five photos).
const SHARP_YUV_FROM_QUALITY: f32 = 94.0;
/// For photos: at equal score 1 % smaller at 80 than with the photo preset's own 80 (five photos).
const PHOTO_NOISE_SHAPING: u8 = 50;
/// For photos: at a score of 80 0.6 % smaller than with strength 60, whatever the sharpness; 30 and 45 are as good (19 photos).
const PHOTO_DEBLOCKING: Deblocking = Deblocking { strength: 40, sharpness: 7 };

/// Encodes at 8 bits.
pub(super) fn encode(
    input: &EncodeInput<'_>,
    settings: EncodeSettings,
    lossless: bool,
    context: &OptimizeContext<'_>,
) -> Result<Vec<u8>, OptimizationError> {
    let kind = if lossless { EncoderKind::WebpLossless } else { EncoderKind::WebpLossy };
    let rounded = input.pixels.to_8_bit();
    let pixels = rounded.as_ref().unwrap_or(input.pixels);
    let color = pixels.gray_as_rgb();
    let pixels = color.as_ref().unwrap_or(pixels);
    let opaque = if input.traits.alpha == AlphaKind::None { pixels.without_alpha() } else { None };
    let pixels = opaque.as_ref().unwrap_or(pixels);
    let Samples::U8(samples) = pixels.samples() else {
        return Err(failed(kind, "8-bit samples expected"));
    };
    let has_alpha = pixels.channels().has_alpha();
    let config = if lossless {
        Config { exact: input.exact, ..without_loss(settings.effort, input.traits.kind) }
    } else {
        lossy_config(input, settings, has_alpha)
    };
    pack(samples, has_alpha, &config, input, kind, context)
}

fn lossy_config(input: &EncodeInput<'_>, settings: EncodeSettings, has_alpha: bool) -> Config {
    let quality = settings.quality.map_or(75.0, Quality::get);
    let photo = input.traits.kind == ImageKind::Photo;
    Config {
        lossless: false,
        quality,
        method: method(settings.effort.get(), has_alpha),
        alpha_quality: 100,
        exact: input.exact,
        sharp_yuv: input.traits.kind == ImageKind::Graphic || quality >= SHARP_YUV_FROM_QUALITY,
        preset: match input.traits.kind {
            ImageKind::Photo => Preset::Photo,
            ImageKind::Graphic => Preset::Picture,
        },
        noise_shaping: photo.then_some(PHOTO_NOISE_SHAPING),
        deblocking: photo.then_some(PHOTO_DEBLOCKING),
    }
}

/// Without loss; `quality` is how hard libwebp tries, 0 to 100.
pub(super) fn lossless_config(method: u8, quality: f32) -> Config {
    Config { lossless: true, quality, method, ..Config::default() }
}

/// How hard to try without loss. Graphics gain most: method 5 with all its effort makes them 3 % smaller than method 6 at 75
/// (26 graphics; in 3.6 times the time), photos by 0.4 % (8 photos; 2.7 times). Everything is another 0.4 % of either, in 6
/// and 12 times the time of that.
fn without_loss(effort: Effort, kind: ImageKind) -> Config {
    match (effort.get(), kind) {
        (effort @ 0..=4, _) => lossless_config(effort, 75.0),
        (5..=7, ImageKind::Graphic) => lossless_config(5, 100.0),
        (5..=7, ImageKind::Photo) => lossless_config(6, 75.0),
        _ => lossless_config(6, 100.0),
    }
}

/// The samples of the input's size, coded, with its metadata.
pub(super) fn pack(
    samples: &[u8],
    has_alpha: bool,
    config: &Config,
    input: &EncodeInput<'_>,
    kind: EncoderKind,
    context: &OptimizeContext<'_>,
) -> Result<Vec<u8>, OptimizationError> {
    let keep_going = || !context.cancel.is_cancelled();
    let (width, height) = (input.pixels.width(), input.pixels.height());
    let bytes =
        webp::encode(samples, width, height, has_alpha, config, &keep_going).map_err(
            |error| match error {
                FfiError::Cancelled => OptimizationError::Cancelled,
                other => failed(kind, other),
            },
        )?;
    with_metadata(bytes, input, kind)
}

/// libwebp's method, 0 to 6. The default effort takes the slowest, which still costs a third of mozjpeg's time;
/// but not with alpha, which that method packs ten times more slowly for next to nothing.
const fn method(effort: u8, alpha: bool) -> u8 {
    match effort {
        0..=4 => effort,
        5..=7 if alpha => 5,
        _ => 6,
    }
}

/// The file with its metadata chunks.
fn with_metadata(
    bytes: Vec<u8>,
    input: &EncodeInput<'_>,
    kind: EncoderKind,
) -> Result<Vec<u8>, OptimizationError> {
    let metadata = input.metadata;
    if metadata.icc.is_none() && !metadata.has_private_data() {
        return Ok(bytes);
    }
    let mut file = WebP::from_bytes(Bytes::from(bytes)).map_err(|error| failed(kind, error))?;
    if let Some(xmp) = &metadata.xmp {
        let chunk = RiffChunk::new(*b"XMP ", RiffContent::Data(Bytes::from(xmp.clone())));
        file.chunks_mut().push(chunk);
    }
    // Setting these also writes the VP8X header that announces all chunks.
    file.set_exif(metadata.exif.clone().map(Bytes::from));
    file.set_icc_profile(metadata.icc.clone().map(Bytes::from));
    Ok(file.encoder().bytes().to_vec())
}

/// The original's image data with the metadata that is to be kept. A file that turns by its EXIF keeps the turn.
pub(super) fn rewrite(input: &EncodeInput<'_>) -> Result<Vec<u8>, OptimizationError> {
    let kind = EncoderKind::WebpRewrite;
    let original = input.original.ok_or_else(|| failed(kind, "the original file is needed"))?;
    let mut file = WebP::from_bytes(Bytes::copy_from_slice(original)).map_err(|error| failed(kind, error))?;
    file.remove_chunks_by_id(*b"XMP ");
    if let Some(xmp) = &input.metadata.xmp {
        file.chunks_mut().push(RiffChunk::new(*b"XMP ", RiffContent::Data(Bytes::from(xmp.clone()))));
    }
    file.set_exif(exif::for_stored_rows(input.metadata.exif.as_deref(), input.orientation).map(Bytes::from));
    file.set_icc_profile(input.metadata.icc.clone().map(Bytes::from));
    Ok(file.encoder().bytes().to_vec())
}
