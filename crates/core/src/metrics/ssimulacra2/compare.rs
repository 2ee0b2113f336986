//! Where a candidate differs from the reference: the three error maps, summed up as they are made.

use super::blur::{self, AHEAD, BAND, BandColumn, STEP, TILE, TileRow};
use super::score::KINDS;
use rayon::prelude::*;

/// Keeps the structure term finite in flat areas, from SSIM: (0.03)².
const C2: f32 = 0.000_9;

/// Sums are kept in this many lanes, on every platform.
const LANES: usize = 8;

/// Sums of each kind of error, then of their fourth powers.
pub(super) type Sums = [f64; 2 * KINDS];

/// A plane cut into tiles of [`TILE`] columns, one below the other: a task works down one of them.
pub(super) type Tiles = Vec<TileRow>;

/// Tile rows of a plane.
pub(super) const fn tile_rows(width: usize, height: usize) -> usize {
    width.div_ceil(TILE) * height
}

/// One component of the reference at one scale.
#[derive(Debug, Clone, Default)]
pub(super) struct ReferencePlane {
    pub(super) width: usize,
    pub(super) height: usize,
    /// The component, rows contiguous.
    pub(super) original: Vec<f32>,
    /// Blurred.
    mean: Tiles,
    /// Its square, blurred.
    energy: Tiles,
}

/// Planes blurred along the rows, waiting to be blurred down the columns. Reused from plane to plane.
#[derive(Debug, Default)]
pub(super) struct Blurring {
    planes: [Vec<f32>; 3],
}

/// Length of a row in [`Blurring`]: whole tiles, and what the blur writes outside on both sides.
const fn stride(width: usize) -> usize {
    width.next_multiple_of(TILE) + STEP
}

impl Blurring {
    /// Blurs along the rows. `products` makes what is to be blurred from one pixel of each source.
    fn across<const P: usize, const S: usize>(
        &mut self,
        width: usize,
        height: usize,
        sources: [&[f32]; S],
        products: impl Fn([f32; S]) -> [f32; P] + Sync,
    ) {
        let stride = stride(width);
        for plane in &mut self.planes[..P] {
            // What is left of the last plane is overwritten, or lies outside and is not looked at.
            plane.resize(plane.len().max(stride * height), 0.0);
        }
        let mut bands: Vec<[&mut [f32]; P]> = Vec::with_capacity(height.div_ceil(BAND));
        let mut rest = self.planes.each_mut().map(|plane| plane[..].chunks_mut(stride * BAND));
        for _ in 0..height.div_ceil(BAND) {
            bands.push(std::array::from_fn(|plane| rest[plane].next().unwrap_or_default()));
        }
        bands.par_iter_mut().enumerate().for_each(|(band, out)| {
            let top = band * BAND;
            let rows = BAND.min(height - top);
            blur::blur_across(
                width,
                |first, columns| {
                    let mut turned = [[[0.0; BAND]; STEP]; S];
                    for (turned, source) in turned.iter_mut().zip(sources) {
                        turn_in(&source[top * width..][..rows * width], width, first, turned);
                    }
                    for step in 0..STEP {
                        for lane in 0..BAND {
                            let pixel = products(std::array::from_fn(|source| turned[source][step][lane]));
                            for plane in 0..P {
                                columns[plane][step][lane] = pixel[plane];
                            }
                        }
                    }
                },
                |first, columns: &[[BandColumn; STEP]; P]| {
                    for (out, columns) in out.iter_mut().zip(columns) {
                        turn_out(columns, stride, rows, first, out);
                    }
                },
            );
        });
    }

    /// A row of a tile.
    #[inline(always)]
    fn row(&self, plane: usize, stride: usize, y: usize, left: usize) -> &TileRow {
        const BLACK: TileRow = [0.0; TILE];
        // Columns were written AHEAD places late. The length is always right; see `stride`.
        self.planes[plane][y * stride + AHEAD + left..].first_chunk().unwrap_or(&BLACK)
    }
}

/// Some columns of a band of rows, black outside.
#[inline(always)]
fn turn_in(rows: &[f32], width: usize, first: usize, out: &mut [BandColumn; STEP]) {
    let inside = STEP.min(width.saturating_sub(first));
    if inside < STEP || rows.len() < BAND * width {
        *out = [[0.0; BAND]; STEP];
        for (lane, row) in rows.chunks_exact(width).enumerate() {
            for step in 0..inside {
                out[step][lane] = row[first + step];
            }
        }
    } else {
        for (lane, row) in rows.chunks_exact(width).enumerate().take(BAND) {
            let row = &row[first..first + STEP];
            for step in 0..STEP {
                out[step][lane] = row[step];
            }
        }
    }
}

/// Columns back to rows.
#[inline(always)]
fn turn_out(columns: &[BandColumn; STEP], stride: usize, rows: usize, first: usize, out: &mut [f32]) {
    for (lane, row) in out.chunks_exact_mut(stride).enumerate().take(rows.min(BAND)) {
        let row = &mut row[first..first + STEP];
        for step in 0..STEP {
            row[step] = columns[step][lane];
        }
    }
}

impl ReferencePlane {
    /// Blurs what depends on the reference alone.
    pub(super) fn new(width: usize, height: usize, original: Vec<f32>, blurring: &mut Blurring) -> Self {
        blurring.across(width, height, [&original], |[a]| [a, a * a]);
        let mut mean = vec![[0.0; TILE]; tile_rows(width, height)];
        let mut energy = mean.clone();
        mean.par_chunks_mut(height).zip(energy.par_chunks_mut(height)).enumerate().for_each(
            |(tile, (mean, energy))| {
                blur::blur_down(
                    height,
                    |plane, y| blurring.row(plane, stride(width), y, tile * TILE),
                    |y, rows: &[TileRow; 2]| (mean[y], energy[y]) = (rows[0], rows[1]),
                );
            },
        );
        Self { width, height, original, mean, energy }
    }

    /// Compares with the same component of the candidate.
    ///
    /// With `local`, adds the errors of every pixel, each kind times its weight.
    pub(super) fn compare(
        &self,
        candidate: &[f32],
        blurring: &mut Blurring,
        local: Option<(&mut Tiles, [f32; KINDS])>,
    ) -> Sums {
        blurring
            .across(self.width, self.height, [&self.original, candidate], |[a, b]| [b, b * b, a * b]);
        let tile_count = self.width.div_ceil(TILE);
        let mut local_tiles: Vec<Option<(&mut [TileRow], [f32; KINDS])>> = match local {
            Some((tiles, weights)) => {
                tiles.chunks_mut(self.height).map(|tile| Some((tile, weights))).collect()
            }
            None => Vec::new(),
        };
        local_tiles.resize_with(tile_count, || None);
        let parts: Vec<Sums> = local_tiles
            .into_par_iter()
            .enumerate()
            .map(|(tile, local)| self.compare_tile(candidate, blurring, tile, local))
            .collect();
        // One after the other: the order decides the last bits.
        let mut sums = [0.0; 2 * KINDS];
        for part in parts {
            for (sum, part) in sums.iter_mut().zip(part) {
                *sum += part;
            }
        }
        sums
    }

    fn compare_tile(
        &self,
        candidate: &[f32],
        blurring: &Blurring,
        tile: usize,
        mut local: Option<(&mut [TileRow], [f32; KINDS])>,
    ) -> Sums {
        let left = tile * TILE;
        let count = TILE.min(self.width - left);
        let mut sums = [[0.0; LANES]; 2 * KINDS];
        let mut errors = [[0.0; TILE]; KINDS];
        blur::blur_down(
            self.height,
            |plane, y| blurring.row(plane, stride(self.width), y, left),
            |y, blurred| {
                let at = tile * self.height + y;
                let row = |plane: &[f32]| tile_row(&plane[y * self.width + left..][..count]);
                structure_errors(&self.mean[at], &self.energy[at], blurred, &mut errors[0]);
                let [_, artifact, lost] = &mut errors;
                edge_errors(
                    (&row(&self.original), &self.mean[at]),
                    (&row(candidate), &blurred[0]),
                    artifact,
                    lost,
                );
                for errors in &mut errors {
                    // Beyond the image the blur still finds its edge.
                    errors[count..].fill(0.0);
                }
                add_up(&errors, &mut sums);
                if let Some((local, weights)) = &mut local {
                    for (errors, weight) in errors.iter().zip(weights) {
                        for (local, error) in local[y].iter_mut().zip(errors) {
                            *local += *weight * error;
                        }
                    }
                }
            },
        );
        sums.map(|lanes| lanes.iter().sum())
    }
}

/// A row of a tile, 0 beyond the image.
#[inline(always)]
fn tile_row(row: &[f32]) -> TileRow {
    row.first_chunk().copied().unwrap_or_else(|| {
        let mut out = [0.0; TILE];
        out[..row.len()].copy_from_slice(row);
        out
    })
}

/// How much of the structure is not the same: 1 - SSIM, without the dependence on lightness.
#[inline(always)]
fn structure_errors(
    mean: &TileRow,
    energy: &TileRow,
    [candidate_mean, candidate_energy, product]: &[TileRow; 3],
    out: &mut TileRow,
) {
    for x in 0..TILE {
        let (a, b) = (mean[x], candidate_mean[x]);
        let same_mean = 1.0 - (a - b) * (a - b);
        let covariance = 2.0 * (product[x] - a * b) + C2;
        let variance = ((energy[x] - a * a) + (candidate_energy[x] - b * b)) + C2;
        out[x] = positive(1.0 - (same_mean * covariance) / variance);
    }
}

/// How much stronger (artifact) or weaker (lost detail) the candidate departs from its surroundings than the
/// reference does. Each image is given with its blurred self.
///
/// Edges where there were none are ringing, blocks, bands; edges that are gone are blur.
#[inline(always)]
fn edge_errors(
    (original, mean): (&TileRow, &TileRow),
    (candidate, candidate_mean): (&TileRow, &TileRow),
    artifact: &mut TileRow,
    lost: &mut TileRow,
) {
    for x in 0..TILE {
        let edge = (original[x] - mean[x]).abs();
        let candidate_edge = (candidate[x] - candidate_mean[x]).abs();
        let change = (candidate_edge - edge) / (1.0 + edge);
        artifact[x] = positive(change);
        lost[x] = positive(-change);
    }
}

/// 0 for negative numbers. `f32::max` also promises something about NaN, which costs a call on wasm.
#[inline(always)]
fn positive(x: f32) -> f32 {
    if x > 0.0 { x } else { 0.0 }
}

/// Adds a row of errors and of their fourth powers to the sums.
///
/// Within the row 32 bits are enough; across rows they are not.
#[inline(always)]
fn add_up(errors: &[TileRow; KINDS], sums: &mut [[f64; LANES]; 2 * KINDS]) {
    for (kind, errors) in errors.iter().enumerate() {
        let (mut plain, mut fourth) = ([0.0_f32; LANES], [0.0_f32; LANES]);
        for errors in errors.chunks_exact(LANES) {
            for lane in 0..LANES {
                let square = errors[lane] * errors[lane];
                plain[lane] += errors[lane];
                fourth[lane] += square * square;
            }
        }
        for lane in 0..LANES {
            sums[kind][lane] += f64::from(plain[lane]);
            sums[KINDS + kind][lane] += f64::from(fourth[lane]);
        }
    }
}
