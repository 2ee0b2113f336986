//! Writes one coded image, with alpha, profile and metadata, as an AVIF file.

use super::Cicp;
use crate::error::OptimizationError;

/// What goes into the file.
pub(crate) struct AvifImage<'a> {
    /// AV1 data of the image: one key frame with its sequence header.
    pub(crate) color: &'a [u8],
    /// AV1 data of the alpha plane (monochrome).
    pub(crate) alpha: Option<&'a [u8]>,
    /// Width in pixels.
    pub(crate) width: u32,
    /// Height in pixels.
    pub(crate) height: u32,
    /// 8, 10 or 12, for both images.
    pub(crate) bit_depth: u8,
    /// Chroma subsampling of the colour image; `None` when it has a single plane.
    pub(crate) subsampling: Option<(bool, bool)>,
    /// Code points.
    pub(crate) cicp: Cicp,
    /// ICC profile.
    pub(crate) icc: Option<&'a [u8]>,
    /// EXIF as a TIFF stream.
    pub(crate) exif: Option<&'a [u8]>,
    /// XMP packet.
    pub(crate) xmp: Option<&'a [u8]>,
}

const ALPHA_URN: &[u8] = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0";

/// Bits of a byte string, first bit first.
struct Bits<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl Bits<'_> {
    fn read(&mut self, count: usize) -> Option<u8> {
        let mut value = 0;
        for _ in 0..count {
            let byte = *self.bytes.get(self.position / 8)?;
            value = value << 1 | (byte >> (7 - self.position % 8) & 1);
            self.position += 1;
        }
        Some(value)
    }

    fn skip(&mut self, count: usize) {
        self.position += count;
    }
}

/// The content of the first sequence-header OBU (AV1 specification, 5.3).
fn sequence_header(mut data: &[u8]) -> Option<&[u8]> {
    loop {
        let header = *data.first()?;
        let (kind, has_extension, has_size) = (header >> 3 & 15, header >> 2 & 1, header >> 1 & 1);
        let mut at = 1 + usize::from(has_extension);
        let mut size = 0usize;
        if has_size == 1 {
            // LEB128 of at most 8 bytes.
            for shift in (0..56).step_by(7) {
                let byte = *data.get(at)?;
                at += 1;
                size |= usize::from(byte & 0x7f) << shift;
                if byte & 0x80 == 0 {
                    break;
                }
            }
        } else {
            size = data.len().checked_sub(at)?;
        }
        let content = data.get(at..at.checked_add(size)?)?;
        if kind == 1 {
            return Some(content);
        }
        data = data.get(at + size..)?;
    }
}

/// Profile, level and tier of the first operating point, from the start of a sequence header (5.5.1).
fn profile_level_tier(data: &[u8]) -> Option<(u8, u8, u8)> {
    let mut bits = Bits { bytes: sequence_header(data)?, position: 0 };
    let profile = bits.read(3)?;
    let _still_picture = bits.read(1)?;
    let reduced_still_picture_header = bits.read(1)?;
    if reduced_still_picture_header == 1 {
        return Some((profile, bits.read(5)?, 0));
    }
    let timing_info_present = bits.read(1)?;
    if timing_info_present == 1 {
        // For video; the encoder never writes it into still pictures.
        return None;
    }
    // initial_display_delay_present_flag, operating_points_cnt_minus_1, operating_point_idc[0]
    bits.skip(1 + 5 + 12);
    let level = bits.read(5)?;
    let tier = if level > 7 { bits.read(1)? } else { 0 };
    Some((profile, level, tier))
}

/// The content of an `av1C` box (AV1 in ISOBMFF, 2.3).
fn av1_configuration(
    data: &[u8],
    bit_depth: u8,
    subsampling: Option<(bool, bool)>,
) -> Result<[u8; 4], OptimizationError> {
    let (profile, level, tier) = profile_level_tier(data).ok_or_else(|| OptimizationError::Encode {
        encoder: "aom",
        message: "the bitstream has no readable sequence header".into(),
    })?;
    let (x, y) = subsampling.unwrap_or((true, true));
    let flags = tier << 7
        | u8::from(bit_depth > 8) << 6
        | u8::from(bit_depth == 12) << 5
        | u8::from(subsampling.is_none()) << 4
        | u8::from(x) << 3
        | u8::from(y) << 2;
    Ok([0x81, profile << 5 | level, flags, 0])
}

/// Appends a box; the closure writes its content.
pub(super) fn put_box(out: &mut Vec<u8>, kind: [u8; 4], content: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&kind);
    content(out);
    let size = (out.len() - start) as u32;
    out[start..start + 4].copy_from_slice(&size.to_be_bytes());
}

/// Appends a box with version and flags in front.
pub(super) fn put_full_box(
    out: &mut Vec<u8>,
    kind: [u8; 4],
    version: u8,
    flags: u32,
    content: impl FnOnce(&mut Vec<u8>),
) {
    put_box(out, kind, |out| {
        out.extend_from_slice(&(u32::from(version) << 24 | flags).to_be_bytes());
        content(out);
    });
}

/// One item of the file: its id is its place in the list, counted from 1.
struct Item<'a> {
    kind: [u8; 4],
    content_type: &'static [u8],
    /// How it refers to the primary image.
    reference: Option<[u8; 4]>,
    /// Bytes in front of `data`.
    prefix: &'static [u8],
    data: &'a [u8],
    /// Property boxes and whether a reader must understand them.
    properties: Vec<(Vec<u8>, bool)>,
}

/// The file.
///
/// # Errors
/// [`OptimizationError::Encode`] for AV1 data without a sequence header.
pub(crate) fn write(image: &AvifImage<'_>) -> Result<Vec<u8>, OptimizationError> {
    let items = items(image)?;
    let mut out = Vec::with_capacity(1024 + items.iter().map(|item| item.data.len()).sum::<usize>());
    put_box(&mut out, *b"ftyp", |out| {
        out.extend_from_slice(b"avif\0\0\0\0avifmif1miaf");
        // Profile brands of the AVIF specification: 8 and 10 bits 4:2:0, and 4:4:4.
        match (image.bit_depth, image.subsampling) {
            (8 | 10, Some((true, true)) | None) => out.extend_from_slice(b"MA1B"),
            (8 | 10, Some((false, false))) => out.extend_from_slice(b"MA1A"),
            _ => {}
        }
    });
    // The offsets in iloc depend on the size of meta, which does not depend on the offsets.
    let mut meta = Vec::new();
    put_meta(&mut meta, &items, 0);
    let data_start = out.len() + meta.len() + 8;
    put_meta(&mut out, &items, data_start);
    put_box(&mut out, *b"mdat", |out| {
        for item in &items {
            out.extend_from_slice(item.prefix);
            out.extend_from_slice(item.data);
        }
    });
    Ok(out)
}

fn items<'a>(image: &AvifImage<'a>) -> Result<Vec<Item<'a>>, OptimizationError> {
    let property = |kind: [u8; 4], content: &[u8]| {
        let mut out = Vec::new();
        put_box(&mut out, kind, |out| out.extend_from_slice(content));
        out
    };
    let full_property = |kind, content: &[u8]| {
        let mut out = Vec::new();
        put_full_box(&mut out, kind, 0, 0, |out| out.extend_from_slice(content));
        out
    };
    let size = [image.width.to_be_bytes(), image.height.to_be_bytes()].concat();
    let ispe = full_property(*b"ispe", &size);
    let pixi = |planes: u8| {
        let mut content = vec![planes];
        content.resize(1 + usize::from(planes), image.bit_depth);
        full_property(*b"pixi", &content)
    };
    let mut properties = vec![
        (ispe.clone(), false),
        (pixi(if image.subsampling.is_some() { 3 } else { 1 }), false),
        (property(*b"av1C", &av1_configuration(image.color, image.bit_depth, image.subsampling)?), true),
    ];
    let mut nclx = b"nclx".to_vec();
    for number in [image.cicp.primaries, image.cicp.transfer, image.cicp.matrix] {
        nclx.extend_from_slice(&[0, number]);
    }
    nclx.push(u8::from(image.cicp.full_range) << 7);
    properties.push((property(*b"colr", &nclx), false));
    if let Some(icc) = image.icc {
        properties.push((property(*b"colr", &[b"prof", icc].concat()), false));
    }
    let plain = |kind, content_type, prefix, data| Item {
        kind,
        content_type,
        reference: Some(*b"cdsc"),
        prefix,
        data,
        properties: Vec::new(),
    };
    let mut items = vec![Item {
        kind: *b"av01",
        content_type: b"",
        reference: None,
        prefix: b"",
        data: image.color,
        properties,
    }];
    if let Some(alpha) = image.alpha {
        items.push(Item {
            kind: *b"av01",
            content_type: b"",
            reference: Some(*b"auxl"),
            prefix: b"",
            data: alpha,
            properties: vec![
                (ispe, false),
                (pixi(1), false),
                (property(*b"av1C", &av1_configuration(alpha, image.bit_depth, None)?), true),
                (full_property(*b"auxC", ALPHA_URN), true),
            ],
        });
    }
    if let Some(exif) = image.exif {
        // The offset of the TIFF header within the block: it comes first.
        items.push(plain(*b"Exif", b"", &[0, 0, 0, 0], exif));
    }
    if let Some(xmp) = image.xmp {
        items.push(plain(*b"mime", b"application/rdf+xml\0", b"", xmp));
    }
    Ok(items)
}

fn put_meta(out: &mut Vec<u8>, items: &[Item<'_>], data_start: usize) {
    put_full_box(out, *b"meta", 0, 0, |out| {
        put_full_box(out, *b"hdlr", 0, 0, |out| {
            out.extend_from_slice(&[0; 4]);
            out.extend_from_slice(b"pict");
            out.extend_from_slice(&[0; 13]);
        });
        put_full_box(out, *b"pitm", 0, 0, |out| out.extend_from_slice(&[0, 1]));
        put_full_box(out, *b"iloc", 0, 0, |out| {
            // 4-byte offsets and lengths, no base offset.
            out.extend_from_slice(&[0x44, 0x00, 0, items.len() as u8]);
            let mut offset = data_start;
            for (item, id) in items.iter().zip(1u8..) {
                let length = item.prefix.len() + item.data.len();
                out.extend_from_slice(&[0, id, 0, 0, 0, 1]);
                out.extend_from_slice(&(offset as u32).to_be_bytes());
                out.extend_from_slice(&(length as u32).to_be_bytes());
                offset += length;
            }
        });
        put_full_box(out, *b"iinf", 0, 0, |out| {
            out.extend_from_slice(&[0, items.len() as u8]);
            for (item, id) in items.iter().zip(1u8..) {
                // Metadata items are hidden, as readers expect (flag 1).
                let hidden = u32::from(item.reference == Some(*b"cdsc"));
                put_full_box(out, *b"infe", 2, hidden, |out| {
                    out.extend_from_slice(&[0, id, 0, 0]);
                    out.extend_from_slice(&item.kind);
                    out.push(0);
                    out.extend_from_slice(item.content_type);
                });
            }
        });
        if items.iter().any(|item| item.reference.is_some()) {
            put_full_box(out, *b"iref", 0, 0, |out| {
                for (item, id) in items.iter().zip(1u8..) {
                    if let Some(kind) = item.reference {
                        put_box(out, kind, |out| out.extend_from_slice(&[0, id, 0, 1, 0, 1]));
                    }
                }
            });
        }
        put_box(out, *b"iprp", |out| {
            put_box(out, *b"ipco", |out| {
                for (property, _) in items.iter().flat_map(|item| &item.properties) {
                    out.extend_from_slice(property);
                }
            });
            put_full_box(out, *b"ipma", 0, 0, |out| {
                let described = items.iter().filter(|item| !item.properties.is_empty()).count();
                out.extend_from_slice(&(described as u32).to_be_bytes());
                let mut index = 0u8;
                for (item, id) in items.iter().zip(1u8..) {
                    if item.properties.is_empty() {
                        continue;
                    }
                    out.extend_from_slice(&[0, id, item.properties.len() as u8]);
                    for (_, essential) in &item.properties {
                        index += 1;
                        out.push(index | u8::from(*essential) << 7);
                    }
                }
            });
        });
    });
}

#[cfg(test)]
mod tests {
    use super::super::{Coded, read};
    use super::*;
    use crate::pixels::Orientation;

    /// A reduced still-picture sequence header of profile 0, level 8 (that is, 4.0), as an OBU.
    const STILL: [u8; 6] = [0x0a, 0x04, 0b0001_1010, 0b0000_0000, 0, 0];

    const CICP: Cicp = Cicp { primaries: 1, transfer: 13, matrix: 6, full_range: true };

    #[test]
    fn what_is_written_is_read_back() {
        let image = AvifImage {
            color: &STILL,
            alpha: Some(&STILL),
            width: 640,
            height: 480,
            bit_depth: 8,
            subsampling: Some((true, true)),
            cicp: CICP,
            icc: Some(b"profile"),
            exif: Some(b"MM\0\x2a"),
            xmp: Some(b"<x/>"),
        };
        let file = read(&write(&image).unwrap()).unwrap();
        assert_eq!(file.color.whole(), Some(&STILL[..]));
        assert_eq!(file.alpha.as_ref().and_then(Coded::whole), Some(&STILL[..]));
        assert!(!file.premultiplied);
        assert_eq!((file.size, file.orientation), ((640, 480), Orientation::Upright));
        assert_eq!(file.cicp, Some(CICP));
        assert_eq!(file.icc.as_deref(), Some(&b"profile"[..]));
        assert_eq!(file.exif.as_deref(), Some(&b"MM\0\x2a"[..]));
        assert_eq!(file.xmp.as_deref(), Some(&b"<x/>"[..]));
    }

    #[test]
    fn cut_files_are_refused_and_never_read_past_their_end() {
        let image = AvifImage {
            color: &STILL,
            alpha: None,
            width: 8,
            height: 8,
            bit_depth: 8,
            subsampling: None,
            cicp: CICP,
            icc: None,
            exif: None,
            xmp: None,
        };
        let whole = write(&image).unwrap();
        assert!(read(&whole).is_ok());
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "cut to {length} bytes");
        }
    }

    #[test]
    fn the_level_comes_from_the_sequence_header() {
        assert_eq!(profile_level_tier(&STILL), Some((0, 8, 0)));
        assert_eq!(profile_level_tier(&[0x12, 0x00]), None);
    }
}
