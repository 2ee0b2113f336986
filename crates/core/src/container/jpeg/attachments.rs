//! What travels behind a JPEG's end: HDR gain maps, previews, the video of a motion photo.
//!
//! Gain maps come in three kinds that differ in how they are announced: Adobe's and Google's by XMP in the first
//! image (`hdrgm`, Ultra HDR), ISO 21496-1's by an APP2 segment there, Apple's by XMP in the gain map alone. All
//! three are listed in the multi-picture index, and the numbers to apply them stand in the gain map itself.

use super::{Additions, rewrite};
use super::{ICC_SIGNATURE, ISO_GAIN_MAP_SIGNATURE, Jpeg, XMP_SIGNATURE, marker, mpf};
use std::ops::Range;

/// More images than that are not previews but an attack.
const MAX_IMAGES: usize = 64;

/// What a file holds besides the image that is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Extras {
    /// An HDR gain map.
    pub(crate) gain_map: bool,
    /// The video of a motion photo.
    pub(crate) motion_photo: bool,
    /// Other images: previews, depth maps.
    pub(crate) images: bool,
}

/// An image behind the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExtraImage {
    /// Flags and type in the index.
    pub(crate) attributes: u32,
    /// Where it stands in the trailer.
    pub(crate) range: Range<usize>,
}

/// What is written behind a JPEG, and what announces it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Attachments {
    trailer: Vec<u8>,
    images: Vec<ExtraImage>,
    iso_version: Option<Vec<u8>>,
    xmp: Option<Vec<u8>>,
}

impl Extras {
    /// What stands behind the image of a JPEG.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let Some(jpeg) = Jpeg::parse(bytes) else { return Self::default() };
        let trailer = jpeg.trailer();
        let images = extra_images(&jpeg);
        let gain_maps = images.iter().filter(|image| is_gain_map(trailer, image)).count();
        Self {
            gain_map: gain_maps > 0,
            motion_photo: has_video(trailer, &images),
            images: images.len() > gain_maps,
        }
    }
}

impl Attachments {
    /// Everything behind a JPEG, as it is; `None` where nothing is there.
    pub(crate) fn all(jpeg: &Jpeg<'_>) -> Option<Self> {
        let trailer = jpeg.trailer();
        if trailer.is_empty() {
            return None;
        }
        Some(Self {
            trailer: trailer.to_vec(),
            images: extra_images(jpeg),
            iso_version: iso_version(jpeg),
            xmp: None,
        })
    }

    /// The gain map alone, without its own EXIF and comments; `None` where there is none.
    pub(crate) fn gain_map(jpeg: &Jpeg<'_>) -> Option<Self> {
        let image = extra_images(jpeg).into_iter().find(|image| is_gain_map(jpeg.trailer(), image))?;
        let gain_map = Jpeg::parse(jpeg.trailer().get(image.range)?)?;
        let trailer = rewrite(&gain_map, is_shown_or_gain_map, &Additions::default());
        let range = 0..trailer.len();
        let announced_by_xmp =
            jpeg.xmp().is_some_and(|xmp| contains(xmp, b"hdrgm:") || contains(xmp, b"/hdr-gain-map/"));
        Some(Self {
            images: vec![ExtraImage { attributes: image.attributes, range }],
            iso_version: iso_version(jpeg),
            xmp: announced_by_xmp.then(|| ultra_hdr_xmp(trailer.len())),
            trailer,
        })
    }

    /// What comes behind the end of the image.
    pub(super) fn trailer(&self) -> &[u8] {
        &self.trailer
    }

    /// The images in it.
    pub(super) fn images(&self) -> &[ExtraImage] {
        &self.images
    }

    /// The content of the segment that announces an ISO gain map.
    pub(super) fn iso_version(&self) -> Option<&[u8]> {
        self.iso_version.as_deref()
    }

    /// The packet that announces an Ultra HDR gain map, for files without XMP of their own.
    pub(super) fn xmp(&self) -> Option<&[u8]> {
        self.xmp.as_deref()
    }
}

/// Whether a segment belongs to the picture itself: everything but metadata.
pub(crate) fn is_shown(segment: &super::Segment<'_>) -> bool {
    match segment.marker {
        marker::APP0 => segment.content.starts_with(b"JFIF\0"),
        marker::APP14 => segment.content.starts_with(super::ADOBE_SIGNATURE),
        marker::APP1..=marker::APP15 | marker::COM => false,
        _ => true,
    }
}

fn is_shown_or_gain_map(segment: &super::Segment<'_>) -> bool {
    is_shown(segment)
        || segment.marker == marker::APP1 && segment.content.starts_with(XMP_SIGNATURE)
        || segment.marker == marker::APP2
            && (segment.content.starts_with(ISO_GAIN_MAP_SIGNATURE)
                || segment.content.starts_with(ICC_SIGNATURE))
}

fn iso_version(jpeg: &Jpeg<'_>) -> Option<Vec<u8>> {
    jpeg.contents(marker::APP2, ISO_GAIN_MAP_SIGNATURE).next().map(<[u8]>::to_vec)
}

/// The images behind the first: those the index lists, and those that follow at once.
fn extra_images(jpeg: &Jpeg<'_>) -> Vec<ExtraImage> {
    let trailer = jpeg.trailer();
    let starts_image = |at: usize| trailer.get(at..at.saturating_add(3)) == Some(&[0xff, marker::SOI, 0xff]);
    let mut images: Vec<ExtraImage> = listed_images(jpeg)
        .into_iter()
        .filter(|image| starts_image(image.range.start) && image.range.end <= trailer.len())
        .collect();
    let mut at = 0;
    while images.len() < MAX_IMAGES && starts_image(at) {
        let Some(image) = trailer.get(at..).and_then(Jpeg::parse) else { break };
        let range = at..at + image.end;
        if images.iter().all(|image| image.range.start != at) {
            images.push(ExtraImage { attributes: 0, range: range.clone() });
        }
        at = range.end;
    }
    images.sort_by_key(|image| image.range.start);
    images
}

/// What the index lists, as ranges of the trailer.
fn listed_images(jpeg: &Jpeg<'_>) -> Vec<ExtraImage> {
    /// Marker, length field.
    const SEGMENT_HEADER: usize = 4;
    let Some((segment, block)) = jpeg.segments.iter().find_map(|segment| {
        let block = segment.content.strip_prefix(mpf::SIGNATURE)?;
        (segment.marker == marker::APP2).then_some((segment, block))
    }) else {
        return Vec::new();
    };
    let base = segment.range.start + SEGMENT_HEADER + mpf::SIGNATURE.len();
    mpf::parse(block)
        .unwrap_or_default()
        .into_iter()
        .skip(1)
        .filter_map(|entry| {
            let start = base.checked_add(entry.offset as usize)?.checked_sub(jpeg.end)?;
            let end = start.checked_add(entry.size as usize)?;
            Some(ExtraImage { attributes: entry.attributes, range: start..end })
        })
        .collect()
}

fn is_gain_map(trailer: &[u8], image: &ExtraImage) -> bool {
    trailer.get(image.range.clone()).and_then(Jpeg::parse).is_some_and(|jpeg| {
        iso_version(&jpeg).is_some()
            || jpeg.xmp().is_some_and(|xmp| {
                contains(xmp, b"/hdr-gain-map/")
                    || contains(xmp, b"/HDRGainMap/")
                    || contains(xmp, b"hdrgainmap")
            })
    })
}

/// Whether a video stands in the trailer, outside its images: an MP4 file starts with an `ftyp` box; Samsung puts
/// a name in front.
fn has_video(trailer: &[u8], images: &[ExtraImage]) -> bool {
    let mut rest = 0;
    let mut gaps = Vec::new();
    for image in images {
        gaps.push(rest..image.range.start.max(rest));
        rest = rest.max(image.range.end);
    }
    gaps.push(rest.min(trailer.len())..trailer.len());
    gaps.into_iter()
        .filter_map(|gap| trailer.get(gap))
        .any(|gap| contains(gap, b"ftyp") || contains(gap, b"MotionPhoto_Data"))
}

/// The smallest packet that announces an Ultra HDR gain map of this many bytes behind the image (Ultra HDR image
/// format 1.1: the primary image's XMP lists what the file contains).
fn ultra_hdr_xmp(length: usize) -> Vec<u8> {
    format!(
        concat!(
            r#"<x:xmpmeta xmlns:x="adobe:ns:meta/">"#,
            r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">"#,
            r#"<rdf:Description rdf:about="" hdrgm:Version="1.0""#,
            r#" xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/""#,
            r#" xmlns:Container="http://ns.google.com/photos/1.0/container/""#,
            r#" xmlns:Item="http://ns.google.com/photos/1.0/container/item/">"#,
            r#"<Container:Directory><rdf:Seq>"#,
            r#"<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary""#,
            r#" Item:Mime="image/jpeg"/></rdf:li>"#,
            r#"<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="GainMap""#,
            r#" Item:Mime="image/jpeg" Item:Length="{}"/></rdf:li>"#,
            r#"</rdf:Seq></Container:Directory></rdf:Description></rdf:RDF></x:xmpmeta>"#,
        ),
        length
    )
    .into_bytes()
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::super::EXIF_SIGNATURE;
    use super::*;

    fn segment(kind: u8, content: &[u8]) -> Vec<u8> {
        let length = (content.len() + 2) as u16;
        [&[0xff, kind], &length.to_be_bytes()[..], content].concat()
    }

    /// A JPEG in form: these segments, then a scan.
    fn image(segments: &[Vec<u8>]) -> Vec<u8> {
        [
            &[0xff, marker::SOI][..],
            &segments.concat(),
            &segment(marker::SOS, &[1]),
            &[7, 7, 0xff, marker::EOI],
        ]
        .concat()
    }

    fn xmp(text: &[u8]) -> Vec<u8> {
        segment(marker::APP1, &[XMP_SIGNATURE, text].concat())
    }

    fn gain_map() -> Vec<u8> {
        let exif = segment(marker::APP1, &[EXIF_SIGNATURE, b"secret"].concat());
        image(&[exif, xmp(b"xmlns:hdrgm='http://ns.adobe.com/hdr-gain-map/1.0/'")])
    }

    #[test]
    fn extras_are_told_apart() {
        let plain = image(&[]);
        assert_eq!(Extras::of(&plain), Extras::default());
        let with = |rest: &[u8]| Extras::of(&[&plain, rest].concat());
        let nothing = Extras::default();
        assert_eq!(with(&gain_map()), Extras { gain_map: true, ..nothing.clone() });
        assert_eq!(with(&image(&[])), Extras { images: true, ..nothing.clone() });
        assert_eq!(with(b"\0\0\0\x18ftypmp42"), Extras { motion_photo: true, ..nothing.clone() });
        let all = [gain_map(), image(&[]), b"MotionPhoto_Data".to_vec()].concat();
        assert_eq!(with(&all), Extras { gain_map: true, motion_photo: true, images: true });
        assert_eq!(with(b"junk"), nothing);
    }

    #[test]
    fn a_gain_map_moves_with_its_index_and_without_its_exif() {
        let file = [image(&[xmp(b"hdrgm:Version='1.0'")]), b"padding".to_vec()].concat();
        let mut file = file;
        file.truncate(file.len() - 7);
        file.extend_from_slice(&gain_map());
        let jpeg = Jpeg::parse(&file).unwrap();
        let attachments = Attachments::gain_map(&jpeg).unwrap();
        let additions = Additions { attachments: Some(&attachments), ..Additions::default() };
        let out = rewrite(&jpeg, is_shown, &additions);
        assert!(!contains(&out, b"secret"));
        assert_eq!(Extras::of(&out), Extras { gain_map: true, ..Extras::default() });
        let moved = Jpeg::parse(&out).unwrap();
        let listed = listed_images(&moved);
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].range, 0..moved.trailer().len());
        let length = format!("Item:Length=\"{}\"", moved.trailer().len());
        assert!(contains(moved.xmp().unwrap(), length.as_bytes()));
    }

    #[test]
    fn an_index_that_points_nowhere_lists_nothing() {
        for offset in [0, 5, u32::MAX] {
            let entries = [0, offset].map(|offset| mpf::Entry { attributes: 0, size: u32::MAX, offset });
            let index = segment(marker::APP2, &[mpf::SIGNATURE, &mpf::build(&entries)].concat());
            let file = [image(&[index]), b"rest".to_vec()].concat();
            assert_eq!(extra_images(&Jpeg::parse(&file).unwrap()), []);
        }
    }
}
