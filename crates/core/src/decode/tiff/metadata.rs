//! A page's profile, XMP and descriptive fields. TIFF has no EXIF block: its own fields are what EXIF is made of.

use super::layout::{Layout, Photometric};
use crate::container::tiff::{self, Directory, TiffFile, Tree, kind, tag};
use crate::context::Limits;
use crate::metadata::Metadata;

/// Fields that tell about the picture's making; the EXIF standard (2.32, table 3) has them in its first directory.
const DESCRIPTIVE: [u16; 10] = [
    tag::IMAGE_DESCRIPTION,
    tag::MAKE,
    tag::MODEL,
    tag::SOFTWARE,
    tag::DATE_TIME,
    tag::ARTIST,
    tag::HOST_COMPUTER,
    tag::COPYRIGHT,
    tag::EXIF_IFD,
    tag::GPS_IFD,
];
/// Fields that are private too, but for which EXIF has no room.
const PRIVATE: [u16; 2] = [tag::IPTC, tag::PHOTOSHOP];
/// Fields that go along.
const ACCOMPANYING: [u16; 4] = [tag::ORIENTATION, tag::X_RESOLUTION, tag::Y_RESOLUTION, tag::RESOLUTION_UNIT];

/// The metadata, and whether it is all that was there: descriptive fields over the limit are left out.
pub(super) fn read(
    file: &TiffFile<'_>,
    page: &Directory<'_>,
    layout: &Layout<'_>,
    limits: &Limits,
) -> (Metadata, bool) {
    // A CMYK profile has done its work.
    let icc = page.bytes(tag::ICC_PROFILE).filter(|_| layout.photometric != Photometric::Cmyk);
    let within = |data: &&[u8]| data.len() as u64 <= limits.max_metadata_bytes.0;
    let xmp = page.bytes(tag::XMP);
    let (exif, complete) = match exif_block(file, page, limits) {
        Ok(exif) => (exif, true),
        Err(TooLarge) => (None, false),
    };
    let complete = complete && icc.iter().chain(&xmp).all(within);
    let metadata = Metadata {
        icc: icc.filter(within).map(<[u8]>::to_vec),
        exif,
        xmp: xmp.filter(within).map(<[u8]>::to_vec),
        iptc: page.bytes(tag::IPTC).filter(within).map(<[u8]>::to_vec),
    };
    (metadata, complete)
}

struct TooLarge;

/// The descriptive fields as an EXIF block; `None` where there are none.
fn exif_block(
    file: &TiffFile<'_>,
    page: &Directory<'_>,
    limits: &Limits,
) -> Result<Option<Vec<u8>>, TooLarge> {
    let private = page.fields.iter().any(|field| {
        DESCRIPTIVE.contains(&field.tag) && field.data.iter().any(|&byte| byte != 0)
            || PRIVATE.contains(&field.tag)
    });
    if !private {
        return Ok(None);
    }
    let wanted = |tag: u16| DESCRIPTIVE.contains(&tag) || ACCOMPANYING.contains(&tag);
    let mut budget = limits.max_metadata_bytes.0;
    let mut tree = Tree::copy(file, page, wanted, &mut budget).ok_or(TooLarge)?;
    if tree.fields.is_empty() && tree.children.is_empty() {
        tree.set(tag::ORIENTATION, kind::SHORT, file.order.put_u16(1).to_vec());
    }
    tiff::finish(tiff::header(file.order), file.order, &tree).map(Some).ok_or(TooLarge)
}
