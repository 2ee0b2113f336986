//! PNG, through the png crate.

use super::{DecodedImage, SourceTraits};
use crate::container::png::{SIGNATURE, chunks, read_dimensions};
use crate::context::Limits;
use crate::error::OptimizationError;
use crate::format::Format;
use crate::metadata::{Metadata, exif, icc};
use crate::pixels::{Channels, PixelBuffer, Samples};
use png::{BitDepth, ColorType, Decoder, DecodingError, Transformations};
use std::io::Cursor;

/// The keyword of the iTXt chunk that holds XMP.
const XMP_KEYWORD: &str = "XML:com.adobe.xmp";

/// Decodes a PNG: palettes and depths below 8 bits are expanded, tRNS becomes alpha, 16 bits stay.
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<DecodedImage, OptimizationError> {
    if let Some((width, height)) = read_dimensions(bytes) {
        limits.check_dimensions(width, height)?;
    }
    let repaired = without_cut_end(bytes);
    let bytes = repaired.as_deref().unwrap_or(bytes);
    let memory = limits.max_pixels.0.saturating_mul(8).saturating_add(limits.max_metadata_bytes.0 * 4);
    let mut decoder = Decoder::new_with_limits(
        Cursor::new(bytes),
        png::Limits { bytes: usize::try_from(memory).unwrap_or(usize::MAX) },
    );
    decoder.set_transformations(Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(error)?;
    if reader.info().animation_control.is_some_and(|animation| animation.num_frames > 1) {
        return Err(OptimizationError::unsupported("PNG", "animation (APNG)"));
    }
    let size = reader
        .output_buffer_size()
        .ok_or_else(|| OptimizationError::corrupt(Format::Png, "the image is too large for memory"))?;
    let mut data = vec![0; size];
    let frame = reader.next_frame(&mut data).map_err(error)?;
    data.truncate(frame.buffer_size());
    // Text and EXIF may follow the pixels; a file that ends without IEND has lost nothing that is shown.
    let ending = reader.finish();
    let info = reader.info();
    let declares_srgb = info.srgb.is_some();
    let indexed = info.color_type == ColorType::Indexed;
    let channels = match frame.color_type {
        ColorType::Grayscale => Channels::Gray,
        ColorType::GrayscaleAlpha => Channels::GrayAlpha,
        ColorType::Rgb => Channels::Rgb,
        ColorType::Rgba => Channels::Rgba,
        ColorType::Indexed => {
            return Err(OptimizationError::corrupt(Format::Png, "the palette is missing"));
        }
    };
    let samples = match frame.bit_depth {
        BitDepth::Sixteen => {
            Samples::U16(data.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect())
        }
        _ => Samples::U8(data),
    };
    let stored = PixelBuffer::new(frame.width, frame.height, channels, samples)?;
    let metadata = metadata(info)?;
    let orientation = metadata.exif.as_deref().map(exif::orientation).unwrap_or_default();
    let mut warnings = Vec::new();
    // The decoder leaves these out.
    for chunk in chunks(bytes).filter(|chunk| chunk.is_ancillary() && !chunk.is_intact()).take(8) {
        warnings.push(crate::Warning::new(
            "damaged_input",
            format!(
                "the checksum of a {} chunk is wrong: it was left out, as viewers do; all pixels are there",
                chunk.kind.escape_ascii()
            ),
        ));
    }
    if repaired.is_some() {
        warnings.push(crate::Warning::new(
            "damaged_input",
            "the file ends before its IEND chunk; all pixels are there",
        ));
    } else if let Err(problem) = ending {
        warnings.push(crate::Warning::new(
            "damaged_input",
            format!("the file is damaged behind its pixels ({problem}); all pixels are there"),
        ));
    }
    Ok(DecodedImage {
        pixels: orientation.apply(stored),
        metadata,
        orientation,
        source: SourceTraits { lossless: true, declares_srgb, indexed, ..SourceTraits::default() },
        warnings,
    })
}

/// The file up to where it was cut off and an IEND chunk; `None` where it has one. Whether all pixels are there is
/// found out by decoding them.
fn without_cut_end(png: &[u8]) -> Option<Vec<u8>> {
    const IEND: &[u8] = b"\0\0\0\0IEND\xae\x42\x60\x82";
    let mut end = SIGNATURE;
    for chunk in chunks(png) {
        if chunk.kind == *b"IEND" {
            return None;
        }
        if chunk.is_cut() {
            break;
        }
        end += chunk.stored_length();
    }
    Some([png.get(..end)?, IEND].concat())
}

/// What the chunks read so far say besides pixels.
pub(crate) fn metadata(info: &png::Info<'_>) -> Result<Metadata, OptimizationError> {
    let mut metadata = Metadata {
        icc: info.icc_profile.as_ref().map(|profile| profile.to_vec()),
        exif: info.exif_metadata.as_ref().map(|block| block.to_vec()),
        xmp: info
            .utf8_text
            .iter()
            .find(|chunk| chunk.keyword == XMP_KEYWORD)
            .and_then(|chunk| chunk.get_text().ok())
            .map(String::into_bytes),
        iptc: None,
    };
    if let Some(cicp) = info.coding_independent_code_points {
        // cICP overrules every other colour chunk (PNG third edition, 11.3.2.6).
        if matches!(cicp.transfer_function, 16 | 18) {
            return Err(OptimizationError::unsupported("PNG", "HDR transfer functions (cICP)"));
        }
        metadata.icc = icc::from_cicp(cicp.color_primaries, cicp.transfer_function);
    }
    Ok(metadata)
}

/// What the png crate says, as it concerns the file.
pub(crate) fn error(error: DecodingError) -> OptimizationError {
    match error {
        DecodingError::LimitsExceeded => {
            OptimizationError::corrupt(Format::Png, "decoding needs more memory than the limits allow")
        }
        DecodingError::IoError(_) => OptimizationError::corrupt(Format::Png, "the file ends early"),
        other => OptimizationError::corrupt(Format::Png, readable(&other.to_string())),
    }
}

/// The decoder's message without the names of its types.
fn readable(message: &str) -> &str {
    if message.starts_with("CRC error") {
        "a checksum is wrong (CRC): its data was changed after it was written"
    } else if message.contains("ChunkType {") {
        "its chunks are incomplete or out of order"
    } else {
        message
    }
}
