//! The chunks of a PNG (PNG third edition, 5.3).

/// Bytes of the signature in front of the first chunk.
pub(crate) const SIGNATURE: usize = 8;

/// Width and height from the IHDR chunk, which comes first.
pub(crate) fn read_dimensions(png: &[u8]) -> Option<(u32, u32)> {
    let u32_at = |at: usize| Some(u32::from_be_bytes(png.get(at..at + 4)?.try_into().ok()?));
    (png.get(12..16)? == b"IHDR").then_some(())?;
    Some((u32_at(16)?, u32_at(20)?))
}

/// One chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chunk<'a> {
    /// Its four letters.
    pub(crate) kind: [u8; 4],
    /// What it holds.
    pub(crate) data: &'a [u8],
    /// The checksum it comes with; `None` where the file ends before it.
    crc: Option<u32>,
}

impl Chunk<'_> {
    /// Whether its checksum is right.
    pub(crate) fn is_intact(&self) -> bool {
        self.crc == Some(crc32(self.kind.iter().chain(self.data)))
    }

    /// Whether the file ends before its checksum does.
    pub(crate) const fn is_cut(&self) -> bool {
        self.crc.is_none()
    }

    /// Bytes it takes in the file, with length, type and checksum.
    pub(crate) const fn stored_length(&self) -> usize {
        self.data.len() + 12
    }

    /// Whether the image can be shown without it: bit 5 of the first letter.
    pub(crate) const fn is_ancillary(&self) -> bool {
        self.kind[0] & 0x20 != 0
    }
}

/// The chunks of a file in order, up to the first that is cut off.
pub(crate) fn chunks(png: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut at = SIGNATURE;
    std::iter::from_fn(move || {
        let (length, rest) = png.get(at..)?.split_first_chunk::<4>()?;
        let (kind, rest) = rest.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        let data = rest.get(..length)?;
        let crc = rest.get(length..).and_then(|rest| rest.first_chunk::<4>());
        // Length, type and CRC take four bytes each.
        at = at.checked_add(length)?.checked_add(12)?;
        Some(Chunk { kind: *kind, data, crc: crc.map(|crc| u32::from_be_bytes(*crc)) })
    })
}

/// CRC-32 as in ISO 3309 (PNG third edition, annex D), four bits at a time.
fn crc32<'a>(bytes: impl Iterator<Item = &'a u8>) -> u32 {
    const POLYNOMIAL: u32 = 0xedb8_8320;
    const TABLE: [u32; 16] = {
        let mut table = [0; 16];
        let mut index = 0;
        while index < 16 {
            let mut value = index as u32;
            let mut bit = 0;
            while bit < 4 {
                value = if value & 1 == 1 { POLYNOMIAL ^ (value >> 1) } else { value >> 1 };
                bit += 1;
            }
            table[index] = value;
            index += 1;
        }
        table
    };
    let crc = bytes.fold(u32::MAX, |crc, &byte| {
        let crc = crc ^ u32::from(byte);
        let crc = crc >> 4 ^ TABLE[(crc & 15) as usize];
        crc >> 4 ^ TABLE[(crc & 15) as usize]
    });
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_everybody_uses() {
        assert_eq!(crc32(b"123456789".iter()), 0xcbf4_3926);
    }

    #[test]
    fn chunks_are_found_and_checked() {
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        png.extend_from_slice(b"\0\0\0\x03tEXtabc");
        png.extend_from_slice(&crc32(b"tEXtabc".iter()).to_be_bytes());
        png.extend_from_slice(b"\0\0\0\0IEND\xae\x42\x60\x83");
        let found: Vec<Chunk<'_>> = chunks(&png).collect();
        assert_eq!(found.len(), 2);
        assert!(found[0].kind == *b"tEXt" && found[0].data == b"abc");
        assert!(found[0].is_ancillary() && found[0].is_intact());
        assert!(!found[1].is_ancillary() && !found[1].is_intact(), "its last byte should be 82");
        // Cut off in the data, in the checksum, in a header.
        assert_eq!(chunks(&png[..18]).count(), 0);
        assert!(!chunks(&png[..20]).next().unwrap().is_intact());
        assert_eq!(chunks(&png[..30]).count(), 1);
    }
}
