//! JPEG XL's container (ISO/IEC 18181-2): boxes around the codestream, with EXIF, XMP and what turns it back into
//! a JPEG. A file may also be the bare codestream.

use crate::error::OptimizationError;
use crate::format::Format;
use std::borrow::Cow;
use std::io::Read;

/// The first box of every container.
const SIGNATURE: [u8; 12] = *b"\0\0\0\x0cJXL \r\n\x87\n";
/// The first bytes of every codestream.
const CODESTREAM: [u8; 2] = [0xff, 0x0a];
/// The profile level that allows what level 5, which needs not be stated, does not.
const LEVEL_10: u8 = 10;

/// A file taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct JxlFile<'a> {
    /// The pictures.
    pub(crate) codestream: Cow<'a, [u8]>,
    /// Whether the file claims level 10.
    pub(crate) level_10: bool,
    /// EXIF, as a TIFF stream.
    pub(crate) exif: Option<Vec<u8>>,
    /// An XMP packet.
    pub(crate) xmp: Option<Vec<u8>>,
    /// Whether there is an HDR gain map.
    pub(crate) has_gain_map: bool,
    /// Whether metadata was left out, as it is over the limit or does not decompress.
    pub(crate) metadata_dropped: bool,
}

/// Takes a file apart. Metadata blocks over `max_metadata` bytes are left out.
///
/// # Errors
/// [`OptimizationError::Corrupt`]: there is no codestream, or its parts do not fit together.
pub(crate) fn read(bytes: &[u8], max_metadata: u64) -> Result<JxlFile<'_>, OptimizationError> {
    if bytes.starts_with(&CODESTREAM) {
        return Ok(JxlFile { codestream: Cow::Borrowed(bytes), ..JxlFile::default() });
    }
    let mut file = JxlFile::default();
    let mut whole = None;
    let mut parts: Vec<(u32, &[u8])> = Vec::new();
    for (kind, content) in boxes(bytes) {
        match &kind {
            b"jxlc" if whole.is_none() => whole = Some(content),
            b"jxlp" => {
                let (index, part) = content
                    .split_first_chunk()
                    .ok_or_else(|| corrupt("a part of the codestream has no number"))?;
                // The highest bit marks the last part.
                parts.push((u32::from_be_bytes(*index) & 0x7fff_ffff, part));
            }
            b"jxll" => file.level_10 = content.first() == Some(&LEVEL_10),
            b"jhgm" => file.has_gain_map = true,
            b"Exif" | b"xml " => file.keep(kind, content, max_metadata),
            b"brob" => {
                if let Some((inner @ (b"Exif" | b"xml "), data)) = content.split_first_chunk::<4>() {
                    match inflate(data, max_metadata) {
                        Some(content) => file.keep(*inner, &content, max_metadata),
                        None => file.metadata_dropped = true,
                    }
                }
            }
            _ => {}
        }
    }
    file.codestream = match whole {
        Some(codestream) => Cow::Borrowed(codestream),
        None => Cow::Owned(joined(parts)?),
    };
    Ok(file)
}

impl JxlFile<'_> {
    /// Keeps the first block of each kind.
    fn keep(&mut self, kind: [u8; 4], content: &[u8], max_metadata: u64) {
        let (slot, content) = if &kind == b"Exif" {
            // The TIFF header's offset comes first, counted from behind itself.
            let Some((offset, rest)) = content.split_first_chunk() else { return };
            let Some(exif) = rest.get(u32::from_be_bytes(*offset) as usize..) else { return };
            (&mut self.exif, exif)
        } else {
            (&mut self.xmp, content)
        };
        if content.len() as u64 > max_metadata {
            self.metadata_dropped = true;
        } else if slot.is_none() {
            *slot = Some(content.to_vec());
        }
    }
}

/// The boxes behind the signature, with their contents; a box that is cut short ends with the file.
fn boxes(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = bytes.strip_prefix(&SIGNATURE).unwrap_or_default();
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk()?;
        let (kind, mut content) = after.split_first_chunk::<4>()?;
        let length = match u32::from_be_bytes(*length) {
            // To the end of the file.
            0 => content.len() as u64,
            1 => {
                let (long, after) = content.split_first_chunk()?;
                content = after;
                u64::from_be_bytes(*long).checked_sub(16)?
            }
            short => u64::from(short).checked_sub(8)?,
        };
        let (content, after) =
            content.split_at(usize::try_from(length).unwrap_or(usize::MAX).min(content.len()));
        rest = after;
        Some((*kind, content))
    })
}

/// The codestream from its parts, in the order of their numbers.
fn joined(mut parts: Vec<(u32, &[u8])>) -> Result<Vec<u8>, OptimizationError> {
    parts.sort_by_key(|(index, _)| *index);
    if parts.is_empty() {
        return Err(corrupt("there is no codestream in the container"));
    }
    if parts.iter().zip(0..).any(|((index, _), expected)| *index != expected) {
        return Err(corrupt("parts of the codestream are missing or doubled"));
    }
    Ok(parts.into_iter().flat_map(|(_, part)| part).copied().collect())
}

fn inflate(data: &[u8], max_metadata: u64) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    let limit = max_metadata.saturating_add(1);
    brotli_decompressor::Decompressor::new(data, 4096).take(limit).read_to_end(&mut content).ok()?;
    (content.len() as u64 <= max_metadata).then_some(content)
}

/// Puts a codestream into as little container as it needs: none where there is nothing to add.
pub(crate) fn write(codestream: &[u8], level_10: bool, exif: Option<&[u8]>, xmp: Option<&[u8]>) -> Vec<u8> {
    if !level_10 && exif.is_none() && xmp.is_none() {
        return codestream.to_vec();
    }
    let mut file = SIGNATURE.to_vec();
    // Brand, version 0, and the brand again as the only compatible one.
    push_box(&mut file, *b"ftyp", &[b"jxl \0\0\0\0jxl "]);
    if level_10 {
        push_box(&mut file, *b"jxll", &[&[LEVEL_10]]);
    }
    if let Some(exif) = exif {
        push_box(&mut file, *b"Exif", &[&[0; 4], exif]);
    }
    push_box(&mut file, *b"jxlc", &[codestream]);
    if let Some(xmp) = xmp {
        push_box(&mut file, *b"xml ", &[xmp]);
    }
    file
}

fn push_box(file: &mut Vec<u8>, kind: [u8; 4], contents: &[&[u8]]) {
    let length = contents.iter().map(|content| content.len() as u64).sum::<u64>() + 8;
    if let Ok(length) = u32::try_from(length) {
        file.extend_from_slice(&length.to_be_bytes());
        file.extend_from_slice(&kind);
    } else {
        // A length of 1 says that the real one follows in 64 bits.
        file.extend_from_slice(&1u32.to_be_bytes());
        file.extend_from_slice(&kind);
        file.extend_from_slice(&(length + 8).to_be_bytes());
    }
    for content in contents {
        file.extend_from_slice(content);
    }
}

/// Width and height as stored, from the codestream's first bytes (ISO/IEC 18181-1, D.2).
pub(crate) fn size(codestream: &[u8]) -> Option<(u32, u32)> {
    let mut bits = Bits { bytes: codestream.strip_prefix(&CODESTREAM)?, at: 0 };
    let in_eights = bits.take(1)? == 1;
    let side = |bits: &mut Bits<'_>| {
        if in_eights {
            return Some((bits.take(5)? + 1) * 8);
        }
        let width = [9, 13, 18, 30][bits.take(2)? as usize];
        Some(bits.take(width)? + 1)
    };
    let height = side(&mut bits)?;
    let of_height = |numerator: u64, denominator| (u64::from(height) * numerator / denominator) as u32;
    let width = match bits.take(3)? {
        0 => side(&mut bits)?,
        1 => height,
        2 => of_height(12, 10),
        3 => of_height(4, 3),
        4 => of_height(3, 2),
        5 => of_height(16, 9),
        6 => of_height(5, 4),
        _ => of_height(2, 1),
    };
    Some((width, height))
}

/// Bits from the lowest of each byte up.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0, |value, index| {
            let bit = self.bytes.get(self.at / 8)? >> (self.at % 8) & 1;
            self.at += 1;
            Some(value | u32::from(bit) << index)
        })
    }
}

fn corrupt(message: &str) -> OptimizationError {
    OptimizationError::corrupt(Format::Jxl, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: &[u8] = b"\xff\x0apicture";

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(write(PICTURE, false, None, None), PICTURE);
        let bytes = write(PICTURE, true, Some(b"MM\0\x2a"), Some(b"<x/>"));
        let file = read(&bytes, 100).unwrap();
        let expected = JxlFile {
            codestream: Cow::Borrowed(PICTURE),
            level_10: true,
            exif: Some(b"MM\0\x2a".to_vec()),
            xmp: Some(b"<x/>".to_vec()),
            ..JxlFile::default()
        };
        assert_eq!(file, expected);
        let limited = read(&bytes, 3).unwrap();
        assert!(limited.metadata_dropped && limited.exif.is_none() && limited.xmp.is_none());
    }

    #[test]
    fn parts_are_joined_in_order_and_must_be_complete() {
        let file = |numbers: &[u32]| {
            let mut file = SIGNATURE.to_vec();
            for number in numbers {
                let part = &PICTURE[(number & 1) as usize * 4..][..4];
                push_box(&mut file, *b"jxlp", &[&number.to_be_bytes(), part]);
            }
            file
        };
        let joined = |numbers: &[u32]| read(&file(numbers), 0).map(|file| file.codestream.into_owned());
        assert_eq!(joined(&[0x8000_0001, 0]).unwrap(), &PICTURE[..8]);
        assert_eq!(joined(&[1]).unwrap_err().code(), "corrupt");
        assert_eq!(joined(&[0, 0]).unwrap_err().code(), "corrupt");
        assert_eq!(joined(&[]).unwrap_err().code(), "corrupt");
    }

    #[test]
    fn cut_containers_never_panic() {
        let bytes = write(PICTURE, true, Some(b"MM\0\x2a"), Some(b"<x/>"));
        for length in 0..bytes.len() {
            let _ = read(&bytes[..length], 100);
        }
    }

    #[test]
    fn sizes_are_read_in_all_forms() {
        // 1 (in eights), 00010 (24), ratio 001 (square), from the lowest bit up.
        assert_eq!(size(&[0xff, 0x0a, 0b0100_0101, 0]), Some((24, 24)));
        // 0, selector 00, nine bits of 299, ratio 100 (3 : 2).
        let bits = 299u32 << 3 | 4 << 12;
        assert_eq!(size(&[0xff, 0x0a, bits as u8, (bits >> 8) as u8, 0]), Some((450, 300)));
        assert_eq!(size(&[0xff, 0x0a]), None);
    }
}
