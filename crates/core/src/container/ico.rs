//! The directory of an ICO file: the same picture in several sizes, each a PNG or a bitmap.

use super::dib;

const HEADER: usize = 6;
const ENTRY: usize = 16;

/// One image of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    /// In pixels, as its own header says, or the directory where that is not there.
    pub(crate) size: (u32, u32),
    /// Bits per pixel.
    bits: u32,
    /// The PNG, or the bitmap without a file header. Cut where the file is.
    pub(crate) data: &'a [u8],
    /// Whether it is a PNG.
    pub(crate) is_png: bool,
}

/// Whether these are the first bytes of an ICO: a directory of images that lie behind it.
pub(crate) fn begins(bytes: &[u8]) -> bool {
    let Some(count) = count(bytes) else { return false };
    let offset = bytes.get(HEADER + 12..HEADER + ENTRY).and_then(|offset| offset.try_into().ok());
    // The images lie behind the directory.
    count > 0 && offset.is_some_and(|offset| u32::from_le_bytes(offset) as usize >= HEADER + count * ENTRY)
}

fn count(bytes: &[u8]) -> Option<usize> {
    match *bytes.get(..HEADER)? {
        [0, 0, 1, 0, low, high] => Some(usize::from(u16::from_le_bytes([low, high]))),
        _ => None,
    }
}

/// The images, as far as the directory goes.
pub(crate) fn entries(bytes: &[u8]) -> Vec<Entry<'_>> {
    let directory = bytes.get(HEADER..).unwrap_or_default().chunks_exact(ENTRY);
    directory.take(count(bytes).unwrap_or(0)).map(|entry| read(bytes, entry)).collect()
}

/// The one that is shown where there is room: the largest, and of those the one with the most bits per pixel.
pub(crate) fn largest<'a>(entries: &[Entry<'a>]) -> Option<Entry<'a>> {
    let rank = |entry: &Entry<'_>| (u64::from(entry.size.0) * u64::from(entry.size.1), entry.bits);
    // Of equal ones the first.
    entries.iter().copied().reduce(|best, other| if rank(&other) > rank(&best) { other } else { best })
}

fn read<'a>(bytes: &'a [u8], entry: &[u8]) -> Entry<'a> {
    let u32_at =
        |at: usize| entry.iter().skip(at).take(4).rev().fold(0, |n, &byte| n << 8 | usize::from(byte));
    let data = bytes.get(u32_at(12)..).unwrap_or_default();
    let data = data.get(..u32_at(8)).unwrap_or(data);
    let is_png = data.starts_with(b"\x89PNG\r\n\x1a\n");
    // 256 does not fit into a byte.
    let edge = |byte: u8| if byte == 0 { 256 } else { u32::from(byte) };
    let listed = (edge(entry[0]), edge(entry[1]));
    let bits = u32::from(u16::from_le_bytes([entry[6], entry[7]]));
    let (size, bits) = if is_png {
        (crate::container::png::read_dimensions(data), 32)
    } else {
        // The mask stands below the image and counts.
        let size = dib::read_dimensions(data).map(|(width, height)| (width, height / 2));
        (size, dib::read_bits(data).map_or(bits, u32::from))
    };
    Entry { size: size.unwrap_or(listed), bits, data, is_png }
}
