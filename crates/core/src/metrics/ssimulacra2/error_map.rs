//! Which parts of a candidate cost it its score.

use super::blur::TILE;
use super::compare::Tiles;
use super::score;

/// How different each part of a candidate looks, for a heat map.
///
/// Half the size of the image (rounded up): every value stands for 2×2 pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorMap {
    width: u32,
    height: u32,
    values: Vec<f32>,
}

impl ErrorMap {
    /// Wraps values that are of this size by construction.
    pub(crate) fn new(width: u32, height: u32, values: Vec<f32>) -> Self {
        debug_assert_eq!(values.len() as u64, u64::from(width) * u64::from(height));
        Self { width, height, values }
    }

    /// Width, in values: half the image's, rounded up.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Height, in values: half the image's, rounded up.
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// Rows contiguous from top to bottom. Each value is what the score would lose if all of the image looked
    /// as it does here: 0 where nothing changed, 20 where it looks like a score of 80. May exceed 100.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The values, by themselves.
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// Where another map of the same size shows more, that.
    pub(crate) fn raise_to(&mut self, other: &Self) {
        for (value, other) in self.values.iter_mut().zip(&other.values) {
            *value = value.max(*other);
        }
    }

    /// The map with neither edge longer than `longest_edge` (at least 1): squares of values, each averaged. `None`
    /// where it is no longer already.
    pub(crate) fn shrunk(&self, longest_edge: u32) -> Option<Self> {
        let block = self.width.max(self.height).div_ceil(longest_edge.max(1)) as usize;
        if block <= 1 {
            return None;
        }
        let width = (self.width as usize).div_ceil(block);
        let mut values = Vec::new();
        for rows in self.values.chunks(self.width as usize * block) {
            let mut sums = vec![(0.0f32, 0.0f32); width];
            for row in rows.chunks_exact(self.width as usize) {
                for (part, (sum, count)) in row.chunks(block).zip(&mut sums) {
                    *sum += part.iter().sum::<f32>();
                    *count += part.len() as f32;
                }
            }
            values.extend(sums.iter().map(|(sum, count)| sum / count));
        }
        Some(Self { width: width as u32, height: self.height.div_ceil(block as u32), values })
    }
}

/// Weighted errors per pixel of one scale.
pub(super) struct ScaleErrors {
    width: usize,
    height: usize,
    values: Vec<f32>,
}

impl ScaleErrors {
    /// Puts tiles side by side.
    pub(super) fn from_tiles(tiles: &Tiles, width: usize, height: usize) -> Self {
        let mut values = vec![0.0; width * height];
        for (y, row) in values.chunks_exact_mut(width).enumerate() {
            for (tile, part) in row.chunks_mut(TILE).enumerate() {
                part.copy_from_slice(&tiles[tile * height + y][..part.len()]);
            }
        }
        Self { width, height, values }
    }
}

/// Joins the scales, full size first, into one map for an image of `width` × `height` pixels.
pub(super) fn join(scales: Vec<ScaleErrors>, width: u32, height: u32) -> ErrorMap {
    // From the coarsest to half size, each scale is enlarged to the next finer one's size and added to it.
    let mut scales = scales.into_iter();
    let full = scales.next();
    let joined = scales.rev().reduce(|coarse, mut fine| {
        add_enlarged(&coarse, &mut fine);
        fine
    });
    let (out_width, out_height) = (width.div_ceil(2), height.div_ceil(2));
    let mut values = Vec::with_capacity(out_width as usize * out_height as usize);
    for y in 0..out_height as usize {
        for x in 0..out_width as usize {
            // Images that were padded lose the padding here.
            let coarse = joined.as_ref().map_or(0.0, |scale| scale.values[y * scale.width + x]);
            let distance = coarse + full.as_ref().map_or(0.0, |scale| mean_of_four(scale, x, y));
            values.push((100.0 - score::score(f64::from(distance))) as f32);
        }
    }
    ErrorMap::new(out_width, out_height, values)
}

/// Mean of the 2×2 pixels that `x` and `y`, in pixels of half size, stand for.
fn mean_of_four(scale: &ScaleErrors, x: usize, y: usize) -> f32 {
    let columns = [2 * x, (2 * x + 1).min(scale.width - 1)];
    let rows = [2 * y, (2 * y + 1).min(scale.height - 1)];
    let [top, bottom] = rows.map(|row| {
        let [left, right] = columns.map(|column| scale.values[row * scale.width + column]);
        left + right
    });
    (top + bottom) * 0.25
}

/// Adds a scale to the one that is twice its size, interpolating linearly between the centres of its pixels.
fn add_enlarged(coarse: &ScaleErrors, fine: &mut ScaleErrors) {
    let neighbours = |position: usize, len: usize| {
        let near = position / 2;
        let far = if position.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(len - 1) };
        [(near, 0.75), (far, 0.25)]
    };
    for (y, row) in fine.values.chunks_exact_mut(fine.width).enumerate() {
        for (x, value) in row.iter_mut().enumerate() {
            for (row, row_share) in neighbours(y, coarse.height) {
                for (column, column_share) in neighbours(x, coarse.width) {
                    *value += row_share * column_share * coarse.values[row * coarse.width + column];
                }
            }
        }
    }
}
