//! Where a candidate differs from the reference: the three error maps, summed up as they are made.

use super::arithmetic::{fused, positive};
use super::blur::{self, BAND, BLACK, BandColumn, STEP, TILE, TileRow};
use super::score::KINDS;
use planish_ffi::vectorised;
use rayon::prelude::*;

/// Keeps the structure term finite in flat areas, from SSIM: (0.03)².
const C2: f32 = 0.000_9;

/// Sums are kept in this many lanes, on every platform.
const LANES: usize = 8;

/// Sums of each kind of error, then of their fourth powers.
pub(super) type Sums = [f64; 2 * KINDS];

/// A plane cut into tiles of [`TILE`] columns, one below the other: a task works down one of them. Columns
/// beyond the image are black.
pub(super) type Tiles = Vec<TileRow>;

/// Tile rows of a plane.
pub(super) const fn tile_rows(width: usize, height: usize) -> usize {
    width.div_ceil(TILE) * height
}

/// One component of the reference at one scale.
#[derive(Default)]
pub(super) struct ReferencePlane {
    width: usize,
    height: usize,
    /// The component.
    original: Tiles,
    /// Blurred.
    mean: Tiles,
    /// Its square, blurred.
    energy: Tiles,
}

/// A plane, and what is made of it, blurred along the rows and waiting to be blurred down the columns.
///
/// The blur goes along bands of rows first, then down tiles. So that both meet whole pages of memory, each
/// band holds its part of each tile in one piece. Reused from plane to plane.
#[derive(Default)]
pub(super) struct Blurring {
    /// Tiles beside each other.
    tiles: usize,
    sharp: Vec<TileRow>,
    blurred: [Vec<TileRow>; 3],
}

impl Blurring {
    /// Blurs along the rows.
    ///
    /// `products` makes what is to be blurred from a pixel of `plane` and the one in the same place of
    /// `original`, which is asked for by tile and row.
    pub(super) fn across<'a, const P: usize>(
        &mut self,
        (width, height): (usize, usize),
        plane: &[f32],
        original: impl Fn(usize, usize) -> &'a TileRow + Sync,
        products: impl Fn(f32, f32) -> [f32; P] + Sync,
    ) {
        let tiles = width.div_ceil(TILE);
        let len = tiles * height.next_multiple_of(BAND);
        self.tiles = tiles;
        self.sharp.resize(len, BLACK);
        for blurred in &mut self.blurred[..P] {
            blurred.resize(len, BLACK);
        }
        let mut rest = self.blurred.each_mut().map(|blurred| blurred.chunks_mut(tiles * BAND));
        let bands: Vec<(&mut [TileRow], [&mut [TileRow]; P])> = self
            .sharp
            .chunks_mut(tiles * BAND)
            .map(|sharp| (sharp, std::array::from_fn(|plane| rest[plane].next().unwrap_or_default())))
            .collect();
        bands.into_par_iter().enumerate().for_each(|(band, (sharp, mut blurred))| {
            vectorised(
                #[inline(always)]
                || {
                    let top = band * BAND;
                    cut(plane[top * width..].chunks_exact(width).take(BAND), sharp);
                    blur_band(
                        width,
                        sharp,
                        &mut blurred,
                        #[inline(always)]
                        |tile, lane| if top + lane < height { original(tile, top + lane) } else { &BLACK },
                        &products,
                    );
                },
            );
        });
    }

    /// A row of a tile as it was.
    #[inline(always)]
    pub(super) fn sharp(&self, tile: usize, y: usize) -> &TileRow {
        &self.sharp[self.index(tile, y)]
    }

    /// A row of a tile of one of the products, blurred along the row.
    #[inline(always)]
    pub(super) fn blurred(&self, product: usize, tile: usize, y: usize) -> &TileRow {
        &self.blurred[product][self.index(tile, y)]
    }

    /// Where to find a row of a tile.
    #[inline(always)]
    fn index(&self, tile: usize, y: usize) -> usize {
        (y / BAND * self.tiles + tile) * BAND + y % BAND
    }
}

/// Blurs what `products` makes of a band along its rows. `original` gives a tile's row of the band in the other image.
#[inline(always)]
fn blur_band<'a, const P: usize>(
    width: usize,
    sharp: &[TileRow],
    blurred: &mut [&mut [TileRow]; P],
    original: impl Fn(usize, usize) -> &'a TileRow,
    products: &impl Fn(f32, f32) -> [f32; P],
) {
    let tiles = width.div_ceil(TILE);
    blur::blur_across(
        width,
        #[inline(always)]
        |first, columns| {
            let (tile, left) = (first / TILE, first % TILE);
            if tile == tiles {
                columns.as_flattened_mut().fill([0.0; BAND]);
                return;
            }
            let sharp = turned(
                left,
                #[inline(always)]
                |lane| &sharp[tile * BAND + lane],
            );
            let original = turned(
                left,
                #[inline(always)]
                |lane| original(tile, lane),
            );
            for step in 0..STEP {
                for lane in 0..BAND {
                    let products = products(sharp[step][lane], original[step][lane]);
                    for plane in 0..P {
                        columns[plane][step][lane] = products[plane];
                    }
                }
            }
        },
        #[inline(always)]
        |first, columns: &[[BandColumn; STEP]; P]| {
            let (tile, left) = (first / TILE, first % TILE);
            for (blurred, columns) in blurred.iter_mut().zip(columns) {
                for (lane, row) in blurred[tile * BAND..][..BAND].iter_mut().enumerate() {
                    for step in 0..STEP {
                        row[left + step] = columns[step][lane];
                    }
                }
            }
        },
    );
}

/// Cuts at most [`BAND`] rows into tiles; the rest becomes black.
#[inline(always)]
fn cut<'a>(rows: impl Iterator<Item = &'a [f32]>, out: &mut [TileRow]) {
    let mut lanes = 0;
    for (lane, row) in rows.enumerate() {
        for (out, part) in out.iter_mut().skip(lane).step_by(BAND).zip(row.chunks(TILE)) {
            *out = tile_row(part);
        }
        lanes = lane + 1;
    }
    for tile in out.chunks_exact_mut(BAND) {
        tile[lanes..].fill(BLACK);
    }
}

/// Columns of a band from its rows.
#[inline(always)]
fn turned<'a>(left: usize, row: impl Fn(usize) -> &'a TileRow) -> [BandColumn; STEP] {
    let mut out = [[0.0; BAND]; STEP];
    for lane in 0..BAND {
        for (column, value) in out.iter_mut().zip(&row(lane)[left..left + STEP]) {
            column[lane] = *value;
        }
    }
    out
}

/// A row of a tile, black beyond the image.
#[inline(always)]
fn tile_row(row: &[f32]) -> TileRow {
    row.first_chunk().copied().unwrap_or_else(|| {
        let mut out = BLACK;
        out[..row.len()].copy_from_slice(row);
        out
    })
}

impl ReferencePlane {
    /// Blurs what depends on the reference alone.
    pub(super) fn new(width: usize, height: usize, original: &[f32], blurring: &mut Blurring) -> Self {
        blurring.across((width, height), original, |_, _| &BLACK, |a, _| [a, a * a]);
        let mut plane = Self {
            width,
            height,
            original: vec![BLACK; tile_rows(width, height)],
            mean: vec![BLACK; tile_rows(width, height)],
            energy: vec![BLACK; tile_rows(width, height)],
        };
        let tiles = plane.original.par_chunks_mut(height).zip(plane.mean.par_chunks_mut(height));
        tiles.zip(plane.energy.par_chunks_mut(height)).enumerate().for_each(
            |(tile, ((original, mean), energy))| {
                vectorised(
                    #[inline(always)]
                    || {
                        blur::blur_down(
                            height,
                            #[inline(always)]
                            |plane, y| &blurring.blurred[plane][blurring.index(tile, y)],
                            #[inline(always)]
                            |y, blurred: &[TileRow; 2]| {
                                original[y] = blurring.sharp[blurring.index(tile, y)];
                                [mean[y], energy[y]] = *blurred;
                            },
                        );
                    },
                );
            },
        );
        plane
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
        blurring.across(
            (self.width, self.height),
            candidate,
            |tile, y| &self.original[tile * self.height + y],
            |b, a| [b, b * b, a * b],
        );
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
            .map(|(tile, local)| {
                vectorised(
                    #[inline(always)]
                    || self.compare_tile(blurring, tile, local),
                )
            })
            .collect();
        total(parts)
    }

    #[inline(always)]
    fn compare_tile(
        &self,
        blurring: &Blurring,
        tile: usize,
        mut local: Option<(&mut [TileRow], [f32; KINDS])>,
    ) -> Sums {
        let count = TILE.min(self.width - tile * TILE);
        let mut sums = TileSums::default();
        let mut errors = [[0.0; TILE]; KINDS];
        blur::blur_down(
            self.height,
            #[inline(always)]
            |plane, y| blurring.blurred(plane, tile, y),
            #[inline(always)]
            |y, blurred| {
                let at = tile * self.height + y;
                row_errors(
                    &RowPair {
                        original: &self.original[at],
                        mean: &self.mean[at],
                        energy: &self.energy[at],
                        candidate: blurring.sharp(tile, y),
                        blurred,
                    },
                    count,
                    &mut errors,
                );
                sums.add(&errors);
                if let Some((local, weights)) = &mut local {
                    for (errors, weight) in errors.iter().zip(weights) {
                        for (local, error) in local[y].iter_mut().zip(errors) {
                            *local += *weight * error;
                        }
                    }
                }
            },
        );
        sums.total()
    }
}

/// A row of a tile in both images.
pub(super) struct RowPair<'a> {
    /// The reference.
    pub(super) original: &'a TileRow,
    /// The reference, blurred.
    pub(super) mean: &'a TileRow,
    /// The square of the reference, blurred.
    pub(super) energy: &'a TileRow,
    /// The candidate.
    pub(super) candidate: &'a TileRow,
    /// The candidate, its square, and its product with the reference, blurred.
    pub(super) blurred: &'a [TileRow; 3],
}

/// The three kinds of error in a row of which `count` pixels are in the image.
#[inline(always)]
pub(super) fn row_errors(row: &RowPair<'_>, count: usize, errors: &mut [TileRow; KINDS]) {
    let [structure, artifact, lost] = errors;
    structure_errors(row.mean, row.energy, row.blurred, structure);
    edge_errors((row.original, row.mean), (row.candidate, &row.blurred[0]), artifact, lost);
    for errors in errors {
        // Beyond the image the blur still finds its edge.
        errors[count..].fill(0.0);
    }
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
        let same_mean = fused(a - b, b - a, 1.0);
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

/// The sums over a tile, row by row, lane by lane.
#[derive(Default)]
pub(super) struct TileSums([[f64; LANES]; 2 * KINDS]);

impl TileSums {
    /// Adds a row of errors and of their fourth powers.
    ///
    /// Within the row 32 bits are enough; across rows they are not.
    #[inline(always)]
    pub(super) fn add(&mut self, errors: &[TileRow; KINDS]) {
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
                self.0[kind][lane] += f64::from(plain[lane]);
                self.0[KINDS + kind][lane] += f64::from(fourth[lane]);
            }
        }
    }

    /// All lanes together.
    pub(super) fn total(&self) -> Sums {
        self.0.map(|lanes| lanes.iter().sum())
    }
}

/// Adds up what tiles found, one after the other: the order decides the last bits.
pub(super) fn total(tiles: impl IntoIterator<Item = Sums>) -> Sums {
    let mut sums = [0.0; 2 * KINDS];
    for tile in tiles {
        for (sum, part) in sums.iter_mut().zip(tile) {
            *sum += part;
        }
    }
    sums
}
