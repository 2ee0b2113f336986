//! The metric's Gaussian blur, σ = 1.5 pixels, with black outside of the image.
//!
//! SSIMULACRA2 is defined with a recursive filter (Charalampidis 2016, truncated cosines, k = 3, radius 5). Its
//! poles and zeros cancel outside of ±4 pixels, so the same filter can be written as nine symmetric taps: as
//! many operations, but no rounding error that travels along the row, and every pixel independent of its
//! neighbours, which is what vector units want.

use std::ops::Range;

/// Pixels the blur reaches in each direction.
pub(super) const RADIUS: usize = 4;

/// Columns processed at once.
pub(super) const TILE: usize = 128;

/// A row of a tile with what the blur reaches on both sides.
pub(super) type PaddedRow = [f32; TILE + 2 * RADIUS];

/// A row of a tile.
pub(super) type TileRow = [f32; TILE];

/// Weight of the centre and of the pixels at distance 1 to 4: Σ βₖ cos(k π d / 10) for k = 1, 3, 5 with
/// β = 0.178939141641, 0.072726144736, 0.012955819111 from equations (50) to (57) of the paper. They sum to 1.
const TAPS: [f32; RADIUS + 1] = [0.264_621_1, 0.212_928_59, 0.109_335_37, 0.036_011_115, 0.009_414_367];

/// Adds up nine neighbours, always in this order.
#[inline(always)]
fn weigh(n: [f32; 2 * RADIUS + 1]) -> f32 {
    (TAPS[4] * (n[0] + n[8]) + TAPS[3] * (n[1] + n[7]))
        + (TAPS[2] * (n[2] + n[6]) + TAPS[1] * (n[3] + n[5]))
        + TAPS[0] * n[4]
}

/// Blurs along a row.
#[inline(always)]
fn blur_across(row: &PaddedRow, out: &mut TileRow) {
    for (x, out) in out.iter_mut().enumerate() {
        *out = weigh([
            row[x],
            row[x + 1],
            row[x + 2],
            row[x + 3],
            row[x + 4],
            row[x + 5],
            row[x + 6],
            row[x + 7],
            row[x + 8],
        ]);
    }
}

/// The last rows of a tile that were blurred along the row, waiting to be blurred along the column.
pub(super) struct Ring {
    rows: [TileRow; Self::LEN],
}

impl Ring {
    /// A power of two that holds 2 × [`RADIUS`] + 1 rows, so that wrapping is a mask.
    const LEN: usize = 16;

    /// Black rows.
    pub(super) const fn new() -> Self {
        Self { rows: [[0.0; TILE]; Self::LEN] }
    }

    #[inline(always)]
    fn row_mut(&mut self, index: usize) -> &mut TileRow {
        &mut self.rows[index % Self::LEN]
    }

    /// Blurs along the columns: rows `first` to `first + 8` into the row in their middle.
    #[inline(always)]
    fn blur_down(&self, first: usize, out: &mut TileRow) {
        let rows: [&TileRow; 2 * RADIUS + 1] = std::array::from_fn(|i| &self.rows[(first + i) % Self::LEN]);
        for (x, out) in out.iter_mut().enumerate() {
            *out = weigh([
                rows[0][x], rows[1][x], rows[2][x], rows[3][x], rows[4][x], rows[5][x], rows[6][x],
                rows[7][x], rows[8][x],
            ]);
        }
    }
}

/// Blurs `N` planes over the given rows of one tile.
///
/// `read` fills in a row of each plane before the blur and is asked for each row once, from top to bottom;
/// `write` gets each blurred row.
#[inline(always)]
pub(super) fn blur_tile<const N: usize>(
    rings: &mut [Ring; N],
    rows: Range<usize>,
    image_height: usize,
    mut read: impl FnMut(usize, &mut [PaddedRow; N]),
    mut write: impl FnMut(usize, &[TileRow; N]),
) {
    let mut sharp = [[0.0; TILE + 2 * RADIUS]; N];
    let mut blurred = [[0.0; TILE]; N];
    for index in 0..rows.len() + 2 * RADIUS {
        // The first rows read lie above the tile.
        let inside = (rows.start + index).checked_sub(RADIUS).filter(|&y| y < image_height);
        if let Some(y) = inside {
            read(y, &mut sharp);
            for (ring, sharp) in rings.iter_mut().zip(&sharp) {
                blur_across(sharp, ring.row_mut(index));
            }
        } else {
            for ring in &mut *rings {
                ring.row_mut(index).fill(0.0);
            }
        }
        if let Some(first) = index.checked_sub(2 * RADIUS) {
            for (ring, blurred) in rings.iter().zip(&mut blurred) {
                ring.blur_down(first, blurred);
            }
            write(rows.start + first, &blurred);
        }
    }
}

/// Copies the columns from `start - RADIUS` on, black where the row has none.
#[inline(always)]
pub(super) fn load(row: &[f32], start: usize, out: &mut PaddedRow) {
    if start >= RADIUS
        && let Some(inside) = row.get(start - RADIUS..start + TILE + RADIUS)
    {
        out.copy_from_slice(inside);
        return;
    }
    out.fill(0.0);
    let from = start.saturating_sub(RADIUS);
    let to = row.len().min(start + TILE + RADIUS);
    out[from + RADIUS - start..to + RADIUS - start].copy_from_slice(&row[from..to]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The filter as the paper and libjxl have it.
    fn recursive(signal: &[f64]) -> Vec<f64> {
        let beta = [0.178_939_141_641_491_33, 0.072_726_144_736_190_2, 0.012_955_819_110_517_089];
        let at = |i: isize| usize::try_from(i).ok().and_then(|i| signal.get(i)).copied().unwrap_or(0.0);
        let mut out = vec![0.0; signal.len()];
        for (k, beta) in [1.0, 3.0, 5.0].into_iter().zip(beta) {
            let omega = k * std::f64::consts::PI / 10.0;
            let (mut previous, mut before) = (0.0, 0.0);
            for n in -4..signal.len() as isize {
                let sum = at(n - 6) + at(n + 4);
                let value = -beta * (6.0 * omega).cos() * sum + 2.0 * omega.cos() * previous - before;
                (before, previous) = (previous, value);
                if let Ok(n) = usize::try_from(n) {
                    out[n] += value;
                }
            }
        }
        out
    }

    #[test]
    fn nine_taps_equal_the_recursive_filter() {
        let signal: Vec<f32> = (0..TILE).map(|i| ((i * 37 + 11) % 101) as f32 / 100.0).collect();
        let expected = recursive(&signal.iter().copied().map(f64::from).collect::<Vec<_>>());
        let (mut row, mut out) = ([0.0; TILE + 2 * RADIUS], [0.0; TILE]);
        load(&signal, 0, &mut row);
        blur_across(&row, &mut out);
        for (out, expected) in out.iter().zip(expected) {
            assert!((f64::from(*out) - expected).abs() < 1e-6, "{out} {expected}");
        }
    }

    #[test]
    fn both_directions_agree_across_tiles_and_strips() {
        let (width, height) = (TILE + 9, 40);
        let plane: Vec<f32> = (0..width * height).map(|i| ((i * 7919) % 257) as f32 / 256.0).collect();
        let blurred = |strip: usize| {
            let mut out = vec![0.0; width * height];
            let mut rings = [Ring::new()];
            for top in (0..height).step_by(strip) {
                for left in (0..width).step_by(TILE) {
                    blur_tile(
                        &mut rings,
                        top..height.min(top + strip),
                        height,
                        |y, [row]| load(&plane[y * width..][..width], left, row),
                        |y, [row]| {
                            let count = TILE.min(width - left);
                            out[y * width + left..][..count].copy_from_slice(&row[..count]);
                        },
                    );
                }
            }
            out
        };
        let whole = blurred(height);
        assert_eq!(whole, blurred(7));
        let column: Vec<f64> = (0..height).map(|y| f64::from(plane[y * width + 130])).collect();
        let down = recursive(&column);
        let across: Vec<f64> = (0..height)
            .map(|y| {
                let row: Vec<f64> = plane[y * width..][..width].iter().copied().map(f64::from).collect();
                recursive(&row)[130]
            })
            .collect();
        let both = recursive(&across);
        assert!(down.iter().zip(&both).any(|(a, b)| (a - b).abs() > 1e-3));
        for (y, both) in both.iter().enumerate() {
            assert!((f64::from(whole[y * width + 130]) - both).abs() < 1e-6);
        }
    }
}
