//! The multi-picture format (CIPA DC-007): an index of the images that stand behind the first one's end.

/// What an APP2 segment with the index starts with.
pub(crate) const SIGNATURE: &[u8] = b"MPF\0";

/// Tags of the index (DC-007, 5.2.3).
const VERSION: u16 = 0xb000;
const NUMBER_OF_IMAGES: u16 = 0xb001;
const ENTRIES: u16 = 0xb002;

/// TIFF field types.
const LONG: u16 = 4;
const UNDEFINED: u16 = 7;

/// Bytes of one entry: attributes, size, offset and two numbers of dependent images.
const ENTRY_LENGTH: usize = 16;
/// More images than that are not a photo's previews but an attack.
const MAX_IMAGES: usize = 64;

/// Where the entries stand in a block that [`build`] made: behind the header and an IFD of three fields.
const ENTRIES_AT: usize = 8 + 2 + 3 * 12 + 4;

/// One image of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Flags and the image's type (DC-007, 5.2.3.3.1).
    pub(crate) attributes: u32,
    /// Bytes of the image.
    pub(crate) size: u32,
    /// Where it starts, counted from the block's own start; 0 for the first image.
    pub(crate) offset: u32,
}

/// The entries of an index: a TIFF stream, without the signature.
pub(crate) fn parse(block: &[u8]) -> Option<Vec<Entry>> {
    let little_endian = match block.get(..4)? {
        b"II\x2a\0" => true,
        b"MM\0\x2a" => false,
        _ => return None,
    };
    let u16_at = |at: usize| {
        let bytes: [u8; 2] = block.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little_endian { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let u32_at = |at: usize| {
        let bytes: [u8; 4] = block.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if little_endian { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    };
    let ifd = u32_at(4)? as usize;
    let fields = usize::from(u16_at(ifd)?);
    let field = (0..fields).find_map(|index| {
        let at = ifd.checked_add(2 + index * 12)?;
        (u16_at(at)? == ENTRIES).then_some(at)
    })?;
    let count = (u32_at(field + 4)? as usize / ENTRY_LENGTH).min(MAX_IMAGES);
    let start = u32_at(field + 8)? as usize;
    (0..count)
        .map(|index| {
            let at = start.checked_add(index * ENTRY_LENGTH)?;
            Some(Entry { attributes: u32_at(at)?, size: u32_at(at + 4)?, offset: u32_at(at + 8)? })
        })
        .collect()
}

/// An index with these entries, without the signature.
pub(crate) fn build(entries: &[Entry]) -> Vec<u8> {
    let mut block = b"MM\0\x2a\0\0\0\x08\0\x03".to_vec();
    let mut field = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        block.extend_from_slice(&tag.to_be_bytes());
        block.extend_from_slice(&kind.to_be_bytes());
        block.extend_from_slice(&count.to_be_bytes());
        block.extend_from_slice(&value);
    };
    let count = entries.len() as u32;
    field(VERSION, UNDEFINED, 4, *b"0100");
    field(NUMBER_OF_IMAGES, LONG, 1, count.to_be_bytes());
    field(ENTRIES, UNDEFINED, count * ENTRY_LENGTH as u32, (ENTRIES_AT as u32).to_be_bytes());
    // No further IFD.
    block.extend_from_slice(&[0; 4]);
    for entry in entries {
        for number in [entry.attributes, entry.size, entry.offset, 0] {
            block.extend_from_slice(&number.to_be_bytes());
        }
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_is_read_back() {
        let entries = [
            Entry { attributes: 0x2003_0000, size: 1000, offset: 0 },
            Entry { attributes: 0, size: 200, offset: 940 },
        ];
        assert_eq!(parse(&build(&entries)).unwrap(), entries);
    }

    #[test]
    fn damaged_indices_are_refused() {
        let whole = build(&[Entry { attributes: 0, size: 1, offset: 2 }]);
        for length in 0..whole.len() - 4 {
            assert_eq!(parse(&whole[..length]), None, "{length}");
        }
    }
}
