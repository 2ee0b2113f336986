//! TIFF's skeleton: byte order, directories (IFDs) and their fields. EXIF blocks have the same one.
//!
//! Reading borrows: every field is a slice of the file, so a count that lies cannot make anything large. Layout
//! and numbers are those of TIFF 6.0, sections 2 and 8, and of the `BigTIFF` proposal.

use std::collections::BTreeSet;

/// Tag numbers this crate reads or writes.
pub(crate) mod tag {
    pub(crate) const NEW_SUBFILE_TYPE: u16 = 254;
    pub(crate) const IMAGE_WIDTH: u16 = 256;
    pub(crate) const IMAGE_LENGTH: u16 = 257;
    pub(crate) const BITS_PER_SAMPLE: u16 = 258;
    pub(crate) const COMPRESSION: u16 = 259;
    pub(crate) const PHOTOMETRIC_INTERPRETATION: u16 = 262;
    pub(crate) const FILL_ORDER: u16 = 266;
    pub(crate) const IMAGE_DESCRIPTION: u16 = 270;
    pub(crate) const MAKE: u16 = 271;
    pub(crate) const MODEL: u16 = 272;
    pub(crate) const STRIP_OFFSETS: u16 = 273;
    pub(crate) const ORIENTATION: u16 = 274;
    pub(crate) const SAMPLES_PER_PIXEL: u16 = 277;
    pub(crate) const ROWS_PER_STRIP: u16 = 278;
    pub(crate) const STRIP_BYTE_COUNTS: u16 = 279;
    pub(crate) const X_RESOLUTION: u16 = 282;
    pub(crate) const Y_RESOLUTION: u16 = 283;
    pub(crate) const PLANAR_CONFIGURATION: u16 = 284;
    pub(crate) const RESOLUTION_UNIT: u16 = 296;
    pub(crate) const SOFTWARE: u16 = 305;
    pub(crate) const DATE_TIME: u16 = 306;
    pub(crate) const ARTIST: u16 = 315;
    pub(crate) const HOST_COMPUTER: u16 = 316;
    pub(crate) const PREDICTOR: u16 = 317;
    pub(crate) const COLOR_MAP: u16 = 320;
    pub(crate) const TILE_WIDTH: u16 = 322;
    pub(crate) const TILE_LENGTH: u16 = 323;
    pub(crate) const TILE_OFFSETS: u16 = 324;
    pub(crate) const TILE_BYTE_COUNTS: u16 = 325;
    pub(crate) const SUB_IFDS: u16 = 330;
    pub(crate) const INK_SET: u16 = 332;
    pub(crate) const EXTRA_SAMPLES: u16 = 338;
    pub(crate) const SAMPLE_FORMAT: u16 = 339;
    pub(crate) const JPEG_TABLES: u16 = 347;
    pub(crate) const XMP: u16 = 700;
    pub(crate) const COPYRIGHT: u16 = 33_432;
    pub(crate) const IPTC: u16 = 33_723;
    pub(crate) const PHOTOSHOP: u16 = 34_377;
    pub(crate) const EXIF_IFD: u16 = 34_665;
    pub(crate) const ICC_PROFILE: u16 = 34_675;
    pub(crate) const GPS_IFD: u16 = 34_853;
    pub(crate) const INTEROPERABILITY_IFD: u16 = 40_965;
    pub(crate) const DNG_VERSION: u16 = 50_706;
}

/// Field types this crate writes.
pub(crate) mod kind {
    pub(crate) const BYTE: u16 = 1;
    pub(crate) const SHORT: u16 = 3;
    pub(crate) const LONG: u16 = 4;
    pub(crate) const UNDEFINED: u16 = 7;
    /// The last type that EXIF and classic TIFF know (DOUBLE); the next are `BigTIFF`'s or pointers.
    pub(crate) const LAST_PLAIN: u16 = 12;
}

/// Bytes of one value of a field type; `None` for types nobody has defined.
const fn value_size(kind: u16) -> Option<u64> {
    match kind {
        1 | 2 | 6 | 7 => Some(1),
        3 | 8 => Some(2),
        4 | 9 | 11 | 13 => Some(4),
        5 | 10 | 12 | 16 | 17 | 18 => Some(8),
        _ => None,
    }
}

/// The order of the bytes of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    /// `II`: least significant byte first.
    Little,
    /// `MM`: most significant byte first.
    Big,
}

impl ByteOrder {
    /// A 16-bit number.
    pub(crate) const fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    const fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    const fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            Self::Little => u64::from_le_bytes(bytes),
            Self::Big => u64::from_be_bytes(bytes),
        }
    }

    /// The bytes of a 16-bit number.
    pub(crate) const fn put_u16(self, value: u16) -> [u8; 2] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }

    /// The bytes of a 32-bit number.
    pub(crate) const fn put_u32(self, value: u32) -> [u8; 4] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }
}

/// A file whose header has been read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TiffFile<'a> {
    bytes: &'a [u8],
    /// The order of all its numbers.
    pub(crate) order: ByteOrder,
    /// `BigTIFF`: offsets and counts have 64 bits.
    big: bool,
    /// Where the first directory is.
    pub(crate) first: u64,
}

/// One directory.
#[derive(Debug, Clone)]
pub(crate) struct Directory<'a> {
    /// The fields that could be read, in file order.
    pub(crate) fields: Vec<Field<'a>>,
    /// Where the next directory is; 0 after the last.
    pub(crate) next: u64,
}

/// One field.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field<'a> {
    /// What it says.
    pub(crate) tag: u16,
    /// The type of its values.
    pub(crate) kind: u16,
    /// Its values, in the file's byte order.
    pub(crate) data: &'a [u8],
    order: ByteOrder,
}

impl<'a> TiffFile<'a> {
    /// Reads the header; `None` where there is none.
    pub(crate) fn open(bytes: &'a [u8]) -> Option<Self> {
        let order = match bytes.get(..2)? {
            b"II" => ByteOrder::Little,
            b"MM" => ByteOrder::Big,
            _ => return None,
        };
        let mut file = Self { bytes, order, big: false, first: 0 };
        match file.u16_at(2)? {
            42 => file.first = u64::from(file.u32_at(4)?),
            // Offsets of 8 bytes, then a zero.
            43 if file.u16_at(4)? == 8 && file.u16_at(6)? == 0 => {
                file.big = true;
                file.first = file.u64_at(8)?;
            }
            _ => return None,
        }
        Some(file)
    }

    /// Everything.
    pub(crate) const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The directory at an offset. Fields of unknown types and fields whose values lie outside the file are left
    /// out; `None` when the table itself is cut.
    pub(crate) fn directory(&self, offset: u64) -> Option<Directory<'a>> {
        let (count, start, size) = if self.big {
            (self.u64_at(offset)?, offset.checked_add(8)?, 20)
        } else {
            (u64::from(self.u16_at(offset)?), offset.checked_add(2)?, 12)
        };
        let end = start.checked_add(count.checked_mul(size)?)?;
        let next = if self.big { self.u64_at(end)? } else { u64::from(self.u32_at(end)?) };
        let fields = (0..count).filter_map(|index| self.field(start + index * size)).collect();
        Some(Directory { fields, next })
    }

    fn field(&self, at: u64) -> Option<Field<'a>> {
        let (tag, kind) = (self.u16_at(at)?, self.u16_at(at + 2)?);
        let (count, value, room) = if self.big {
            (self.u64_at(at + 4)?, at + 12, 8)
        } else {
            (u64::from(self.u32_at(at + 4)?), at + 8, 4)
        };
        let length = count.checked_mul(value_size(kind)?)?;
        let start = if length <= room {
            value
        } else if self.big {
            self.u64_at(value)?
        } else {
            u64::from(self.u32_at(value)?)
        };
        Some(Field { tag, kind, data: self.slice(start, length)?, order: self.order })
    }

    /// Bytes of the file; `None` where it has ended by then.
    pub(crate) fn slice(&self, start: u64, length: u64) -> Option<&'a [u8]> {
        let (start, length) = (usize::try_from(start).ok()?, usize::try_from(length).ok()?);
        self.bytes.get(start..start.checked_add(length)?)
    }

    fn u16_at(&self, at: u64) -> Option<u16> {
        Some(self.order.u16(self.slice(at, 2)?.try_into().ok()?))
    }

    fn u32_at(&self, at: u64) -> Option<u32> {
        Some(self.order.u32(self.slice(at, 4)?.try_into().ok()?))
    }

    fn u64_at(&self, at: u64) -> Option<u64> {
        Some(self.order.u64(self.slice(at, 8)?.try_into().ok()?))
    }
}

impl<'a> Directory<'a> {
    /// The first field with a tag.
    pub(crate) fn find(&self, tag: u16) -> Option<&Field<'a>> {
        self.fields.iter().find(|field| field.tag == tag)
    }

    /// The first value of a field of unsigned numbers.
    pub(crate) fn uint(&self, tag: u16) -> Option<u64> {
        self.find(tag)?.uints().next()
    }

    /// All values of a field of unsigned numbers; `None` where there is no such field.
    pub(crate) fn uints(&self, tag: u16) -> Option<Vec<u64>> {
        Some(self.find(tag)?.uints().collect())
    }

    /// The bytes of a field.
    pub(crate) fn bytes(&self, tag: u16) -> Option<&'a [u8]> {
        Some(self.find(tag)?.data)
    }
}

impl<'a> Field<'a> {
    /// Its values, where they are unsigned numbers; nothing where they are not.
    pub(crate) fn uints(&self) -> impl Iterator<Item = u64> + use<'a> {
        let size = match self.kind {
            1 => 1,
            3 => 2,
            4 | 13 => 4,
            16 | 18 => 8,
            _ => usize::MAX,
        };
        let order = self.order;
        self.data.chunks_exact(size).map(move |value| match *value {
            [byte] => u64::from(byte),
            [a, b] => u64::from(order.u16([a, b])),
            [a, b, c, d] => u64::from(order.u32([a, b, c, d])),
            [a, b, c, d, e, f, g, h] => order.u64([a, b, c, d, e, f, g, h]),
            _ => 0,
        })
    }
}

/// A directory to be written: its fields and the directories some of them point to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tree {
    /// Plain fields, in any order.
    pub(crate) fields: Vec<OwnedField>,
    /// Directories of their own, by the tag that points to them.
    pub(crate) children: Vec<(u16, Tree)>,
}

/// A field to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnedField {
    /// What it says.
    pub(crate) tag: u16,
    /// The type of its values.
    pub(crate) kind: u16,
    /// Its values, in the byte order of the file.
    pub(crate) data: Vec<u8>,
}

/// How deep directories may nest: EXIF needs two levels below the first.
const MAX_DEPTH: usize = 3;

impl Tree {
    /// Copies the fields of a directory for which `wanted` says so, with the EXIF, GPS and interoperability
    /// directories below it. `budget` is the number of bytes that may be copied; `None` when that is not enough.
    pub(crate) fn copy(
        file: &TiffFile<'_>,
        directory: &Directory<'_>,
        wanted: impl Fn(u16) -> bool + Copy,
        budget: &mut u64,
    ) -> Option<Self> {
        Self::copy_level(file, directory, wanted, budget, 0)
    }

    fn copy_level(
        file: &TiffFile<'_>,
        directory: &Directory<'_>,
        wanted: impl Fn(u16) -> bool + Copy,
        budget: &mut u64,
        depth: usize,
    ) -> Option<Self> {
        let mut tree = Self::default();
        let mut seen = BTreeSet::new();
        for field in &directory.fields {
            if depth == 0 && !wanted(field.tag) || !seen.insert(field.tag) {
                continue;
            }
            if matches!(field.tag, tag::EXIF_IFD | tag::GPS_IFD | tag::INTEROPERABILITY_IFD) {
                let child = field.uints().next().and_then(|offset| file.directory(offset));
                if let Some(child) = child.filter(|_| depth + 1 < MAX_DEPTH) {
                    let child = Self::copy_level(file, &child, wanted, budget, depth + 1)?;
                    if !child.fields.is_empty() {
                        tree.children.push((field.tag, child));
                    }
                }
            } else if field.kind <= kind::LAST_PLAIN {
                *budget = budget.checked_sub(field.data.len() as u64 + 12)?;
                tree.fields.push(OwnedField { tag: field.tag, kind: field.kind, data: field.data.to_vec() });
            }
        }
        Some(tree)
    }

    /// Adds a field, in place of one with the same tag.
    pub(crate) fn set(&mut self, tag: u16, kind: u16, data: Vec<u8>) {
        self.fields.retain(|field| field.tag != tag);
        self.fields.push(OwnedField { tag, kind, data });
    }

    /// Adds a field of 16-bit numbers.
    pub(crate) fn set_shorts(&mut self, order: ByteOrder, tag: u16, values: &[u16]) {
        self.set(tag, kind::SHORT, values.iter().flat_map(|&value| order.put_u16(value)).collect());
    }

    /// Adds a field of 32-bit numbers.
    pub(crate) fn set_longs(&mut self, order: ByteOrder, tag: u16, values: &[u32]) {
        self.set(tag, kind::LONG, values.iter().flat_map(|&value| order.put_u32(value)).collect());
    }

    /// Appends this directory and everything below it to a file and returns where it begins; `None` where the file
    /// grows beyond the 4 GiB that classic TIFF can address.
    pub(crate) fn append_to(&self, file: &mut Vec<u8>, order: ByteOrder) -> Option<u32> {
        let mut fields = self.fields.clone();
        for (tag, child) in &self.children {
            let offset = child.append_to(file, order)?;
            fields.push(OwnedField { tag: *tag, kind: kind::LONG, data: order.put_u32(offset).to_vec() });
        }
        // Readers may rely on ascending tags (TIFF 6.0, section 2).
        fields.sort_by_key(|field| field.tag);
        let mut table = Vec::with_capacity(fields.len() * 12 + 6);
        table.extend_from_slice(&order.put_u16(u16::try_from(fields.len()).ok()?));
        for field in &fields {
            let count = field.data.len() as u64 / value_size(field.kind)?;
            table.extend_from_slice(&order.put_u16(field.tag));
            table.extend_from_slice(&order.put_u16(field.kind));
            table.extend_from_slice(&order.put_u32(u32::try_from(count).ok()?));
            if field.data.len() <= 4 {
                let mut value = [0; 4];
                value[..field.data.len()].copy_from_slice(&field.data);
                table.extend_from_slice(&value);
            } else {
                table.extend_from_slice(&order.put_u32(append_aligned(file, &field.data)?));
            }
        }
        table.extend_from_slice(&[0; 4]);
        append_aligned(file, &table)
    }
}

/// Appends data at an even offset, as TIFF wants it, and returns that offset.
pub(crate) fn append_aligned(file: &mut Vec<u8>, data: &[u8]) -> Option<u32> {
    if file.len() % 2 == 1 {
        file.push(0);
    }
    let offset = u32::try_from(file.len()).ok()?;
    file.extend_from_slice(data);
    u32::try_from(file.len()).ok()?;
    Some(offset)
}

/// The beginning of a classic TIFF; [`finish`] fills in where the first directory is.
pub(crate) fn header(order: ByteOrder) -> Vec<u8> {
    let mut file = if order == ByteOrder::Little { b"II".to_vec() } else { b"MM".to_vec() };
    file.extend_from_slice(&order.put_u16(42));
    file.extend_from_slice(&[0; 4]);
    file
}

/// Appends the first directory to a file begun with [`header`].
pub(crate) fn finish(mut file: Vec<u8>, order: ByteOrder, directory: &Tree) -> Option<Vec<u8>> {
    let offset = directory.append_to(&mut file, order)?;
    file.get_mut(4..8)?.copy_from_slice(&order.put_u32(offset));
    Some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(order: ByteOrder) -> Tree {
        let mut tree = Tree::default();
        tree.set(tag::MAKE, 2, b"planish\0".to_vec());
        tree.set_shorts(order, tag::ORIENTATION, &[6]);
        let mut exif = Tree::default();
        exif.set_longs(order, 0xa002, &[70_000]);
        tree.children.push((tag::EXIF_IFD, exif));
        tree
    }

    #[test]
    fn what_is_written_is_read_back_in_both_byte_orders() {
        for order in [ByteOrder::Little, ByteOrder::Big] {
            let bytes = finish(header(order), order, &tree(order)).unwrap();
            let file = TiffFile::open(&bytes).unwrap();
            let directory = file.directory(file.first).unwrap();
            assert_eq!(directory.bytes(tag::MAKE), Some(&b"planish\0"[..]));
            assert_eq!(directory.uint(tag::ORIENTATION), Some(6));
            assert_eq!(directory.next, 0);
            let exif = file.directory(directory.uint(tag::EXIF_IFD).unwrap()).unwrap();
            assert_eq!(exif.uint(0xa002), Some(70_000));
            let tags: Vec<u16> = directory.fields.iter().map(|field| field.tag).collect();
            assert!(tags.is_sorted());
            let copy = Tree::copy(&file, &directory, |_| true, &mut 1000).unwrap();
            assert_eq!(finish(header(order), order, &copy).unwrap(), bytes);
        }
    }

    #[test]
    fn copying_stops_at_its_budget() {
        let order = ByteOrder::Big;
        let bytes = finish(header(order), order, &tree(order)).unwrap();
        let file = TiffFile::open(&bytes).unwrap();
        let directory = file.directory(file.first).unwrap();
        assert_eq!(Tree::copy(&file, &directory, |_| true, &mut 30), None);
    }

    #[test]
    fn cut_files_give_fewer_fields_and_never_panic() {
        let order = ByteOrder::Little;
        let whole = finish(header(order), order, &tree(order)).unwrap();
        for length in 0..whole.len() {
            if let Some(file) = TiffFile::open(&whole[..length]) {
                assert!(file.directory(file.first).is_none(), "the table comes last");
            }
        }
        // A count of four billion longs.
        let lie = b"II\x2a\0\x08\0\0\0\x01\0\x11\x01\x04\0\xff\xff\xff\xff\0\0\0\0\0\0\0\0";
        let file = TiffFile::open(lie).unwrap();
        assert!(file.directory(8).unwrap().fields.is_empty());
    }

    #[test]
    fn big_tiff_has_wide_fields() {
        let mut bytes = b"II\x2b\0\x08\0\0\0\x10\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0".to_vec();
        bytes.extend_from_slice(b"\x00\x01\x10\0\x01\0\0\0\0\0\0\0\x39\x05\0\0\0\0\0\0");
        bytes.extend_from_slice(&[0; 8]);
        let file = TiffFile::open(&bytes).unwrap();
        assert_eq!(file.directory(file.first).unwrap().uint(tag::IMAGE_WIDTH), Some(1337));
    }
}
