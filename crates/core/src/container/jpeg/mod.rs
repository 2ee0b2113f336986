//! The segments of a JPEG file (ITU-T T.81, annex B), and what may stand behind its end.

mod attachments;
mod mpf;
mod write;

pub(crate) use attachments::{Attachments, Extras, is_shown};
pub(crate) use write::{Additions, MAX_EXIF, MAX_XMP, rewrite};

use std::ops::Range;

/// Markers by name: the second byte of each.
pub(crate) mod marker {
    /// Start of image.
    pub(crate) const SOI: u8 = 0xd8;
    /// End of image.
    pub(crate) const EOI: u8 = 0xd9;
    /// Start of scan.
    pub(crate) const SOS: u8 = 0xda;
    /// Quantisation tables.
    pub(crate) const DQT: u8 = 0xdb;
    /// Application segment 0: JFIF.
    pub(crate) const APP0: u8 = 0xe0;
    /// Application segment 1: EXIF and XMP.
    pub(crate) const APP1: u8 = 0xe1;
    /// Application segment 13: Photoshop's image resources, with IPTC among them.
    pub(crate) const APP13: u8 = 0xed;
    /// Application segment 2: ICC profile, MPF, ISO 21496-1.
    pub(crate) const APP2: u8 = 0xe2;
    /// Application segment 14: Adobe's colour transform.
    pub(crate) const APP14: u8 = 0xee;
    /// Application segment 15, the last.
    pub(crate) const APP15: u8 = 0xef;
    /// A comment.
    pub(crate) const COM: u8 = 0xfe;
}

/// What an APP1 segment with XMP starts with (XMP specification part 3, 1.1.3).
pub(crate) const XMP_SIGNATURE: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// What an APP1 segment with EXIF starts with (EXIF 2.32, 4.7.2).
pub(crate) const EXIF_SIGNATURE: &[u8] = b"Exif\0\0";
/// What an APP2 segment with a part of an ICC profile starts with (ICC.1:2022, B.4).
pub(crate) const ICC_SIGNATURE: &[u8] = b"ICC_PROFILE\0";
/// What an APP2 segment about a gain map starts with (ISO 21496-1, annex C).
pub(crate) const ISO_GAIN_MAP_SIGNATURE: &[u8] = b"urn:iso:std:iso:ts:21496:-1\0";
/// What an APP14 segment with Adobe's colour transform starts with.
pub(crate) const ADOBE_SIGNATURE: &[u8] = b"Adobe";

/// A profile and extended XMP take some hundreds; a file of nothing but headers would fill the memory with them.
pub(crate) const MAX_SEGMENTS: usize = 10_000;

/// One segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment<'a> {
    /// The marker's second byte.
    pub(crate) marker: u8,
    /// What follows the length field.
    pub(crate) content: &'a [u8],
    /// Where the segment stands in the file, with its marker and, for a scan, its entropy-coded data.
    pub(crate) range: Range<usize>,
}

/// A JPEG file taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Jpeg<'a> {
    /// The file.
    pub(crate) bytes: &'a [u8],
    /// Every segment from behind SOI to EOI, without stray bytes in between.
    pub(crate) segments: Vec<Segment<'a>>,
    /// Where the image ends: behind EOI, or the end of the file where there is none.
    pub(crate) end: usize,
    /// Whether it ends with EOI.
    pub(crate) is_complete: bool,
}

impl<'a> Jpeg<'a> {
    /// Takes a file apart; `None` where it does not start like a JPEG or has more than [`MAX_SEGMENTS`]. A file that breaks off keeps the segments
    /// that are whole.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        bytes.starts_with(&[0xff, marker::SOI]).then_some(())?;
        let mut jpeg = Self { bytes, segments: Vec::new(), end: bytes.len(), is_complete: false };
        let mut at = 2;
        while let Some((kind, behind_marker)) = next_marker(bytes, at) {
            if kind == marker::EOI {
                jpeg.end = behind_marker;
                jpeg.is_complete = true;
                break;
            }
            let Some(length) = be_u16(bytes, behind_marker) else { break };
            let content_end = behind_marker + length.max(2);
            let Some(content) = bytes.get(behind_marker + 2..content_end) else { break };
            let end = if kind == marker::SOS { entropy_end(bytes, content_end) } else { content_end };
            if jpeg.segments.len() == MAX_SEGMENTS {
                return None;
            }
            jpeg.segments.push(Segment { marker: kind, content, range: behind_marker - 2..end });
            at = end;
        }
        Some(jpeg)
    }

    /// What stands behind the image: more images, a video, junk.
    pub(crate) fn trailer(&self) -> &'a [u8] {
        self.bytes.get(self.end..).unwrap_or_default()
    }

    /// Contents of the segments with a marker and a signature, without the signature.
    pub(crate) fn contents(&self, marker: u8, signature: &'static [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.segments
            .iter()
            .filter(move |segment| segment.marker == marker)
            .filter_map(move |segment| segment.content.strip_prefix(signature))
    }

    /// The XMP packet.
    pub(crate) fn xmp(&self) -> Option<&'a [u8]> {
        self.contents(marker::APP1, XMP_SIGNATURE).next()
    }

    /// The ICC profile, put together from its numbered parts; `None` where parts are missing.
    pub(crate) fn icc(&self) -> Option<Vec<u8>> {
        let mut parts: Vec<(u8, u8, &[u8])> = self
            .contents(marker::APP2, ICC_SIGNATURE)
            .filter_map(|part| Some((*part.first()?, *part.get(1)?, part.get(2..)?)))
            .collect();
        parts.sort_by_key(|&(number, ..)| number);
        let complete = !parts.is_empty()
            && parts.iter().zip(1u8..).all(|(&(number, count, _), expected)| {
                number == expected && usize::from(count) == parts.len()
            });
        complete.then(|| parts.into_iter().flat_map(|(_, _, part)| part).copied().collect())
    }

    /// Adobe's colour transform, where the file has Adobe's segment: 0 is RGB or CMYK as they are, 1 YCbCr,
    /// 2 YCCK.
    pub(crate) fn adobe_transform(&self) -> Option<u8> {
        // Signature, version, two flag words, transform.
        self.contents(marker::APP14, ADOBE_SIGNATURE).find_map(|content| content.get(6).copied())
    }
}

/// The next marker with a segment, or EOI: its second byte and the offset behind it. Fill bytes, stray bytes and
/// markers without a segment are passed over.
fn next_marker(bytes: &[u8], mut at: usize) -> Option<(u8, usize)> {
    loop {
        at += bytes.get(at..)?.iter().position(|&byte| byte == 0xff)?;
        at += bytes.get(at..)?.iter().position(|&byte| byte != 0xff)?;
        let kind = *bytes.get(at)?;
        at += 1;
        if !matches!(kind, 0x00 | 0x01 | 0xd0..=0xd8) {
            return Some((kind, at));
        }
    }
}

/// Where a scan's entropy-coded data ends: at the next marker that is neither a stuffed zero nor a restart.
fn entropy_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(found) = bytes.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == 0xff)) {
        at += found;
        match bytes.get(at + 1) {
            Some(0x00 | 0xd0..=0xd7) => at += 2,
            // A fill byte: the next one may start a marker.
            Some(0xff) => at += 1,
            Some(_) => return at,
            None => break,
        }
    }
    bytes.len()
}

fn be_u16(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A JPEG in form only: APP1, a scan with a stuffed zero and a restart, EOI and something behind it.
    const FILE: &[u8] =
        b"\xff\xd8\xff\xe1\x00\x05abc\xff\xda\x00\x04\x01\x02\x11\xff\x00\x22\xff\xd0\x33\xff\xd9behind";

    #[test]
    fn segments_hold_their_entropy_coded_data_and_the_trailer_stays_outside() {
        let jpeg = Jpeg::parse(FILE).unwrap();
        let kinds: Vec<u8> = jpeg.segments.iter().map(|segment| segment.marker).collect();
        assert_eq!(kinds, [marker::APP1, marker::SOS]);
        assert_eq!(jpeg.segments[0].content, b"abc");
        assert_eq!(&FILE[jpeg.segments[1].range.clone()], &FILE[9..22]);
        assert_eq!(jpeg.trailer(), b"behind");
        assert!(jpeg.is_complete && !Jpeg::parse(&FILE[..15]).unwrap().is_complete);
    }

    #[test]
    fn every_cut_is_survived() {
        for length in 0..FILE.len() {
            if let Some(jpeg) = Jpeg::parse(&FILE[..length]) {
                assert!(jpeg.segments.iter().all(|segment| segment.range.end <= length));
            }
        }
    }

    #[test]
    fn a_profile_in_parts_is_put_together_in_order() {
        let part = |number: u8, data: &[u8]| {
            let length = (2 + ICC_SIGNATURE.len() + 2 + data.len()) as u16;
            [&[0xff, marker::APP2], &length.to_be_bytes()[..], ICC_SIGNATURE, &[number, 2], data].concat()
        };
        let file = [&FILE[..2], &part(2, b"second"), &part(1, b"first "), &FILE[2..]].concat();
        assert_eq!(Jpeg::parse(&file).unwrap().icc().unwrap(), b"first second");
        let half = [&FILE[..2], &part(2, b"second"), &FILE[2..]].concat();
        assert_eq!(Jpeg::parse(&half).unwrap().icc(), None);
    }
}
