//! JPEG, through zune-jpeg.

use super::{DecodedImage, SourceTraits};
use crate::context::Limits;
use crate::error::OptimizationError;
use crate::format::Format;
use crate::metadata::{Metadata, exif};
use crate::pixels::{Channels, PixelBuffer, Samples};
use crate::result::Warning;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

/// Progressive scans beyond this are a way to burn time (each is a pass over the whole image); encoders write
/// about ten.
const MAX_SCANS: usize = 100;

/// The frame header (SOF segment).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameHeader {
    /// The marker's second byte: 0xC0 baseline, 0xC2 progressive, …
    marker: u8,
    /// Bits per sample.
    precision: u8,
    pub(super) width: u32,
    pub(super) height: u32,
    components: u8,
    /// Sampling factors of the first component relative to the second.
    chroma_subsampling: Option<(u8, u8)>,
    /// Whether the file holds more images behind this one (CIPA DC-007): an HDR gain map, a depth map, a preview.
    multi_picture: bool,
}

/// The first frame header, found by walking the segments.
pub(super) fn read_frame_header(bytes: &[u8]) -> Option<FrameHeader> {
    let mut at = 2;
    let mut multi_picture = false;
    loop {
        while *bytes.get(at)? != 0xff {
            at += 1;
        }
        while *bytes.get(at)? == 0xff {
            at += 1;
        }
        let marker = *bytes.get(at)?;
        at += 1;
        match marker {
            // Markers without a segment.
            0x00 | 0x01 | 0xd0..=0xd8 => continue,
            0xd9 | 0xda => return None,
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
        multi_picture |= marker == 0xe2 && bytes.get(at + 2..at + 6) == Some(b"MPF\0");
        // SOF0 to SOF15, but for DHT (C4), JPG (C8) and DAC (CC).
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let segment = bytes.get(at + 2..at + length)?;
            let u16_at = |offset: usize| {
                Some(u32::from(u16::from_be_bytes(segment.get(offset..offset + 2)?.try_into().ok()?)))
            };
            let components = *segment.get(5)?;
            let factors = |component: usize| {
                let sampling = *segment.get(6 + component * 3 + 1)?;
                Some((sampling >> 4, sampling & 15))
            };
            let chroma_subsampling = if components == 3 {
                let ((luma_x, luma_y), (chroma_x, chroma_y)) = (factors(0)?, factors(1)?);
                Some((luma_x / chroma_x.max(1), luma_y / chroma_y.max(1)))
            } else {
                None
            };
            return Some(FrameHeader {
                marker,
                precision: *segment.first()?,
                height: u16_at(1)?,
                width: u16_at(3)?,
                components,
                chroma_subsampling,
                multi_picture,
            });
        }
        at += length.max(2);
    }
}

/// Decodes a JPEG.
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<DecodedImage, OptimizationError> {
    let unsupported = |feature: &str| OptimizationError::unsupported("JPEG", feature);
    let frame = read_frame_header(bytes)
        .ok_or_else(|| OptimizationError::corrupt(Format::Jpeg, "there is no frame header (SOF)"))?;
    match frame.marker {
        0xc0..=0xc2 => {}
        0xc3 | 0xc7 | 0xcb | 0xcf => return Err(unsupported("lossless JPEG coding (SOF3)")),
        0xc9 | 0xca => return Err(unsupported("arithmetic coding")),
        _ => return Err(unsupported("hierarchical coding")),
    }
    if frame.precision != 8 {
        return Err(unsupported(&format!("{} bits per sample", frame.precision)));
    }
    if frame.components != 1 && frame.components != 3 {
        return Err(unsupported(if frame.components == 4 {
            "CMYK colour"
        } else {
            "this number of components"
        }));
    }
    if frame.width == 0 || frame.height == 0 {
        return Err(OptimizationError::corrupt(
            Format::Jpeg,
            format!("the size is {} × {}", frame.width, frame.height),
        ));
    }
    limits.check_dimensions(frame.width, frame.height)?;
    let channels = if frame.components == 1 { Channels::Gray } else { Channels::Rgb };
    let mut warnings = Vec::new();
    if frame.multi_picture {
        warnings.push(Warning::new(
            "extra_images_dropped",
            "the file holds more images behind the first (an HDR gain map or a preview); the output has the first only",
        ));
    }
    let (samples, metadata) = match decode_with(bytes, channels, true) {
        // Junk between segments loses no pixel: every viewer reads past it.
        Err(message) if message.contains("Extra bytes") => {
            warnings.push(Warning::new("damaged_input", "there are stray bytes between JPEG segments"));
            decode_with(bytes, channels, false)
        }
        result => result,
    }
    .map_err(|message| OptimizationError::corrupt(Format::Jpeg, message))?;
    let stored = PixelBuffer::new(frame.width, frame.height, channels, Samples::U8(samples))?;
    let orientation = metadata.exif.as_deref().map(exif::orientation).unwrap_or_default();
    Ok(DecodedImage {
        pixels: orientation.apply(stored),
        metadata,
        orientation,
        source: SourceTraits { chroma_subsampling: frame.chroma_subsampling, ..SourceTraits::default() },
        warnings,
    })
}

fn decode_with(bytes: &[u8], channels: Channels, strict: bool) -> Result<(Vec<u8>, Metadata), String> {
    let colorspace = if channels == Channels::Gray { ColorSpace::Luma } else { ColorSpace::RGB };
    let options = DecoderOptions::default()
        .set_max_width(65_535)
        .set_max_height(65_535)
        .set_strict_mode(strict)
        .jpeg_set_max_scans(MAX_SCANS)
        .jpeg_set_out_colorspace(colorspace);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let samples = decoder.decode().map_err(|error| error.to_string().trim_matches('"').to_owned())?;
    let metadata =
        Metadata { icc: decoder.icc_profile(), exif: decoder.exif().cloned(), xmp: decoder.xmp().cloned() };
    Ok((samples, metadata))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_header_is_found_behind_other_segments() {
        let mut jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xff\xc2\x00\x11\x08".to_vec();
        jpeg.extend_from_slice(&[0x01, 0x02, 0x03, 0x04, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
        let frame = read_frame_header(&jpeg).unwrap();
        assert_eq!((frame.width, frame.height, frame.marker), (0x0304, 0x0102, 0xc2));
        assert_eq!(frame.chroma_subsampling, Some((2, 2)));
        for length in 0..jpeg.len() {
            assert_eq!(read_frame_header(&jpeg[..length]), None);
        }
        assert!(!frame.multi_picture);
    }

    #[test]
    fn more_images_behind_the_first_are_noticed() {
        let mut jpeg = b"\xff\xd8\xff\xe2\x00\x08MPF\x00ab\xff\xc0\x00\x0b\x08".to_vec();
        jpeg.extend_from_slice(&[0, 8, 0, 8, 1, 1, 0x11, 0]);
        assert!(read_frame_header(&jpeg).unwrap().multi_picture);
    }
}
