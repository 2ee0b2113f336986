//! The same coded images in a container without the metadata, or with less of it.
//!
//! Everything that says how the image looks is copied box by box; only items with metadata go, and the places of
//! the data are written anew. A file with boxes, items or properties that are not known here is left alone: they
//! might refer to places in the file, or to what would be gone.

use super::read::{Item, Meta, be_uint, boxes};
use super::write::{put_box, put_full_box};

/// Boxes beside `meta` that may be copied or left out.
const FILE_BOXES: [&[u8; 4]; 7] = [b"ftyp", b"meta", b"mdat", b"free", b"skip", b"wide", b"uuid"];
/// Boxes in `meta`.
const META_BOXES: [&[u8; 4]; 10] =
    [b"hdlr", b"pitm", b"iloc", b"iinf", b"iref", b"iprp", b"idat", b"grpl", b"dinf", b"free"];
/// Items: coded and derived images, metadata.
const ITEMS: [&[u8; 4]; 5] = [b"av01", b"grid", b"tmap", b"Exif", b"mime"];
/// Properties of items.
const PROPERTIES: [&[u8; 4]; 18] = [
    b"ispe", b"pixi", b"av1C", b"colr", b"auxC", b"irot", b"imir", b"pasp", b"clap", b"clli", b"mdcv",
    b"cclv", b"amve", b"ndwt", b"a1op", b"a1lx", b"lsel", b"free",
];

/// Items, and references or properties of them, that a photo has a handful of: work grows with their product.
const MAX_ITEMS: usize = 500;
const MAX_LINKS: usize = 5000;

/// The content type of XMP.
const XMP_TYPE: &[u8] = b"application/rdf+xml";

/// An item of the new file.
struct Kept {
    id: u32,
    data: Vec<u8>,
    in_idat: bool,
}

/// The file with this EXIF (a TIFF stream) and this XMP and no other metadata; `None` where something in it is not
/// known here.
pub(crate) fn rewrite(bytes: &[u8], exif: Option<&[u8]>, xmp: Option<&[u8]>) -> Option<Vec<u8>> {
    let known = |kind: [u8; 4], list: &[&[u8; 4]]| list.contains(&&kind);
    boxes(bytes).all(|(kind, _)| known(kind, &FILE_BOXES)).then_some(())?;
    let ftyp = boxes(bytes).find_map(|(kind, content)| (&kind == b"ftyp").then_some(content))?;
    let meta_content = boxes(bytes).find_map(|(kind, content)| (&kind == b"meta").then_some(content))?;
    let children: Vec<([u8; 4], &[u8])> = boxes(meta_content.get(4..)?).collect();
    children.iter().all(|&(kind, _)| known(kind, &META_BOXES)).then_some(())?;
    let meta = Meta::parse(bytes).ok()?;
    let understood = meta.items.iter().all(|item| known(item.kind, &ITEMS))
        && meta.properties.iter().all(|&(kind, _)| known(kind, &PROPERTIES))
        && meta.locations.iter().all(|location| !location.in_item)
        && meta.items.iter().all(|item| &item.kind != b"mime" || is_xmp(item))
        && meta.items.len().max(meta.locations.len()) <= MAX_ITEMS
        && meta.references.len().max(meta.associations.len()) <= MAX_LINKS;
    understood.then_some(())?;

    let new = NewMetadata::plan(&meta, exif, xmp)?;
    let removed = |id: u32| {
        let is_metadata = meta.item(id).is_some_and(|item| &item.kind == b"Exif" || is_xmp(item));
        is_metadata && !new.items.iter().any(|item| item.id == id)
    };
    // Nothing that stays may lean on what goes.
    let leans = meta.associations.iter().any(|&(id, _)| removed(id))
        || meta.references.iter().any(|reference| removed(reference.to) && !removed(reference.from));
    (!leans).then_some(())?;

    let mut kept = Vec::new();
    let mut total = 0usize;
    for location in &meta.locations {
        if !removed(location.id) && !new.items.iter().any(|item| item.id == location.id) {
            let data = meta.data(bytes, location.id).ok()?;
            // Items that share their data would each get a copy of it.
            total += data.len();
            (total <= bytes.len()).then_some(())?;
            kept.push(Kept { id: location.id, data, in_idat: location.in_idat });
        }
    }
    kept.extend(new.items.iter().map(|item| Kept { id: item.id, data: item.data.clone(), in_idat: false }));

    let write_meta = |data_start: u32| {
        let mut out = Vec::new();
        put_box(&mut out, *b"meta", |out| {
            out.extend_from_slice(&meta_content[..4]);
            for &(kind, content) in &children {
                match &kind {
                    b"iloc" => put_locations(out, &kept, data_start),
                    b"iinf" => put_items(out, content, &removed, &new),
                    b"iref" => put_references(out, content, &removed, &new, meta.primary),
                    b"idat" => put_box(out, kind, |out| {
                        kept.iter().filter(|item| item.in_idat).for_each(|item| out.extend(&item.data));
                    }),
                    b"free" => {}
                    _ => put_box(out, kind, |out| out.extend_from_slice(content)),
                }
            }
            if !children.iter().any(|(kind, _)| kind == b"iref") {
                put_references(out, &[0; 4], &removed, &new, meta.primary);
            }
        });
        out
    };
    let mut out = Vec::with_capacity(bytes.len());
    put_box(&mut out, *b"ftyp", |out| out.extend_from_slice(ftyp));
    // The length of meta does not depend on the offsets in it.
    let start = out.len() + write_meta(0).len() + 8;
    out.append(&mut write_meta(u32::try_from(start).ok()?));
    put_box(&mut out, *b"mdat", |out| {
        kept.iter().filter(|item| !item.in_idat).for_each(|item| out.extend(&item.data));
    });
    Some(out)
}

fn is_xmp(item: &Item) -> bool {
    &item.kind == b"mime" && item.content_type.starts_with(XMP_TYPE)
}

/// A metadata item with new data.
struct NewItem {
    id: u32,
    kind: [u8; 4],
    data: Vec<u8>,
    /// Whether the file has no item of this kind to take the place of.
    is_added: bool,
}

/// The metadata of the new file.
struct NewMetadata {
    items: Vec<NewItem>,
}

impl NewMetadata {
    /// Takes the places of the file's own items where it has some; `None` where there is no room for a new one.
    fn plan(meta: &Meta<'_>, exif: Option<&[u8]>, xmp: Option<&[u8]>) -> Option<Self> {
        let mut free = meta.items.iter().map(|item| item.id).max()?;
        let mut items = Vec::new();
        // The offset of the TIFF header within the block comes first (23008-12, A.2.1).
        let exif = exif.map(|exif| (*b"Exif", [&[0; 4], exif].concat()));
        for (kind, data) in exif.into_iter().chain(xmp.map(|xmp| (*b"mime", xmp.to_vec()))) {
            let place = meta.items.iter().find(|item| item.kind == kind).map(|item| item.id);
            let id = if let Some(id) = place {
                id
            } else {
                free = free.checked_add(1).filter(|&id| u16::try_from(id).is_ok())?;
                free
            };
            items.push(NewItem { id, kind, data, is_added: place.is_none() });
        }
        Some(Self { items })
    }

    fn added(&self) -> impl Iterator<Item = &NewItem> {
        self.items.iter().filter(|item| item.is_added)
    }
}

/// The item information box without what goes and with what is new.
fn put_items(out: &mut Vec<u8>, content: &[u8], removed: &impl Fn(u32) -> bool, new: &NewMetadata) {
    let wide = content.first() != Some(&0);
    let entries = content.get(if wide { 8 } else { 6 }..).unwrap_or_default();
    let kept: Vec<([u8; 4], &[u8])> =
        boxes(entries).filter(|&(_, entry)| !entry_id(entry).is_some_and(removed)).collect();
    put_box(out, *b"iinf", |out| {
        out.extend_from_slice(content.get(..4).unwrap_or_default());
        let count = (kept.len() + new.added().count()) as u32;
        let bytes = count.to_be_bytes();
        out.extend_from_slice(if wide { &bytes } else { &bytes[2..] });
        for (kind, entry) in kept {
            put_box(out, kind, |out| out.extend_from_slice(entry));
        }
        for item in new.added() {
            // Hidden (flag 1), not protected, without a name.
            put_full_box(out, *b"infe", 2, 1, |out| {
                out.extend_from_slice(&(item.id as u16).to_be_bytes());
                out.extend_from_slice(&[0, 0]);
                out.extend_from_slice(&item.kind);
                out.push(0);
                if &item.kind == b"mime" {
                    out.extend_from_slice(XMP_TYPE);
                    out.push(0);
                }
            });
        }
    });
}

/// The id in an item's entry, versions 2 and 3.
fn entry_id(entry: &[u8]) -> Option<u32> {
    let width = match entry.first()? {
        2 => 2,
        3 => 4,
        _ => return None,
    };
    be_uint(entry, &mut 4, width).map(|id| id as u32)
}

/// The references without those from what goes and with those of what is new; nothing where none are left.
fn put_references(
    out: &mut Vec<u8>,
    content: &[u8],
    removed: &impl Fn(u32) -> bool,
    new: &NewMetadata,
    primary: u32,
) {
    let width = if content.first() == Some(&0) { 2 } else { 4 };
    let from = |entry: &[u8]| be_uint(entry, &mut 0, width).map(|id| id as u32);
    let kept: Vec<([u8; 4], &[u8])> = boxes(content.get(4..).unwrap_or_default())
        .filter(|&(_, entry)| !from(entry).is_some_and(removed))
        .collect();
    if kept.is_empty() && new.added().next().is_none() {
        return;
    }
    put_box(out, *b"iref", |out| {
        out.extend_from_slice(content.get(..4).unwrap_or_default());
        for (kind, entry) in kept {
            put_box(out, kind, |out| out.extend_from_slice(entry));
        }
        for item in new.added() {
            let id = |id: u32| id.to_be_bytes()[4 - width..].to_vec();
            put_box(out, *b"cdsc", |out| {
                out.extend(id(item.id));
                out.extend_from_slice(&[0, 1]);
                out.extend(id(primary));
            });
        }
    });
}

/// Where each item's data is, one extent each.
fn put_locations(out: &mut Vec<u8>, kept: &[Kept], data_start: u32) {
    let wide = kept.iter().any(|item| item.id > u32::from(u16::MAX));
    let has_idat = kept.iter().any(|item| item.in_idat);
    let version = match (wide, has_idat) {
        (true, _) => 2,
        (false, true) => 1,
        (false, false) => 0,
    };
    put_full_box(out, *b"iloc", version, 0, |out| {
        let number =
            |value: u32| if wide { value.to_be_bytes().to_vec() } else { value.to_be_bytes()[2..].to_vec() };
        // 4-byte offsets and lengths, no base offset, no index.
        out.extend_from_slice(&[0x44, 0x00]);
        out.extend(number(kept.len() as u32));
        let (mut in_file, mut in_idat) = (data_start, 0);
        for item in kept {
            let place = if item.in_idat { &mut in_idat } else { &mut in_file };
            out.extend(number(item.id));
            if version > 0 {
                // The construction method.
                out.extend_from_slice(&[0, u8::from(item.in_idat)]);
            }
            // Data reference, number of extents.
            out.extend_from_slice(&[0, 0, 0, 1]);
            out.extend_from_slice(&place.to_be_bytes());
            out.extend_from_slice(&(item.data.len() as u32).to_be_bytes());
            *place += item.data.len() as u32;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::super::{AvifImage, Cicp, has_gain_map, read, write};
    use super::*;

    /// A sequence header in reduced still-picture form, enough for the container.
    const AV1: &[u8] = &[0x0a, 0x04, 0x18, 0x00, 0x00, 0x00, 1, 2, 3];

    fn file(exif: Option<&[u8]>, xmp: Option<&[u8]>) -> Vec<u8> {
        write(&AvifImage {
            color: AV1,
            alpha: Some(AV1),
            width: 30,
            height: 20,
            bit_depth: 8,
            subsampling: Some((true, true)),
            cicp: Cicp { primaries: 1, transfer: 13, matrix: 6, full_range: true },
            icc: Some(b"profile"),
            exif,
            xmp,
        })
        .unwrap()
    }

    #[test]
    fn metadata_goes_and_the_images_stay() {
        let whole = file(Some(b"MM exif"), Some(b"<xmp/>"));
        let stripped = rewrite(&whole, None, None).unwrap();
        let (before, after) = (read(&whole).unwrap(), read(&stripped).unwrap());
        assert_eq!((before.exif.is_some(), after.exif, after.xmp), (true, None, None));
        assert_eq!((after.color, after.alpha, after.icc), (before.color, before.alpha, before.icc));
        assert!(stripped.len() < whole.len());
        assert!(!stripped.windows(4).any(|window| window == b"Exif" || window == b"mime"));
    }

    #[test]
    fn metadata_is_replaced_and_added() {
        for whole in [file(Some(b"MM long exif"), Some(b"<xmp/>")), file(None, None)] {
            let out = rewrite(&whole, Some(b"MM new"), Some(b"<new/>")).unwrap();
            let read = read(&out).unwrap();
            assert_eq!(read.exif.as_deref(), Some(&b"MM new"[..]));
            assert_eq!(read.xmp.as_deref(), Some(&b"<new/>"[..]));
            assert_eq!(read.color.whole(), Some(AV1));
            assert_eq!(rewrite(&out, Some(b"MM new"), Some(b"<new/>")), Some(out));
        }
    }

    #[test]
    fn a_gain_map_is_noticed_and_stays() {
        let mut whole = file(Some(b"MM exif"), None);
        assert!(!has_gain_map(&whole));
        let at = whole.windows(4).position(|window| window == b"Exif").unwrap();
        whole[at..at + 4].copy_from_slice(b"tmap");
        assert!(has_gain_map(&whole));
        assert!(has_gain_map(&rewrite(&whole, None, None).unwrap()));
    }

    #[test]
    fn what_is_not_known_is_left_alone() {
        let whole = file(Some(b"MM exif"), None);
        for (known, unknown) in
            [(b"pixi", b"pixx"), (b"mdat", b"moov"), (b"ispe", b"iXpe"), (b"auxl", b"auxl")]
        {
            let mut changed = whole.clone();
            let at = changed.windows(4).position(|window| window == known).unwrap();
            changed[at..at + 4].copy_from_slice(unknown);
            assert_eq!(rewrite(&changed, None, None).is_some(), known == unknown);
        }
        for length in 0..whole.len() {
            let _ = rewrite(&whole[..length], None, None);
        }
    }
}
