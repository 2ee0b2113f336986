//! The pixels of device-independent bitmaps, for BMP and ICO.
//!
//! The reader is our own: no crate at hand reads icons with the depths and masks that occur, and the limits must hold
//! before memory is taken. See docs/decisions, "BMP and ICO".

mod runs;

use crate::container::dib::{BitField, DibCoding, DibHeader};
use crate::error::OptimizationError;
use crate::format::Format;
use crate::pixels::{Channels, PixelBuffer, Samples};

/// Decodes the pixels that begin `stored`. The caller has checked the limits. Alpha that is 0 everywhere means that there
/// is none, as browsers take it.
///
/// # Errors
/// [`OptimizationError::Corrupt`] where rows are missing.
pub(super) fn decode(
    dib: &[u8],
    header: &DibHeader,
    stored: &[u8],
    format: Format,
) -> Result<PixelBuffer, OptimizationError> {
    let corrupt = |what: &str| OptimizationError::corrupt(format, what);
    let rows = match header.coding {
        DibCoding::Indices | DibCoding::Fields(_) => {
            let row = DibHeader::row_bytes(header.width, header.bits);
            // Before anything is allocated: a small file cannot claim a large picture.
            let end = row.saturating_mul(u64::from(header.height));
            let stored = usize::try_from(end).ok().and_then(|end| stored.get(..end));
            stored.ok_or_else(|| corrupt("the file ends before its last row"))?.chunks_exact(row as usize)
        }
        DibCoding::Runs => [].chunks_exact(1),
    };
    let place = |row: usize| if header.top_down { row } else { header.height as usize - 1 - row };
    let (width, height) = (header.width as usize, header.height as usize);
    match header.coding {
        DibCoding::Indices => {
            let palette = palette(dib, header);
            let mut out = vec![0; width * height * 3];
            for (index, row) in rows.enumerate() {
                let target = &mut out[place(index) * width * 3..][..width * 3];
                for (at, pixel) in target.chunks_exact_mut(3).enumerate() {
                    pixel.copy_from_slice(&palette[index_at(row, at, header.bits)]);
                }
            }
            PixelBuffer::new(header.width, header.height, Channels::Rgb, Samples::U8(out))
        }
        DibCoding::Runs => {
            let palette = palette(dib, header);
            // What no run covers stays transparent, as in browsers.
            let mut out = vec![0; width * height * 4];
            runs::decode(stored, header, |x, y, index| {
                let at = (place(y) * width + x) * 4;
                let [red, green, blue] = palette[usize::from(index)];
                out[at..at + 4].copy_from_slice(&[red, green, blue, 255]);
            })
            .map_err(|()| corrupt("the runs of pixels end early"))?;
            PixelBuffer::new(header.width, header.height, Channels::Rgba, Samples::U8(out))
        }
        DibCoding::Fields(fields) => {
            let channels = if fields[3].max > 0 { Channels::Rgba } else { Channels::Rgb };
            let fields = &fields[..channels.count()];
            let bytes = header.bits as usize / 8;
            let row_samples = width * channels.count();
            let length = row_samples * height;
            let samples = if fields.iter().any(|field| field.max > 255) {
                let mut out = vec![0u16; length];
                for (index, row) in rows.enumerate() {
                    let target = &mut out[place(index) * row_samples..][..row_samples];
                    take_apart(row, bytes, fields, target, |field, value| {
                        scaled(field, value, 65_535) as u16
                    });
                }
                Samples::U16(out)
            } else {
                let mut out = vec![0u8; length];
                for (index, row) in rows.enumerate() {
                    let target = &mut out[place(index) * row_samples..][..row_samples];
                    take_apart(row, bytes, fields, target, |field, value| scaled(field, value, 255) as u8);
                }
                Samples::U8(out)
            };
            let image = PixelBuffer::new(header.width, header.height, channels, samples)?;
            let is_empty = match image.samples() {
                Samples::U8(samples) => samples.chunks_exact(4).all(|pixel| pixel[3] == 0),
                Samples::U16(samples) => samples.chunks_exact(4).all(|pixel| pixel[3] == 0),
            };
            Ok(if channels.has_alpha() && is_empty { image.without_alpha().unwrap_or(image) } else { image })
        }
    }
}

/// Red, green and blue of every index there can be; black where the palette ends early.
fn palette(dib: &[u8], header: &DibHeader) -> [[u8; 3]; 256] {
    let mut palette = [[0; 3]; 256];
    let stored = dib.get(header.palette.start..header.palette.end.min(dib.len())).unwrap_or_default();
    for (color, bytes) in palette.iter_mut().zip(stored.chunks_exact(header.palette_entry)) {
        *color = [bytes[2], bytes[1], bytes[0]];
    }
    palette
}

/// The index of a pixel in its row: the first pixel is in a byte's highest bits.
fn index_at(row: &[u8], at: usize, bits: u32) -> usize {
    let bit = at * bits as usize;
    let byte = u32::from(row[bit / 8]);
    (byte >> (8 - bits - bit as u32 % 8) & ((1 << bits) - 1)) as usize
}

/// Takes the pixels of a row apart into samples.
fn take_apart<T>(
    row: &[u8],
    bytes: usize,
    fields: &[BitField],
    target: &mut [T],
    scale: impl Fn(BitField, u32) -> T,
) {
    // The target ends with the last pixel; the padding of the stored row may look like more of them.
    for (stored, pixel) in row.chunks_exact(bytes).zip(target.chunks_exact_mut(fields.len())) {
        let number = stored.iter().rev().fold(0, |number, &byte| number << 8 | u32::from(byte));
        for (sample, &field) in pixel.iter_mut().zip(fields) {
            *sample = scale(field, field.of_pixel(number));
        }
    }
}

/// The full range of a field onto that of 8 or 16 bits, rounded to nearest.
fn scaled(field: BitField, value: u32, full: u32) -> u32 {
    if field.max == full {
        return value;
    }
    let (value, max) = (u64::from(value), u64::from(field.max));
    (value * u64::from(full) + max / 2).checked_div(max).unwrap_or(0) as u32
}
