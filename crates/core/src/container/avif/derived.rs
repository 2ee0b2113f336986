//! Images that are made of others, and parts of images: grids of tiles (23008-12, 6.6.2.3) and the clean aperture
//! (14496-12, 12.1.4).

use super::read::{Meta, be_u16, be_u32, corrupt};
use crate::error::OptimizationError;

/// Tiles times items, places and properties of items: a picture of 100 megapixels in tiles of 256 pixels takes 15 million.
const MAX_LOOKING_UP: usize = 200_000_000;

type Result<T> = std::result::Result<T, OptimizationError>;

/// AV1 data of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Coded {
    /// All of it.
    Whole(Vec<u8>),
    /// In tiles of one size.
    Grid(Grid),
}

/// Tiles side by side; the last column and the last row may reach beyond the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grid {
    /// Width and height of the image.
    pub(crate) size: (u32, u32),
    /// Tiles in a row.
    pub(crate) columns: u32,
    /// Width and height of a tile, as the container says.
    pub(crate) tile: (u32, u32),
    /// Their AV1 data, row by row.
    pub(crate) tiles: Vec<Vec<u8>>,
}

/// A part of an image: column and row of its first pixel, width and height.
pub(crate) type Aperture = (u32, u32, u32, u32);

impl Coded {
    /// The data of an item of the kind `av01` or `grid`.
    pub(super) fn read(meta: &Meta<'_>, bytes: &[u8], id: u32) -> Result<Self> {
        let item = meta.item(id).ok_or_else(|| corrupt("an item is missing"))?;
        match &item.kind {
            b"av01" => Ok(Self::Whole(meta.data(bytes, id)?)),
            b"grid" => Grid::read(meta, bytes, id).map(Self::Grid),
            kind => {
                let kind = String::from_utf8_lossy(kind).into_owned();
                Err(OptimizationError::unsupported("AVIF", format!("images coded as '{kind}'")))
            }
        }
    }

    /// The data, where it is not in tiles.
    pub(crate) fn whole(&self) -> Option<&[u8]> {
        match self {
            Self::Whole(data) => Some(data),
            Self::Grid(_) => None,
        }
    }
}

impl Grid {
    fn read(meta: &Meta<'_>, bytes: &[u8], id: u32) -> Result<Self> {
        let cut = || corrupt("the description of a grid of tiles is cut off");
        let data = meta.data(bytes, id)?;
        let [0, flags, rows, columns] = *data.get(..4).ok_or_else(cut)? else {
            return Err(OptimizationError::unsupported("AVIF", "grids of this version"));
        };
        let size = if flags & 1 == 0 {
            be_u16(&data, 4).zip(be_u16(&data, 6)).map(|(width, height)| (width.into(), height.into()))
        } else {
            be_u32(&data, 4).zip(be_u32(&data, 8))
        };
        let size = size.ok_or_else(cut)?;
        let (columns, rows) = (u32::from(columns) + 1, u32::from(rows) + 1);
        let ids: Vec<u32> = meta.derived_from(id).collect();
        if ids.len() as u64 != u64::from(columns) * u64::from(rows) {
            return Err(corrupt(&format!("{columns} × {rows} tiles expected, {} listed", ids.len())));
        }
        // Each tile is looked up in lists.
        let listed = meta.items.len() + meta.associations.len() + meta.locations.len();
        if ids.len().saturating_mul(listed) > MAX_LOOKING_UP {
            return Err(OptimizationError::unsupported("AVIF", format!("a grid of {} tiles", ids.len())));
        }
        let tile =
            ids.first().and_then(|&id| meta.size(id)).ok_or_else(|| corrupt("a tile has no size (ispe)"))?;
        // As many tiles as it takes and no more: nothing is decoded that is not shown, but for one column and one row.
        let covers = |count: u32, tile: u32, size: u32| {
            let (count, tile, size) = (u64::from(count), u64::from(tile), u64::from(size));
            count * tile >= size && (count - 1) * tile < size
        };
        if !covers(columns, tile.0, size.0) || !covers(rows, tile.1, size.1) {
            return Err(corrupt(&format!(
                "{columns} × {rows} tiles of {tile:?} do not make an image of {size:?}"
            )));
        }
        let mut tiles = Vec::with_capacity(ids.len());
        let mut total = 0;
        for id in ids {
            if meta.item(id).is_none_or(|item| &item.kind != b"av01") || meta.size(id) != Some(tile) {
                return Err(corrupt("the tiles of a grid are of different kinds or sizes"));
            }
            let data = meta.data(bytes, id)?;
            // Tiles that share their data could make a small file huge.
            total += data.len();
            if total > bytes.len() {
                return Err(corrupt("coded data is listed more than once"));
            }
            tiles.push(data);
        }
        Ok(Self { size, columns, tile, tiles })
    }
}

/// The part of an image of this size that a `clap` property leaves. A part that begins within a pixel, which MIAF does not
/// allow (23000-22, 7.3.6.7) and some writers make of odd differences, begins with all of that pixel, as in libheif.
pub(super) fn clean_aperture(clap: &[u8], (width, height): (u32, u32)) -> Result<Aperture> {
    let number = |at: usize| be_u32(clap, at * 4).ok_or_else(|| corrupt("the clean aperture is cut off"));
    let (x, width) = side((number(0)?, number(1)?), (number(4)?, number(5)?), width)?;
    let (y, height) = side((number(2)?, number(3)?), (number(6)?, number(7)?), height)?;
    Ok((x, y, width, height))
}

/// Where a part of a side begins and how long it is. The part's length and the distance of its centre from the side's
/// are fractions; the second may be negative.
fn side(length: (u32, u32), offset: (u32, u32), whole: u32) -> Result<(u32, u32)> {
    let (length, length_unit) = (i128::from(length.0), i128::from(length.1));
    let (offset, offset_unit) = (i128::from(offset.0 as i32), i128::from(offset.1));
    if length_unit == 0 || offset_unit == 0 {
        return Err(corrupt("the clean aperture divides by 0"));
    }
    // The first pixel is at (whole − 1) / 2 + offset − (length − 1) / 2; both halves have the same −1.
    let unit = 2 * length_unit * offset_unit;
    let start =
        i128::from(whole) * length_unit * offset_unit + 2 * offset * length_unit - length * offset_unit;
    if length % length_unit != 0 {
        return Err(OptimizationError::unsupported("AVIF", "cropping (clap) to fractions of pixels"));
    }
    let (start, length) = (start.div_euclid(unit), length / length_unit);
    if start < 0 || length == 0 || start + length > i128::from(whole) {
        return Err(corrupt("the clean aperture lies outside of the image"));
    }
    // Both are within `whole`.
    Ok((start as u32, length as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clap(numbers: [u32; 8]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    }

    #[test]
    fn an_aperture_is_placed_by_its_centre() {
        let middle = clap([4, 1, 2, 1, 0, 1, 0, 1]);
        assert_eq!(clean_aperture(&middle, (10, 8)), Ok((3, 3, 4, 2)));
        // Half a pixel up of a centre between pixels, given in halves and with a sign.
        let odd = clap([6, 2, 3, 1, (-3i32) as u32, 2, 5, 2]);
        assert_eq!(clean_aperture(&odd, (10, 8)), Ok((2, 5, 3, 3)));
        let all = clap([10, 1, 8, 1, 0, 9, 0, 9]);
        assert_eq!(clean_aperture(&all, (10, 8)), Ok((0, 0, 10, 8)));
        let within_a_pixel = clap([3, 1, 2, 1, 0, 1, 0, 1]);
        assert_eq!(clean_aperture(&within_a_pixel, (10, 8)), Ok((3, 3, 3, 2)));
    }

    #[test]
    fn apertures_that_cut_pixels_or_leave_the_image_are_refused() {
        let code = |numbers| clean_aperture(&clap(numbers), (10, 8)).unwrap_err().code();
        assert_eq!(code([7, 2, 2, 1, 0, 1, 0, 1]), "unsupported", "three and a half wide");
        assert_eq!(code([4, 1, 2, 1, 4, 1, 0, 1]), "corrupt", "beyond the right edge");
        assert_eq!(
            code([9, 1, 2, 1, (-1i32) as u32, 1, 0, 1]),
            "corrupt",
            "half a pixel beyond the left edge"
        );
        assert_eq!(code([0, 1, 2, 1, 0, 1, 0, 1]), "corrupt", "nothing");
        assert_eq!(code([4, 0, 2, 1, 0, 1, 0, 1]), "corrupt", "by zero");
        assert_eq!(clean_aperture(&[0; 31], (10, 8)).unwrap_err().code(), "corrupt");
        let most = u32::MAX;
        assert_eq!(code([most - 1, 1, most, 1, most >> 1, 1, most, most]), "corrupt");
    }
}
