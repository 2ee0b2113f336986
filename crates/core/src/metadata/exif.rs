//! The one EXIF tag that changes how an image looks: orientation.
//!
//! Reading and resetting it in place needs the tag's offset, which EXIF libraries do not give; everything else in
//! the block is carried through untouched.

use crate::pixels::Orientation;

/// Tag number of the orientation in IFD0 (EXIF 2.32, 4.6.4).
const ORIENTATION_TAG: u16 = 0x0112;
/// TIFF field type SHORT.
const SHORT: u16 = 3;

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
    match (exif, orientation) {
        (None, Orientation::Upright) => None,
        (None, orientation) => Some(minimal(orientation)),
        (Some(exif), orientation) => {
            let mut exif = exif.to_vec();
            set_orientation(&mut exif, orientation);
            Some(exif)
        }
    }
}

/// The smallest EXIF block that states an orientation: a TIFF header and one IFD of one entry.
fn minimal(orientation: Orientation) -> Vec<u8> {
    let mut exif = Vec::with_capacity(26);
    exif.extend_from_slice(b"MM\0\x2a\0\0\0\x08\0\x01");
    exif.extend_from_slice(&ORIENTATION_TAG.to_be_bytes());
    exif.extend_from_slice(&SHORT.to_be_bytes());
    exif.extend_from_slice(&[0, 0, 0, 1]);
    exif.extend_from_slice(&orientation.to_exif().to_be_bytes());
    exif.extend_from_slice(&[0, 0, 0, 0, 0, 0]);
    exif
}

/// Offset and value of the orientation field and the byte order. Only IFD0 is read, so a chain of IFDs that
/// loops cannot hold anything up.
fn find_orientation(exif: &[u8]) -> Option<(usize, u16, bool)> {
    let little_endian = match exif.get(..4)? {
        b"II\x2a\0" => true,
        b"MM\0\x2a" => false,
        _ => return None,
    };
    let u16_at = |offset: usize| {
        let bytes: [u8; 2] = exif.get(offset..offset.checked_add(2)?)?.try_into().ok()?;
        Some(if little_endian { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let u32_at = |offset: usize| {
        let bytes: [u8; 4] = exif.get(offset..offset.checked_add(4)?)?.try_into().ok()?;
        Some(if little_endian { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    };
    let ifd = u32_at(4)? as usize;
    let entries = u16_at(ifd)? as usize;
    for index in 0..entries {
        let entry = ifd.checked_add(2)?.checked_add(index * 12)?;
        if u16_at(entry)? == ORIENTATION_TAG && u16_at(entry + 2)? == SHORT && u32_at(entry + 4)? == 1 {
            return Some((entry + 8, u16_at(entry + 8)?, little_endian));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minimal_block_states_its_orientation_and_can_be_reset() {
        for value in 1..=8 {
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
    fn damaged_blocks_mean_upright() {
        let whole = minimal(Orientation::Rotated90);
        for length in 0..20 {
            assert_eq!(orientation(&whole[..length]), Orientation::Upright);
        }
        assert_eq!(orientation(b"MM\0\x2a\xff\xff\xff\xff"), Orientation::Upright);
    }
}
