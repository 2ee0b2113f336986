//! Puts a JPEG together again: some of its segments, other metadata, and what stands behind it.

use super::attachments::Attachments;
use super::mpf::{self, Entry};
use super::{EXIF_SIGNATURE, ICC_SIGNATURE, ISO_GAIN_MAP_SIGNATURE, Jpeg, Segment, XMP_SIGNATURE, marker};

/// What a segment can hold: its length field counts itself and has 16 bits.
const MAX_CONTENT: usize = 65_535 - 2;
/// The longest EXIF block that fits.
pub(crate) const MAX_EXIF: usize = MAX_CONTENT - EXIF_SIGNATURE.len();
/// The longest XMP packet that fits.
pub(crate) const MAX_XMP: usize = MAX_CONTENT - XMP_SIGNATURE.len();

/// What is put into a file, in front of its own segments (but behind JFIF's).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Additions<'a> {
    /// EXIF as a TIFF stream; left out where it does not fit into one segment.
    pub(crate) exif: Option<&'a [u8]>,
    /// An XMP packet; left out where it does not fit into one segment.
    pub(crate) xmp: Option<&'a [u8]>,
    /// ICC profile.
    pub(crate) icc: Option<&'a [u8]>,
    /// What stands behind the image and what announces it.
    pub(crate) attachments: Option<&'a Attachments>,
}

/// The file with the segments that are to be kept and the additions. Whatever stood between segments or behind
/// the image is gone.
pub(crate) fn rewrite(
    jpeg: &Jpeg<'_>,
    keep: impl Fn(&Segment<'_>) -> bool,
    additions: &Additions<'_>,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(jpeg.bytes.len() + 1024);
    out.extend_from_slice(&[0xff, marker::SOI]);
    let mut kept = jpeg.segments.iter().filter(|segment| keep(segment)).peekable();
    // JFIF says that it comes first, and EXIF that nothing else but JFIF comes before it.
    while let Some(segment) = kept.next_if(|segment| matches!(segment.marker, marker::APP0 | marker::APP1)) {
        put_kept(&mut out, jpeg, segment);
    }
    if let Some(exif) = additions.exif.filter(|exif| exif.len() <= MAX_EXIF) {
        put_segment(&mut out, marker::APP1, &[EXIF_SIGNATURE, exif]);
    }
    let announced = additions.attachments.and_then(Attachments::xmp);
    if let Some(xmp) = additions.xmp.or(announced).filter(|xmp| xmp.len() <= MAX_XMP) {
        put_segment(&mut out, marker::APP1, &[XMP_SIGNATURE, xmp]);
    }
    if let Some(icc) = additions.icc {
        put_icc(&mut out, icc);
    }
    if let Some(version) = additions.attachments.and_then(Attachments::iso_version) {
        put_segment(&mut out, marker::APP2, &[ISO_GAIN_MAP_SIGNATURE, version]);
    }
    let index_at = additions.attachments.and_then(|attachments| put_index(&mut out, attachments));
    for segment in kept {
        put_kept(&mut out, jpeg, segment);
    }
    out.extend_from_slice(&[0xff, marker::EOI]);
    if let Some(attachments) = additions.attachments {
        if let Some(at) = index_at {
            fill_index(&mut out, at, attachments);
        }
        out.extend_from_slice(attachments.trailer());
    }
    out
}

fn put_kept(out: &mut Vec<u8>, jpeg: &Jpeg<'_>, segment: &Segment<'_>) {
    match jfif_without_thumbnail(segment) {
        Some(content) => put_segment(out, marker::APP0, &[&content]),
        None => out.extend_from_slice(jpeg.bytes.get(segment.range.clone()).unwrap_or_default()),
    }
}

/// A JFIF segment that holds a thumbnail (ITU-T T.871, 10.1), without it.
fn jfif_without_thumbnail(segment: &Segment<'_>) -> Option<Vec<u8>> {
    /// Signature, version, units, two densities.
    const HEADER: usize = 12;
    let is_jfif = segment.marker == marker::APP0 && segment.content.starts_with(b"JFIF\0");
    let (header, thumbnail) = segment.content.split_at_checked(HEADER)?;
    let has_thumbnail = thumbnail.first().is_some_and(|&width| width > 0);
    (is_jfif && has_thumbnail).then(|| [header, &[0, 0]].concat())
}

/// Appends a segment; the caller has checked that its content fits.
fn put_segment(out: &mut Vec<u8>, marker: u8, content: &[&[u8]]) {
    let length = content.iter().map(|part| part.len()).sum::<usize>() + 2;
    out.extend_from_slice(&[0xff, marker]);
    out.extend_from_slice(&(length as u16).to_be_bytes());
    for part in content {
        out.extend_from_slice(part);
    }
}

/// Appends a profile in numbered parts. One that needs more than 255 of them cannot be written; readers limit
/// profiles to far less.
fn put_icc(out: &mut Vec<u8>, icc: &[u8]) {
    let parts = icc.chunks(MAX_CONTENT - ICC_SIGNATURE.len() - 2);
    let Ok(count) = u8::try_from(parts.len()) else { return };
    for (part, number) in parts.zip(1u8..) {
        put_segment(out, marker::APP2, &[ICC_SIGNATURE, &[number, count], part]);
    }
}

/// Appends an index whose numbers are not known yet; the offset of its block, if there is something to list.
fn put_index(out: &mut Vec<u8>, attachments: &Attachments) -> Option<usize> {
    let images = attachments.images();
    if images.is_empty() {
        return None;
    }
    let blank = vec![Entry { attributes: 0, size: 0, offset: 0 }; images.len() + 1];
    put_segment(out, marker::APP2, &[mpf::SIGNATURE, &mpf::build(&blank)]);
    Some(out.len() - mpf::build(&blank).len())
}

/// Fills in sizes and offsets. The image ends where `out` ends.
fn fill_index(out: &mut [u8], at: usize, attachments: &Attachments) {
    /// Type of the first image: the baseline one, representative of the group (DC-007, 5.2.3.3.1).
    const PRIMARY: u32 = 0x2003_0000;
    let end = out.len();
    let mut entries = vec![Entry { attributes: PRIMARY, size: end as u32, offset: 0 }];
    entries.extend(attachments.images().iter().map(|image| Entry {
        attributes: image.attributes,
        size: image.range.len() as u32,
        offset: (end - at + image.range.start) as u32,
    }));
    let block = mpf::build(&entries);
    if let Some(place) = out.get_mut(at..at + block.len()) {
        place.copy_from_slice(&block);
    }
}
