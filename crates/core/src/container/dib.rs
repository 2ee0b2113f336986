//! Headers of device-independent bitmaps: what BMP files consist of, and most images in ICO files.
//!
//! The layouts are those of `BITMAPCOREHEADER`, `BITMAPINFOHEADER`, `BITMAPV4HEADER` and `BITMAPV5HEADER` in Microsoft's
//! "Windows GDI" reference, and of OS/2's longer header, which begins like `BITMAPINFOHEADER`.

use crate::error::OptimizationError;
use crate::format::Format;
use std::ops::Range;

type Result<T> = std::result::Result<T, OptimizationError>;

/// Bytes of the headers that say by their size what they are.
const CORE: usize = 12;
const INFO: usize = 40;
const INFO_WITH_MASKS: usize = 52;
const INFO_WITH_ALPHA_MASK: usize = 56;
const OS2: usize = 64;
const V4: usize = 108;
const V5: usize = 124;

/// `biCompression`.
const RGB: u32 = 0;
const RLE8: u32 = 1;
const RLE4: u32 = 2;
const BITFIELDS: u32 = 3;
const JPEG: u32 = 4;
const PNG: u32 = 5;
const ALPHA_BITFIELDS: u32 = 6;

/// `bV5CSType` of a profile that is part of the file, and of sRGB.
const PROFILE_EMBEDDED: u32 = u32::from_be_bytes(*b"MBED");
const SRGB: u32 = u32::from_be_bytes(*b"sRGB");

/// What the header says, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DibHeader {
    /// In pixels, at least 1.
    pub(crate) width: u32,
    /// In pixels, at least 1. An icon's is that of the image and its mask together.
    pub(crate) height: u32,
    /// Whether the first row is the top one. Mostly it is the bottom one.
    pub(crate) top_down: bool,
    /// Bits per pixel.
    pub(crate) bits: u32,
    /// How they are coded.
    pub(crate) coding: DibCoding,
    /// Where the palette is, in bytes from the header's start.
    pub(crate) palette: Range<usize>,
    /// Bytes of a colour in the palette: blue, green and red, and a fourth of no meaning.
    pub(crate) palette_entry: usize,
    /// Where the ICC profile is, in bytes from the header's start, as far as the header says.
    pub(crate) profile: Option<Range<usize>>,
    /// Whether it says that it is sRGB.
    pub(crate) declares_srgb: bool,
}

/// How pixels are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DibCoding {
    /// Indices into the palette, 1, 2, 4 or 8 bits.
    Indices,
    /// Runs of indices, 4 or 8 bits.
    Runs,
    /// Red, green, blue and alpha in a little-endian number of 16, 24 or 32 bits.
    Fields([BitField; 4]),
}

/// A sample's place in a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BitField {
    /// The lowest of its bits.
    pub(crate) shift: u32,
    /// The largest value it can have; 0 where there is no such sample.
    pub(crate) max: u32,
}

impl BitField {
    /// `None` where the bits of the mask are not side by side.
    fn of(mask: u32) -> Option<Self> {
        if mask == 0 {
            return Some(Self { shift: 0, max: 0 });
        }
        let shift = mask.trailing_zeros();
        let max = mask >> shift;
        (max & max.wrapping_add(1) == 0).then_some(Self { shift, max })
    }

    /// The sample in a pixel.
    pub(crate) const fn of_pixel(self, pixel: u32) -> u32 {
        pixel >> self.shift & self.max
    }
}

/// Width and height that a header announces, without any check.
pub(crate) fn read_dimensions(dib: &[u8]) -> Option<(u32, u32)> {
    if u32_at(dib, 0)? as usize == CORE {
        return Some((u32::from(u16_at(dib, 4)?), u32::from(u16_at(dib, 6)?)));
    }
    Some((u32_at(dib, 4)?, (u32_at(dib, 8)? as i32).unsigned_abs()))
}

/// Bits per pixel that a header announces, without any check.
pub(crate) fn read_bits(dib: &[u8]) -> Option<u16> {
    u16_at(dib, if u32_at(dib, 0)? as usize == CORE { 10 } else { 14 })
}

/// Whether these may be the first bytes of a header: its size is one that exists.
pub(crate) fn begins_a_header(dib: &[u8]) -> bool {
    u32_at(dib, 0).is_some_and(|size| is_header_size(size as usize))
}

const fn is_header_size(size: usize) -> bool {
    // OS/2's may end behind any of its fields.
    matches!(size, CORE | INFO | INFO_WITH_MASKS | INFO_WITH_ALPHA_MASK | V4 | V5)
        || size >= 16 && size <= OS2 && size.is_multiple_of(2)
}

impl DibHeader {
    /// Reads it. What cannot be decoded is refused by name. `fourth_is_alpha`: whether a pixel of 32 bits has alpha where
    /// the header does not say so, as in icons.
    pub(crate) fn read(dib: &[u8], fourth_is_alpha: bool, format: Format) -> Result<Self> {
        let unsupported = |what: String| OptimizationError::unsupported(format.title(), what);
        let corrupt = |what: &str| OptimizationError::corrupt(format, what);
        let cut = || corrupt("the bitmap's header is cut off");
        let gaps = || unsupported("colour masks with gaps".into());
        let size = u32_at(dib, 0).ok_or_else(cut)? as usize;
        if !is_header_size(size) {
            return Err(unsupported(format!("a bitmap header of {size} bytes")));
        }
        let header = dib.get(..size).ok_or_else(cut)?;
        let (width, height) = read_dimensions(header).ok_or_else(cut)?;
        // Negative widths would be more than there are positive ones.
        if width == 0 || width > i32::MAX as u32 || height == 0 {
            return Err(corrupt("the width or height is 0 or negative"));
        }
        let bits = u32::from(read_bits(header).ok_or_else(cut)?);
        // Fields that a short header has not are 0.
        let field = |at| u32_at(header, at).unwrap_or(0);
        let is_core = size == CORE;
        // OS/2's header has other numbers from 3 on.
        let is_os2 = !is_core && !matches!(size, INFO | INFO_WITH_MASKS | INFO_WITH_ALPHA_MASK | V4 | V5);
        let compression = if is_core { RGB } else { field(16) };
        let name = match compression {
            BITFIELDS if is_os2 => Some("CCITT Group 3"),
            JPEG if is_os2 => Some("24-bit run-length"),
            RGB | RLE8 | RLE4 | BITFIELDS | ALPHA_BITFIELDS => None,
            JPEG => Some("JPEG"),
            PNG => Some("PNG"),
            11..=13 => Some("CMYK"),
            _ => return Err(unsupported(format!("compression scheme {compression}"))),
        };
        if let Some(name) = name {
            return Err(unsupported(format!("{name} compression")));
        }
        // Behind the shortest header that knows of masks they follow it; longer ones hold them.
        let masks_behind = match (size, compression) {
            (INFO, BITFIELDS) => 12,
            (INFO, ALPHA_BITFIELDS) => 16,
            _ => 0,
        };
        let coding = match (compression, bits) {
            (RGB, 1 | 2 | 4 | 8) => DibCoding::Indices,
            (RLE8, 8) | (RLE4, 4) => DibCoding::Runs,
            (RGB, 16) => fields([0x7c00, 0x03e0, 0x001f, 0]).ok_or_else(gaps)?,
            (RGB, 24) => fields([0x00ff_0000, 0x0000_ff00, 0x0000_00ff, 0]).ok_or_else(gaps)?,
            (RGB, 32) => {
                let alpha = if fourth_is_alpha { 0xff00_0000 } else { 0 };
                fields([0x00ff_0000, 0x0000_ff00, 0x0000_00ff, alpha]).ok_or_else(gaps)?
            }
            (BITFIELDS | ALPHA_BITFIELDS, 16 | 32) => {
                let mask = |index: usize| u32_at(dib, INFO + 4 * index).ok_or_else(cut);
                let has_alpha = masks_behind == 16 || size >= INFO_WITH_ALPHA_MASK;
                let alpha = if has_alpha { mask(3)? } else { 0 };
                fields([mask(0)?, mask(1)?, mask(2)?, alpha]).ok_or_else(gaps)?
            }
            _ => {
                return Err(unsupported(format!(
                    "{bits} bits per pixel in compression scheme {compression}"
                )));
            }
        };
        let palette_entry = if is_core { 3 } else { 4 };
        let colors = match coding {
            DibCoding::Fields(_) => 0,
            DibCoding::Indices | DibCoding::Runs => match field(32) {
                0 => 1 << bits,
                used => used.min(256) as usize,
            },
        };
        let palette = size + masks_behind..size + masks_behind + colors * palette_entry;
        let color_space = if size >= V4 { field(56) } else { 0 };
        let profile = (size == V5 && color_space == PROFILE_EMBEDDED)
            .then(|| field(112) as usize..(field(112) as usize).saturating_add(field(116) as usize));
        Ok(Self {
            width,
            height,
            top_down: !is_core && (field(8) as i32) < 0,
            bits,
            coding,
            palette,
            palette_entry,
            profile,
            declares_srgb: color_space == SRGB,
        })
    }

    /// Bytes of a stored row of `width` pixels: rows are padded to 32 bits.
    pub(crate) const fn row_bytes(width: u32, bits: u32) -> u64 {
        (width as u64 * bits as u64).div_ceil(32) * 4
    }
}

/// The fields of masks for red, green, blue and alpha; `None` where one has gaps.
fn fields(masks: [u32; 4]) -> Option<DibCoding> {
    let [red, green, blue, alpha] = masks.map(BitField::of);
    Some(DibCoding::Fields([red?, green?, blue?, alpha?]))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(width: i32, height: i32, bits: u16, compression: u32) -> Vec<u8> {
        let mut header = 40u32.to_le_bytes().to_vec();
        header.extend(width.to_le_bytes());
        header.extend(height.to_le_bytes());
        header.extend([1, 0]);
        header.extend(bits.to_le_bytes());
        header.extend(compression.to_le_bytes());
        header.resize(40, 0);
        header
    }

    fn read(header: &[u8]) -> Result<DibHeader> {
        DibHeader::read(header, false, Format::Bmp)
    }

    #[test]
    fn a_negative_height_means_the_top_row_comes_first() {
        let header = read(&info(3, -5, 24, 0)).unwrap();
        assert_eq!((header.width, header.height, header.top_down), (3, 5, true));
        assert!(!read(&info(3, 5, 24, 0)).unwrap().top_down);
        assert_eq!(read(&info(-3, 5, 24, 0)).unwrap_err().code(), "corrupt");
        assert_eq!(read(&info(3, 0, 24, 0)).unwrap_err().code(), "corrupt");
    }

    #[test]
    fn palettes_have_as_many_colours_as_fit_or_are_said() {
        assert_eq!(read(&info(1, 1, 4, 0)).unwrap().palette, 40..40 + 16 * 4);
        let mut few = info(1, 1, 8, 0);
        few[32] = 7;
        assert_eq!(read(&few).unwrap().palette, 40..40 + 7 * 4);
        let core = [12, 0, 0, 0, 9, 0, 8, 0, 1, 0, 1, 0];
        let core = read(&core).unwrap();
        assert_eq!((core.width, core.height, core.palette), (9, 8, 12..12 + 2 * 3));
    }

    #[test]
    fn masks_are_behind_a_short_header_and_in_a_long_one() {
        let mut short = info(1, 1, 16, 3);
        short.extend([0xf800u32, 0x07e0, 0x001f].iter().flat_map(|mask| mask.to_le_bytes()));
        let DibCoding::Fields([red, green, blue, alpha]) = read(&short).unwrap().coding else { panic!() };
        assert_eq!((red.shift, red.max, green.max, blue.shift, alpha.max), (11, 31, 63, 0, 0));
        let gap = [&short[..40], &[0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]].concat();
        assert!(read(&gap).unwrap_err().to_string().contains("masks with gaps"));
        assert_eq!(read(&short[..48]).unwrap_err().code(), "corrupt");
    }

    #[test]
    fn what_is_not_read_is_refused_by_name() {
        let message = |header: Vec<u8>| read(&header).unwrap_err().to_string();
        assert!(message(info(1, 1, 0, 4)).contains("JPEG compression"));
        assert!(message(info(1, 1, 8, 2)).contains("8 bits per pixel in compression scheme 2"));
        assert!(message(info(1, 1, 64, 0)).contains("64 bits per pixel"));
        assert!(message(vec![13, 0, 0, 0]).contains("a bitmap header of 13 bytes"));
    }
}
