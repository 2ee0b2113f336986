//! JPEG, through zune-jpeg; the rarer codings through libjpeg-turbo-rs.

mod quality;
mod turbo;

use super::cmyk::{self, InkConverter};
use super::{DecodedImage, SourceTraits};
use crate::container::jpeg::{EXIF_SIGNATURE, Jpeg, MAX_SEGMENTS, marker};
use crate::context::Limits;
use crate::error::OptimizationError;
use crate::format::Format;
use crate::metadata::{Metadata, exif, iptc};
use crate::pixels::{Channels, PixelBuffer, Samples};
use crate::result::Warning;
use turbo::Coding;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

/// Whether a marker starts a frame: SOF0 to SOF15, but for DHT (C4), JPG (C8) and DAC (CC).
const fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

/// The frame header (SOF segment).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    /// The marker's second byte: 0xC0 baseline, 0xC2 progressive, …
    marker: u8,
    /// Bits per sample.
    pub(crate) precision: u8,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(crate) components: u8,
    /// Sampling factors of the first four components, horizontal and vertical.
    sampling: [(u8, u8); 4],
}

/// The first frame header, found by walking the segments.
pub(crate) fn read_frame_header(bytes: &[u8]) -> Option<FrameHeader> {
    let mut at = 2;
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
        if is_frame(marker) {
            return FrameHeader::parse(marker, bytes.get(at + 2..at + length)?);
        }
        at += length.max(2);
    }
}

impl FrameHeader {
    fn parse(marker: u8, segment: &[u8]) -> Option<Self> {
        let u16_at =
            |at: usize| Some(u32::from(u16::from_be_bytes(segment.get(at..at + 2)?.try_into().ok()?)));
        let components = *segment.get(5)?;
        let mut sampling = [(1, 1); 4];
        for (component, factors) in sampling.iter_mut().take(usize::from(components)).enumerate() {
            let byte = *segment.get(6 + component * 3 + 1)?;
            *factors = (byte >> 4, byte & 15);
        }
        Some(Self {
            marker,
            precision: *segment.first()?,
            height: u16_at(1)?,
            width: u16_at(3)?,
            components,
            sampling,
        })
    }

    /// Chroma subsampling of a colour image: luma's factors relative to chroma's.
    fn chroma_subsampling(&self) -> Option<(u8, u8)> {
        let [(luma_x, luma_y), (chroma_x, chroma_y), ..] = self.sampling;
        (self.components == 3).then_some((luma_x / chroma_x.max(1), luma_y / chroma_y.max(1)))
    }

    /// Which decoder reads it; `None` for the usual one. That one mixes up the components of a sequential image
    /// that has a scan for each.
    fn coding(&self, scans_are_split: bool) -> Result<Option<Coding>, OptimizationError> {
        let unsupported = |feature: String| Err(OptimizationError::unsupported("JPEG", feature));
        match (self.marker, self.precision) {
            (0xc0 | 0xc1, 8) if scans_are_split => Ok(Some(Coding::EightBit)),
            (0xc0..=0xc2, 8) => Ok(None),
            (0xc9 | 0xca, 8) => Ok(Some(Coding::EightBit)),
            (0xc1, 12) if self.components != 4 => Ok(Some(Coding::TwelveBit)),
            (0xc3, 2..=16) if self.components == 1 => Ok(Some(Coding::LosslessGray)),
            (0xc3, _) => unsupported("lossless coding (SOF3) of colour".into()),
            (0xc7 | 0xcb | 0xcf, _) => {
                unsupported("lossless coding that is differential or arithmetic (SOF7, SOF11, SOF15)".into())
            }
            (0xc9 | 0xca, bits) => unsupported(format!("arithmetic coding of {bits} bits per sample")),
            (0xc0..=0xc2, bits) => unsupported(format!("{bits} bits per sample in this kind of frame")),
            _ => unsupported("hierarchical coding".into()),
        }
    }
}

/// Decodes a JPEG.
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<DecodedImage, OptimizationError> {
    let unsupported = |feature: &str| OptimizationError::unsupported("JPEG", feature);
    let corrupt = |message: String| OptimizationError::corrupt(Format::Jpeg, message);
    let frame = read_frame_header(bytes).ok_or_else(|| corrupt("there is no frame header (SOF)".into()))?;
    let jpeg =
        Jpeg::parse(bytes).ok_or_else(|| corrupt(format!("it has more than {MAX_SEGMENTS} segments")))?;
    let coding = frame.coding(has_split_scans(&jpeg, frame.components))?;
    if !matches!(frame.components, 1 | 3 | 4) {
        return Err(unsupported("this number of components"));
    }
    if frame.width == 0 || frame.height == 0 {
        return Err(corrupt(format!("the size is {} × {}", frame.width, frame.height)));
    }
    limits.check_dimensions(frame.width, frame.height)?;
    let mut warnings = Vec::new();
    let mut is_ycck = frame.components == 4 && jpeg.adobe_transform() == Some(2);
    let samples = match coding {
        Some(coding) => {
            if !jpeg.is_complete {
                // Arithmetic decoding goes on behind the end of its data, by definition.
                return Err(corrupt("the file ends early".into()));
            }
            let samples = turbo::decode(bytes, coding, frame.components, limits).map_err(corrupt)?;
            is_ycck = false;
            samples
        }
        None => Samples::U8(decode_common(bytes, &frame, is_ycck, limits, &mut warnings).map_err(corrupt)?),
    };
    let mut metadata = Metadata {
        icc: jpeg.icc(),
        exif: jpeg.contents(marker::APP1, EXIF_SIGNATURE).next().map(<[u8]>::to_vec),
        xmp: jpeg.xmp().map(<[u8]>::to_vec),
        iptc: jpeg
            .contents(marker::APP13, iptc::PHOTOSHOP_SIGNATURE)
            .find_map(iptc::from_resources)
            .map(<[u8]>::to_vec),
    };
    let (channels, samples) = match (frame.components, samples) {
        (4, Samples::U8(samples)) => {
            let inks = cmyk::inks(samples, is_ycck, jpeg.adobe_transform().is_some());
            let converter = InkConverter::new(metadata.icc.take().as_deref());
            let rgb = converter.to_srgb(&inks);
            let how = if converter.has_profile() {
                "through its profile"
            } else {
                "without a profile, by the plain formula"
            };
            warnings.push(Warning::new(
                "cmyk_converted",
                format!("the image is in CMYK, for printing, and was converted to sRGB {how}"),
            ));
            (Channels::Rgb, Samples::U8(rgb))
        }
        (4, Samples::U16(_)) => return Err(unsupported("CMYK of more than 8 bits per sample")),
        (1, samples) => (Channels::Gray, samples),
        (_, samples) => (Channels::Rgb, samples),
    };
    let stored = PixelBuffer::new(frame.width, frame.height, channels, samples)?;
    let orientation = metadata.exif.as_deref().map(exif::orientation).unwrap_or_default();
    Ok(DecodedImage {
        pixels: orientation.apply(stored),
        metadata,
        orientation,
        source: SourceTraits {
            chroma_subsampling: frame.chroma_subsampling(),
            jpeg_quality: quality::estimate(&jpeg),
            own_jpeg_quality: quality::own(&jpeg),
            cmyk: frame.components == 4,
            lossless: coding == Some(Coding::LosslessGray),
            ..SourceTraits::default()
        },
        warnings,
    })
}

/// Whether the first scan holds fewer components than the frame.
fn has_split_scans(jpeg: &Jpeg<'_>, components: u8) -> bool {
    let first = jpeg.segments.iter().find(|segment| segment.marker == marker::SOS);
    first.and_then(|scan| scan.content.first()).is_some_and(|&in_scan| in_scan < components)
}

/// Decodes what zune-jpeg is at home with.
fn decode_common(
    bytes: &[u8],
    frame: &FrameHeader,
    is_ycck: bool,
    limits: &Limits,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<u8>, String> {
    let colors = match frame.components {
        1 => ColorSpace::Luma,
        4 if is_ycck => ColorSpace::YCCK,
        4 => ColorSpace::CMYK,
        _ => ColorSpace::RGB,
    };
    match decode_with(bytes, colors, limits, true) {
        // Junk between segments loses no pixel: every viewer reads past it.
        Err(message) if message.contains("Extra bytes") => {
            warnings.push(Warning::new("damaged_input", "there are stray bytes between JPEG segments"));
            decode_with(bytes, colors, limits, false)
        }
        result => result,
    }
}

fn decode_with(bytes: &[u8], colors: ColorSpace, limits: &Limits, strict: bool) -> Result<Vec<u8>, String> {
    let options = DecoderOptions::default()
        .set_max_width(65_535)
        .set_max_height(65_535)
        .set_strict_mode(strict)
        .jpeg_set_max_scans(limits.max_scans as usize)
        .jpeg_set_out_colorspace(colors);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode().map_err(|error| error.to_string().trim_matches('"').to_owned())
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
        assert_eq!(frame.chroma_subsampling(), Some((2, 2)));
        for length in 0..jpeg.len() {
            assert_eq!(read_frame_header(&jpeg[..length]), None);
        }
    }
}
