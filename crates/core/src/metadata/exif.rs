//! The EXIF that matters here: orientation, which changes how an image looks, and whose picture it is.
//!
//! Resetting the orientation in place needs the tag's offset, which EXIF libraries do not give; everything else in
//! the block is carried through untouched. Blocks that say less are built anew.

use super::rights::Rights;
use crate::pixels::Orientation;

/// Tag number of the orientation in IFD0 (EXIF 2.32, 4.6.4).
const ORIENTATION_TAG: u16 = 0x0112;
/// Tag number of the author in IFD0.
pub(super) const ARTIST_TAG: u16 = 0x013b;
/// Tag number of the copyright notice in IFD0.
pub(super) const COPYRIGHT_TAG: u16 = 0x8298;
/// Tag number of the offset of the directory about the place in IFD0.
const GPS_TAG: u16 = 0x8825;
/// TIFF field type ASCII: text that ends in a zero.
const ASCII: u16 = 2;
/// TIFF field type SHORT.
const SHORT: u16 = 3;
/// TIFF field type LONG.
const LONG: u16 = 4;

/// The orientation an EXIF block (a TIFF stream) states; upright where it states none or is damaged.
pub(crate) fn orientation(exif: &[u8]) -> Orientation {
    find_orientation(exif).map_or(Orientation::Upright, |(_, value, _)| Orientation::from_exif(value))
}

/// Sets the orientation tag, where there is one.
pub(crate) fn set_orientation(exif: &mut [u8], orientation: Orientation) {
    if let Some((offset, _, little_endian)) = find_orientation(exif)
        && let Some(field) = exif.get_mut(offset..offset + 2)
    {
        let value = orientation.to_exif();
        field.copy_from_slice(&if little_endian { value.to_le_bytes() } else { value.to_be_bytes() });
    }
}

/// The EXIF block of a file whose stored rows are not turned: the block with this orientation, or the smallest
/// that states it, or none where there is nothing to state.
pub(crate) fn for_stored_rows(exif: Option<&[u8]>, orientation: Orientation) -> Option<Vec<u8>> {
    let Some(block) = exif else { return build(&Rights::default(), orientation) };
    if orientation != Orientation::Upright && find_orientation(block).is_none() {
        // A block without the field was built here, to say whose picture it is.
        return build(&Rights::find(exif, None, None), orientation);
    }
    let mut block = block.to_vec();
    set_orientation(&mut block, orientation);
    Some(block)
}

/// The smallest block that says this: a TIFF header and one IFD. `None` where there is nothing to say.
pub(crate) fn build(rights: &Rights, orientation: Orientation) -> Option<Vec<u8>> {
    /// Header and the number of fields; each field; the offset of the next IFD.
    const BEFORE_FIELDS: usize = 8 + 2;
    const FIELD: usize = 12;
    const AFTER_FIELDS: usize = 4;
    let with_zero = |text: &[u8]| [text, &[0]].concat();
    let turned = (orientation != Orientation::Upright).then(|| orientation.to_exif().to_be_bytes().to_vec());
    // Ascending by tag, as TIFF asks for.
    let fields: Vec<(u16, u16, Vec<u8>)> = [
        (ORIENTATION_TAG, SHORT, turned),
        (ARTIST_TAG, ASCII, rights.artist.as_deref().map(with_zero)),
        (COPYRIGHT_TAG, ASCII, rights.copyright.as_deref().map(with_zero)),
    ]
    .into_iter()
    .filter_map(|(tag, kind, value)| Some((tag, kind, value?)))
    .collect();
    if fields.is_empty() {
        return None;
    }
    let mut block = b"MM\0\x2a\0\0\0\x08\0".to_vec();
    block.push(fields.len() as u8);
    let mut behind = Vec::new();
    let behind_at = BEFORE_FIELDS + FIELD * fields.len() + AFTER_FIELDS;
    for (tag, kind, mut value) in fields {
        block.extend_from_slice(&tag.to_be_bytes());
        block.extend_from_slice(&kind.to_be_bytes());
        let count = if kind == SHORT { 1 } else { value.len() as u32 };
        block.extend_from_slice(&count.to_be_bytes());
        if value.len() <= 4 {
            value.resize(4, 0);
            block.extend_from_slice(&value);
        } else {
            block.extend_from_slice(&((behind_at + behind.len()) as u32).to_be_bytes());
            // Values start at even offsets.
            value.resize(value.len().next_multiple_of(2), 0);
            behind.append(&mut value);
        }
    }
    block.extend_from_slice(&[0; AFTER_FIELDS]);
    block.append(&mut behind);
    Some(block)
}

/// A text of IFD0, without closing zeros.
pub(super) fn text(exif: &[u8], tag: u16) -> Option<Vec<u8>> {
    let tiff = Tiff::new(exif)?;
    let entry = tiff.entry(tag, ASCII)?;
    let length = tiff.u32_at(entry + 4)? as usize;
    let start = if length <= 4 { entry + 8 } else { tiff.u32_at(entry + 8)? as usize };
    let text = exif.get(start..start.checked_add(length)?)?;
    let end = text.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    text.get(..end).map(<[u8]>::to_vec)
}

/// Whether there is a directory about the place (EXIF 2.32, 4.6.3): one with anything in it but its version.
pub(crate) fn has_gps(exif: &[u8]) -> bool {
    let count = |tiff: &Tiff<'_>| {
        let entry = tiff.entry(GPS_TAG, LONG)?;
        tiff.u16_at(tiff.u32_at(entry + 8)? as usize)
    };
    Tiff::new(exif).and_then(|tiff| count(&tiff)).is_some_and(|fields| fields > 1)
}

/// Offset and value of the orientation field and the byte order.
fn find_orientation(exif: &[u8]) -> Option<(usize, u16, bool)> {
    let tiff = Tiff::new(exif)?;
    let entry = tiff.entry(ORIENTATION_TAG, SHORT)?;
    if tiff.u32_at(entry + 4)? != 1 {
        return None;
    }
    Some((entry + 8, tiff.u16_at(entry + 8)?, tiff.little_endian))
}

/// A TIFF stream. Only IFD0 is read, so a chain of IFDs that loops cannot hold anything up.
struct Tiff<'a> {
    bytes: &'a [u8],
    little_endian: bool,
}

impl<'a> Tiff<'a> {
    fn new(bytes: &'a [u8]) -> Option<Self> {
        let little_endian = match bytes.get(..4)? {
            b"II\x2a\0" => true,
            b"MM\0\x2a" => false,
            _ => return None,
        };
        Some(Self { bytes, little_endian })
    }

    fn u16_at(&self, offset: usize) -> Option<u16> {
        let bytes: [u8; 2] = self.bytes.get(offset..offset.checked_add(2)?)?.try_into().ok()?;
        Some(if self.little_endian { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn u32_at(&self, offset: usize) -> Option<u32> {
        let bytes: [u8; 4] = self.bytes.get(offset..offset.checked_add(4)?)?.try_into().ok()?;
        Some(if self.little_endian { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    /// Where the field with a tag and a type stands.
    fn entry(&self, tag: u16, kind: u16) -> Option<usize> {
        let ifd = self.u32_at(4)? as usize;
        let entries = self.u16_at(ifd)? as usize;
        for index in 0..entries {
            let entry = ifd.checked_add(2)?.checked_add(index * 12)?;
            if self.u16_at(entry)? == tag && self.u16_at(entry.checked_add(2)?)? == kind {
                return Some(entry);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minimal(orientation: Orientation) -> Vec<u8> {
        build(&Rights::default(), orientation).unwrap()
    }

    #[test]
    fn the_smallest_block_states_its_orientation_and_can_be_reset() {
        for value in 2..=8 {
            let mut exif = minimal(Orientation::from_exif(value));
            assert_eq!(orientation(&exif).to_exif(), value);
            set_orientation(&mut exif, Orientation::Upright);
            assert_eq!(orientation(&exif), Orientation::Upright);
        }
    }

    #[test]
    fn little_endian_blocks_are_read_too() {
        let exif = b"II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        assert_eq!(orientation(exif), Orientation::Rotated90);
    }

    #[test]
    fn a_place_is_found_and_a_version_alone_is_none() {
        let with_fields = |count: u8| {
            let mut block = b"MM\0\x2a\0\0\0\x08\0\x01\x88\x25\0\x04\0\0\0\x01\0\0\0\x1a\0\0\0\0\0".to_vec();
            block.push(count);
            block
        };
        assert!(has_gps(&with_fields(4)));
        assert!(!has_gps(&with_fields(1)));
        assert!(!has_gps(&with_fields(4)[..26]) && !has_gps(b"nothing"));
    }

    #[test]
    fn damaged_blocks_mean_upright() {
        let whole = minimal(Orientation::Rotated90);
        assert_eq!(whole.len(), 26);
        for length in 0..20 {
            assert_eq!(orientation(&whole[..length]), Orientation::Upright);
        }
        assert_eq!(orientation(b"MM\0\x2a\xff\xff\xff\xff"), Orientation::Upright);
    }

    #[test]
    fn texts_are_found_again_whatever_their_length() {
        for copyright in ["me", "(c) 2026 somebody with a long name"] {
            let rights = Rights {
                copyright: Some(copyright.as_bytes().to_vec()),
                artist: Some(b"Ann Author".to_vec()),
            };
            let block = build(&rights, Orientation::Rotated90).unwrap();
            assert_eq!(Rights::find(Some(&block), None, None), rights);
            assert_eq!(orientation(&block), Orientation::Rotated90);
            for length in 0..block.len() {
                let _ = Rights::find(Some(&block[..length]), None, None);
            }
        }
        assert_eq!(build(&Rights::default(), Orientation::Upright), None);
    }

    #[test]
    fn a_block_about_rights_gets_an_orientation_where_rows_stay_as_they_are() {
        let rights = Rights { copyright: Some(b"me".to_vec()), artist: None };
        let block = build(&rights, Orientation::Upright).unwrap();
        let turned = for_stored_rows(Some(&block), Orientation::Rotated180).unwrap();
        assert_eq!(orientation(&turned), Orientation::Rotated180);
        assert_eq!(Rights::find(Some(&turned), None, None), rights);
        assert_eq!(for_stored_rows(Some(&block), Orientation::Upright), Some(block));
        assert_eq!(for_stored_rows(None, Orientation::Upright), None);
    }
}
