//! What IPTC-IIM says of whose picture it is: agencies write it where cameras write EXIF.
//!
//! Data sets (IPTC-NAA Information Interchange Model 4.2, 1.6): a marker, record, number, length, value. In JPEG they
//! lie among Photoshop's image resources in APP13, in TIFF in a field of their own.

use super::rights::Rights;

/// What begins APP13 where image resources follow.
pub(crate) const PHOTOSHOP_SIGNATURE: &[u8] = b"Photoshop 3.0\0";
/// The image resource that holds IPTC data sets.
const IPTC_RESOURCE: u16 = 0x0404;
/// What begins every data set.
const MARKER: u8 = 0x1c;
/// The record about the picture, and its data sets for the author and the copyright notice.
const APPLICATION_RECORD: u8 = 2;
const BY_LINE: u8 = 80;
const COPYRIGHT_NOTICE: u8 = 116;

/// The IPTC data sets among Photoshop's image resources (without the signature).
pub(crate) fn from_resources(mut resources: &[u8]) -> Option<&[u8]> {
    loop {
        let rest = resources.strip_prefix(b"8BIM")?;
        let (id, rest) = rest.split_first_chunk()?;
        // A name, its length first, padded to an even number of bytes.
        let name = usize::from(*rest.first()?) + 1;
        let rest = rest.get(name.next_multiple_of(2)..)?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = u32::from_be_bytes(*length) as usize;
        let content = rest.get(..length)?;
        if u16::from_be_bytes(*id) == IPTC_RESOURCE {
            return Some(content);
        }
        resources = rest.get(length.checked_next_multiple_of(2)?..)?;
    }
}

/// Author (the first, where there are several) and copyright notice. What is broken ends the reading.
pub(super) fn rights(mut sets: &[u8]) -> Rights {
    let mut rights = Rights::default();
    while let Some((&[MARKER, record, number, high, low], rest)) = sets.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes([high, low]));
        // Longer lengths have a form of their own: no notice is that long.
        let Some((value, rest)) = rest.split_at_checked(length) else { break };
        if record == APPLICATION_RECORD {
            match number {
                BY_LINE => _ = rights.artist.get_or_insert_with(|| utf_8(value)),
                COPYRIGHT_NOTICE => _ = rights.copyright.get_or_insert_with(|| utf_8(value)),
                _ => {}
            }
        }
        sets = rest;
    }
    rights
}

/// Text is UTF-8 or, in what old programs wrote, mostly Latin 1.
fn utf_8(value: &[u8]) -> Vec<u8> {
    if std::str::from_utf8(value).is_ok() {
        return value.to_vec();
    }
    value.iter().map(|&byte| char::from(byte)).collect::<String>().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(record: u8, number: u8, value: &[u8]) -> Vec<u8> {
        [&[MARKER, record, number][..], &(value.len() as u16).to_be_bytes(), value].concat()
    }

    fn resource(id: u16, name: &[u8], content: &[u8]) -> Vec<u8> {
        let padding = |len: usize| vec![0; len % 2];
        let name = [&[name.len() as u8], name].concat();
        let length = (content.len() as u32).to_be_bytes();
        let (after_name, after) = (padding(name.len()), padding(content.len()));
        [b"8BIM", &id.to_be_bytes()[..], &name, &after_name, &length, content, &after].concat()
    }

    #[test]
    fn author_and_notice_are_found_among_other_data_sets() {
        let sets = [
            set(1, 90, b"\x1b%G"),
            set(2, 90, b"Berlin"),
            set(2, 80, b"Ann"),
            set(2, 80, b"Ben"),
            set(1, 116, b"another record"),
            set(2, 116, b"\xa9 Ann"),
        ]
        .concat();
        let found = rights(&sets);
        assert_eq!(found.artist.as_deref(), Some(&b"Ann"[..]));
        assert_eq!(found.copyright.as_deref(), Some("\u{a9} Ann".as_bytes()));
        for length in 0..sets.len() {
            // Reading stops where the data does.
            let _ = rights(&sets[..length]);
        }
        assert_eq!(rights(b"no data sets"), Rights::default());
    }

    #[test]
    fn data_sets_are_found_among_other_resources() {
        let file = [resource(1005, b"", b"odd"), resource(1, b"name", b"x"), resource(0x0404, b"", b"sets")];
        let resources = file.concat();
        assert_eq!(from_resources(&resources), Some(&b"sets"[..]));
        for length in 0..resources.len() - 4 {
            assert_eq!(from_resources(&resources[..length]), None);
        }
    }
}
