//! WebP, through libwebp.

use super::{DecodedImage, SourceTraits};
use crate::context::Limits;
use crate::error::OptimizationError;
use crate::format::Format;
use crate::metadata::{Metadata, exif};
use crate::pixels::{Channels, PixelBuffer, Samples};
use img_parts::webp::WebP;
use img_parts::{Bytes, ImageEXIF, ImageICC};
use planish_ffi::webp;

/// Decodes a still WebP.
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<DecodedImage, OptimizationError> {
    let corrupt = |error: planish_ffi::FfiError| OptimizationError::corrupt(Format::Webp, error);
    let features = webp::features(bytes).map_err(corrupt)?;
    limits.check_dimensions(features.width, features.height)?;
    if features.has_animation {
        return Err(OptimizationError::unsupported("WebP", "animation"));
    }
    let decoded = webp::decode(bytes).map_err(corrupt)?;
    let channels = if decoded.has_alpha { Channels::Rgba } else { Channels::Rgb };
    let stored = PixelBuffer::new(decoded.width, decoded.height, channels, Samples::U8(decoded.pixels))?;
    let metadata = read_metadata(bytes);
    let orientation = metadata.exif.as_deref().map(exif::orientation).unwrap_or_default();
    Ok(DecodedImage {
        pixels: orientation.apply(stored),
        metadata,
        orientation,
        source: SourceTraits { lossless: features.lossless, ..SourceTraits::default() },
        warnings: Vec::new(),
    })
}

/// The metadata chunks. libwebp has decoded the pixels by now: a container that img-parts cannot take apart
/// has no metadata to speak of.
fn read_metadata(bytes: &[u8]) -> Metadata {
    let Ok(file) = WebP::from_bytes(Bytes::copy_from_slice(bytes)) else { return Metadata::default() };
    Metadata {
        icc: file.icc_profile().map(|icc| icc.to_vec()),
        exif: file.exif().map(|exif| exif.strip_prefix(b"Exif\0\0").unwrap_or(&exif).to_vec()),
        xmp: file.chunk_by_id(*b"XMP ").and_then(|chunk| chunk.content().data()).map(|xmp| xmp.to_vec()),
        iptc: None,
    }
}
