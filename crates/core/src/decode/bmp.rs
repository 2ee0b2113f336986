//! BMP: a file header, a bitmap, and in its newest form a colour profile.

use super::dib;
use super::{DecodedImage, SourceTraits};
use crate::container::dib::{self as container, DibHeader};
use crate::context::Limits;
use crate::error::OptimizationError;
use crate::format::Format;
use crate::metadata::Metadata;
use crate::pixels::Orientation;

/// Bytes before the bitmap's header. The last four say where the pixels are.
const FILE_HEADER: usize = 14;

/// Width and height.
pub(super) fn read_dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    container::read_dimensions(bytes.get(FILE_HEADER..)?)
}

/// Bits per sample; of a palette, per index.
pub(super) fn read_bit_depth(bytes: &[u8]) -> Option<u8> {
    match container::read_bits(bytes.get(FILE_HEADER..)?)? {
        bits @ 1..=8 => Some(bits as u8),
        24 => Some(8),
        // As the masks say.
        _ => None,
    }
}

/// Whether pixels are indices.
pub(super) fn has_palette(bytes: &[u8]) -> bool {
    bytes.get(FILE_HEADER..).and_then(container::read_bits).is_some_and(|bits| bits <= 8)
}

/// Decodes a BMP.
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<DecodedImage, OptimizationError> {
    let cut = || OptimizationError::corrupt(Format::Bmp, "the header is cut off");
    let bitmap = bytes.get(FILE_HEADER..).ok_or_else(cut)?;
    let header = DibHeader::read(bitmap, false, Format::Bmp)?;
    limits.check_dimensions(header.width, header.height)?;
    let offset: [u8; 4] = bytes.get(10..14).and_then(|field| field.try_into().ok()).ok_or_else(cut)?;
    // Writers of some icons and clipboards leave it 0: the pixels follow the palette then.
    let offset = match u32::from_le_bytes(offset) as usize {
        0 => FILE_HEADER + header.palette.end,
        offset => offset,
    };
    let stored = bytes.get(offset..).unwrap_or_default();
    let pixels = dib::decode(bitmap, &header, stored, Format::Bmp)?;
    let icc = header.profile.and_then(|place| bitmap.get(place)).map(<[u8]>::to_vec);
    Ok(DecodedImage {
        pixels,
        metadata: Metadata { icc, ..Metadata::default() },
        orientation: Orientation::Upright,
        source: SourceTraits {
            lossless: true,
            declares_srgb: header.declares_srgb,
            ..SourceTraits::default()
        },
        warnings: Vec::new(),
    })
}
