//! Finds the coded image, its alpha, its colour and its metadata in an AVIF file.

use super::Cicp;
use super::derived::{Aperture, Coded, clean_aperture};
use crate::error::OptimizationError;
use crate::format::Format;
use crate::pixels::Orientation;
use std::collections::BTreeSet;

/// What an AVIF file holds. Coded data is concatenated from its extents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AvifFile {
    /// The primary image.
    pub(crate) color: Coded,
    /// The alpha plane.
    pub(crate) alpha: Option<Coded>,
    /// Whether colours are multiplied by alpha.
    pub(crate) premultiplied: bool,
    /// Width and height before cropping and rotation.
    pub(crate) size: (u32, u32),
    /// The part of it that is shown, where that is not all.
    pub(crate) aperture: Option<Aperture>,
    /// Rotation and mirroring.
    pub(crate) orientation: Orientation,
    /// Code points of the container, which overrule those of the bitstream.
    pub(crate) cicp: Option<Cicp>,
    /// ICC profile.
    pub(crate) icc: Option<Vec<u8>>,
    /// EXIF as a TIFF stream.
    pub(crate) exif: Option<Vec<u8>>,
    /// XMP packet.
    pub(crate) xmp: Option<Vec<u8>>,
}

type Result<T> = std::result::Result<T, OptimizationError>;

/// The size an AVIF announces, upright and before cropping, without reading pixels.
pub(crate) fn read_dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    let meta = Meta::parse(bytes).ok()?;
    let (width, height) = meta.size(meta.primary)?;
    Some(if meta.orientation(meta.primary).swaps_sides() { (height, width) } else { (width, height) })
}

/// Bits per sample and chroma subsampling (horizontal and vertical, 1 or 2; `None` without colour) that an AVIF
/// announces (`av1C`: AV1-ISOBMFF, 2.3.3).
pub(crate) fn read_coding(bytes: &[u8]) -> Option<(u8, Option<(u8, u8)>)> {
    let meta = Meta::parse(bytes).ok()?;
    // A grid is coded as its tiles are.
    let coded = meta.derived_from(meta.primary).next().unwrap_or(meta.primary);
    let flags = *meta.property(coded, *b"av1C")?.get(2)?;
    let is_set = |bit: u8| flags >> bit & 1 == 1;
    let bits = match (is_set(6), is_set(5)) {
        (false, _) => 8,
        (true, false) => 10,
        (true, true) => 12,
    };
    let factor = |halved: bool| if halved { 2 } else { 1 };
    Some((bits, (!is_set(4)).then(|| (factor(is_set(3)), factor(is_set(2))))))
}

/// Whether the file holds an image with another dynamic range, derived by a gain map (a tone-mapped image, `tmap`:
/// 23008-12, 6.6.2.4).
pub(crate) fn has_gain_map(bytes: &[u8]) -> bool {
    Meta::parse(bytes).is_ok_and(|meta| meta.items.iter().any(|item| &item.kind == b"tmap"))
}

/// Reads the container.
///
/// # Errors
/// [`OptimizationError::Corrupt`] for a broken structure, [`OptimizationError::Unsupported`] for images that are made in
/// other ways than from one coded picture or a grid of them.
pub(crate) fn read(bytes: &[u8]) -> Result<AvifFile> {
    let meta = Meta::parse(bytes)?;
    let primary = meta.primary;
    let color = Coded::read(&meta, bytes, primary)?;
    let size = meta.size(primary).ok_or_else(|| corrupt("the image has no size (ispe)"))?;
    if let Coded::Grid(grid) = &color
        && grid.size != size
    {
        return Err(corrupt("a grid of tiles has another size than its property (ispe) says"));
    }
    let aperture = meta.property(primary, *b"clap").map(|clap| clean_aperture(clap, size)).transpose()?;
    let tiles: BTreeSet<u32> = meta.derived_from(primary).collect();
    let alpha_id = meta.alpha_of(|id| id == primary);
    if alpha_id.is_none() && meta.alpha_of(|id| tiles.contains(&id)).is_some() {
        return Err(OptimizationError::unsupported("AVIF", "transparency tile by tile"));
    }
    let described_by = |kind: &[u8; 4], mime: &[u8]| {
        meta.references.iter().find_map(|reference| {
            let item = meta.item(reference.from)?;
            (&reference.kind == b"cdsc"
                && reference.to == primary
                && &item.kind == kind
                && item.content_type.starts_with(mime))
            .then_some(reference.from)
        })
    };
    let exif = match described_by(b"Exif", b"") {
        // The block starts with the offset of its TIFF header (23008-12, A.2.1).
        Some(id) => {
            let block = meta.data(bytes, id)?;
            let offset = be_u32(&block, 0).unwrap_or(0) as usize;
            block.get(offset.saturating_add(4)..).map(<[u8]>::to_vec)
        }
        None => None,
    };
    let xmp = match described_by(b"mime", b"application/rdf+xml") {
        Some(id) => Some(meta.data(bytes, id)?),
        None => None,
    };
    let mut cicp = None;
    let mut icc = None;
    // Some writers say it of the tiles only.
    let described = match meta.property(primary, *b"colr") {
        Some(_) => primary,
        None => meta.derived_from(primary).next().unwrap_or(primary),
    };
    for colr in meta.properties(described, *b"colr") {
        match colr.get(..4) {
            Some(b"nclx") => {
                let number = |offset: usize| Some(*colr.get(offset + 1)?);
                if let (Some(primaries), Some(transfer), Some(matrix), Some(flags)) =
                    (number(4), number(6), number(8), colr.get(10))
                {
                    cicp = Some(Cicp { primaries, transfer, matrix, full_range: flags & 0x80 != 0 });
                }
            }
            Some(b"prof" | b"rICC") => icc = colr.get(4..).map(<[u8]>::to_vec),
            _ => {}
        }
    }
    Ok(AvifFile {
        color,
        alpha: alpha_id.map(|id| Coded::read(&meta, bytes, id)).transpose()?,
        premultiplied: alpha_id.is_some_and(|alpha| {
            meta.references.iter().any(|reference| {
                &reference.kind == b"prem" && reference.from == primary && reference.to == alpha
            })
        }),
        size,
        aperture,
        orientation: meta.orientation(primary),
        cicp,
        icc,
        exif,
        xmp,
    })
}

pub(super) fn corrupt(message: &str) -> OptimizationError {
    OptimizationError::corrupt(Format::Avif, message)
}

pub(super) fn be_u16(bytes: &[u8], offset: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(offset..offset.checked_add(2)?)?.try_into().ok()?))
}

pub(super) fn be_u32(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(offset..offset.checked_add(4)?)?.try_into().ok()?))
}

/// An unsigned big-endian number of 0, 1, 2, 4 or 8 bytes.
pub(super) fn be_uint(bytes: &[u8], offset: &mut usize, size: usize) -> Option<u64> {
    let field = bytes.get(*offset..offset.checked_add(size)?)?;
    *offset += size;
    Some(field.iter().fold(0, |value, &byte| value << 8 | u64::from(byte)))
}

/// An item's entry.
pub(super) struct Item {
    pub(super) id: u32,
    pub(super) kind: [u8; 4],
    pub(super) content_type: Vec<u8>,
}

/// One item's reference to another.
pub(super) struct Reference {
    kind: [u8; 4],
    pub(super) from: u32,
    pub(super) to: u32,
}

/// Where an item's data is.
pub(super) struct Location {
    pub(super) id: u32,
    pub(super) in_idat: bool,
    /// Whether offsets count from another item's data, which is not followed.
    pub(super) in_item: bool,
    /// Offset and length; a length of 0 reaches to the end of the file.
    extents: Vec<(u64, u64)>,
}

/// The `meta` box, taken apart.
pub(super) struct Meta<'a> {
    pub(super) primary: u32,
    pub(super) items: Vec<Item>,
    pub(super) references: Vec<Reference>,
    pub(super) locations: Vec<Location>,
    /// Property boxes in file order: type and content.
    pub(super) properties: Vec<([u8; 4], &'a [u8])>,
    /// Item and index into `properties`.
    pub(super) associations: Vec<(u32, usize)>,
    idat: &'a [u8],
}

/// Boxes of one level: type and content. Stops at the first box that does not fit.
pub(super) fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let size = be_u32(bytes, 0)? as usize;
        let kind: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
        let (header, size) = match size {
            0 => (8, bytes.len()),
            1 => {
                let mut offset = 8;
                (16, usize::try_from(be_uint(bytes, &mut offset, 8)?).ok()?)
            }
            size => (8, size),
        };
        let content = bytes.get(header..size)?;
        bytes = bytes.get(size..)?;
        Some((kind, content))
    })
}

impl<'a> Meta<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let meta = boxes(bytes)
            .find_map(|(kind, content)| (&kind == b"meta").then_some(content))
            .and_then(|meta| meta.get(4..))
            .ok_or_else(|| corrupt("there is no complete meta box"))?;
        let mut parsed = Self {
            primary: 0,
            items: Vec::new(),
            references: Vec::new(),
            locations: Vec::new(),
            properties: Vec::new(),
            associations: Vec::new(),
            idat: &[],
        };
        let mut has_primary = false;
        for (kind, content) in boxes(meta) {
            let complete = match &kind {
                b"pitm" => {
                    let id = if content.first() == Some(&0) {
                        be_u16(content, 4).map(u32::from)
                    } else {
                        be_u32(content, 4)
                    };
                    has_primary = id.is_some();
                    id.map(|id| parsed.primary = id)
                }
                b"iinf" => parsed.parse_items(content),
                b"iref" => parsed.parse_references(content),
                b"iloc" => parsed.parse_locations(content),
                b"iprp" => parsed.parse_properties(content),
                b"idat" => {
                    parsed.idat = content;
                    Some(())
                }
                _ => Some(()),
            };
            if complete.is_none() {
                let kind = String::from_utf8_lossy(&kind).into_owned();
                return Err(corrupt(&format!("the {kind} box is incomplete")));
            }
        }
        if has_primary { Ok(parsed) } else { Err(corrupt("no primary item is named (pitm)")) }
    }

    fn parse_items(&mut self, content: &[u8]) -> Option<()> {
        let entries = if *content.first()? == 0 { content.get(6..)? } else { content.get(8..)? };
        for (kind, entry) in boxes(entries) {
            if &kind != b"infe" {
                continue;
            }
            let (id, rest) = match *entry.first()? {
                2 => (u32::from(be_u16(entry, 4)?), 6),
                3 => (be_u32(entry, 4)?, 8),
                _ => continue,
            };
            // After the id: protection index, type, name, and for `mime` the content type.
            let kind: [u8; 4] = entry.get(rest + 2..rest + 6)?.try_into().ok()?;
            let mut strings = entry.get(rest + 6..)?.split(|&byte| byte == 0);
            let content_type = strings.nth(1).unwrap_or_default().to_vec();
            self.items.push(Item { id, kind, content_type });
        }
        Some(())
    }

    fn parse_references(&mut self, content: &[u8]) -> Option<()> {
        let wide = *content.first()? != 0;
        let id_size = if wide { 4 } else { 2 };
        for (kind, entry) in boxes(content.get(4..)?) {
            let mut offset = 0;
            let from = be_uint(entry, &mut offset, id_size)? as u32;
            let count = be_uint(entry, &mut offset, 2)?;
            for _ in 0..count {
                let to = be_uint(entry, &mut offset, id_size)? as u32;
                self.references.push(Reference { kind, from, to });
            }
        }
        Some(())
    }

    fn parse_locations(&mut self, content: &[u8]) -> Option<()> {
        let version = *content.first()?;
        let sizes = be_u16(content, 4)?;
        let nibble = |shift: u16| usize::from(sizes >> shift & 15);
        let (offset_size, length_size, base_size) = (nibble(12), nibble(8), nibble(4));
        let index_size = if version == 0 { 0 } else { nibble(0) };
        let mut at = 6;
        let id_size = if version < 2 { 2 } else { 4 };
        let count = be_uint(content, &mut at, id_size)?;
        for _ in 0..count {
            let id = be_uint(content, &mut at, id_size)? as u32;
            let method = if version == 0 { 0 } else { be_uint(content, &mut at, 2)? & 15 };
            // data_reference_index: data in other files is never followed.
            be_uint(content, &mut at, 2)?;
            let base = be_uint(content, &mut at, base_size)?;
            let extent_count = be_uint(content, &mut at, 2)?;
            let mut extents = Vec::new();
            for _ in 0..extent_count {
                be_uint(content, &mut at, index_size)?;
                let offset = be_uint(content, &mut at, offset_size)?;
                let length = be_uint(content, &mut at, length_size)?;
                extents.push((base.checked_add(offset)?, length));
            }
            self.locations.push(Location { id, in_idat: method == 1, in_item: method > 1, extents });
        }
        Some(())
    }

    fn parse_properties(&mut self, content: &'a [u8]) -> Option<()> {
        for (kind, content) in boxes(content) {
            match &kind {
                b"ipco" => self.properties = boxes(content).collect(),
                b"ipma" => {
                    let wide_ids = *content.first()? != 0;
                    let wide_index = content.get(3)? & 1 != 0;
                    let mut at = 4;
                    let count = be_uint(content, &mut at, 4)?;
                    for _ in 0..count {
                        let id = be_uint(content, &mut at, if wide_ids { 4 } else { 2 })? as u32;
                        let properties = be_uint(content, &mut at, 1)?;
                        for _ in 0..properties {
                            let index = if wide_index {
                                be_uint(content, &mut at, 2)? & 0x7fff
                            } else {
                                be_uint(content, &mut at, 1)? & 0x7f
                            };
                            // Indices count from 1; 0 means none.
                            if let Some(index) = (index as usize).checked_sub(1) {
                                self.associations.push((id, index));
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        Some(())
    }

    pub(super) fn item(&self, id: u32) -> Option<&Item> {
        self.items.iter().find(|item| item.id == id)
    }

    fn properties(&self, id: u32, kind: [u8; 4]) -> impl Iterator<Item = &'a [u8]> {
        self.associations
            .iter()
            .filter(move |(item, _)| *item == id)
            .filter_map(|&(_, index)| self.properties.get(index))
            .filter(move |(property, _)| *property == kind)
            .map(|&(_, content)| content)
    }

    fn property(&self, id: u32, kind: [u8; 4]) -> Option<&'a [u8]> {
        self.properties(id, kind).next()
    }

    /// The images that an image is made of, in order.
    pub(super) fn derived_from(&self, id: u32) -> impl Iterator<Item = u32> {
        let from_it = move |reference: &&Reference| &reference.kind == b"dimg" && reference.from == id;
        self.references.iter().filter(from_it).map(|reference| reference.to)
    }

    /// The first item that is the alpha plane of such an image.
    fn alpha_of(&self, of: impl Fn(u32) -> bool) -> Option<u32> {
        let is_alpha = |aux: &[u8]| {
            let name = aux.get(4..).unwrap_or_default();
            name.starts_with(b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha")
                || name.starts_with(b"urn:mpeg:hevc:2015:auxid:1")
        };
        let auxiliary =
            self.references.iter().filter(|reference| &reference.kind == b"auxl" && of(reference.to));
        auxiliary
            .map(|reference| reference.from)
            .find(|&from| self.property(from, *b"auxC").is_some_and(is_alpha))
    }

    pub(super) fn size(&self, id: u32) -> Option<(u32, u32)> {
        let ispe = self.property(id, *b"ispe")?;
        Some((be_u32(ispe, 4)?, be_u32(ispe, 8)?))
    }

    fn orientation(&self, id: u32) -> Orientation {
        let first = |kind| self.property(id, kind).and_then(|content| content.first().copied());
        Orientation::from_irot_imir(first(*b"irot").unwrap_or(0) & 3, first(*b"imir").map(|axis| axis & 1))
    }

    pub(super) fn data(&self, bytes: &[u8], id: u32) -> Result<Vec<u8>> {
        let location = self
            .locations
            .iter()
            .find(|location| location.id == id)
            .ok_or_else(|| corrupt("an item has no location (iloc)"))?;
        let source = if location.in_idat { self.idat } else { bytes };
        let mut data = Vec::new();
        for &(offset, length) in &location.extents {
            let start = usize::try_from(offset).ok();
            let end = if length == 0 {
                Some(source.len())
            } else {
                offset.checked_add(length).and_then(|end| usize::try_from(end).ok())
            };
            let extent = start
                .zip(end)
                .and_then(|(start, end)| source.get(start..end))
                .ok_or_else(|| corrupt("coded data reaches beyond the end of the file"))?;
            // Overlapping extents could make a small file huge.
            if data.len() + extent.len() > bytes.len() {
                return Err(corrupt("coded data is listed more than once"));
            }
            data.extend_from_slice(extent);
        }
        Ok(data)
    }
}
