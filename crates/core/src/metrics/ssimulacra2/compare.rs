//! Where a candidate differs from the reference: the three error maps, summed up as they are made.
//!
//! Nothing but one strip of blurred rows per thread is ever held; see [`super::blur`].

use super::blur::{self, PaddedRow, RADIUS, Ring, TILE, TileRow};
use super::score::KINDS;
use std::ops::Range;

/// Rows of a plane that one task compares. Fixed, because the sums are rounded per task: the same image must
/// get the same score on any number of threads.
pub(super) const STRIP_ROWS: usize = 64;

/// Keeps the structure term finite in flat areas, from SSIM: (0.03)².
const C2: f32 = 0.000_9;

/// Sums are kept in this many lanes, on every platform.
const LANES: usize = 8;

/// One plane of the reference and of the candidate.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlanePair<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    /// The reference.
    pub(super) original: &'a [f32],
    /// The reference, blurred.
    pub(super) original_mean: &'a [f32],
    /// The candidate.
    pub(super) candidate: &'a [f32],
}

/// Where per-pixel errors are added up: rows as long as the plane's, beginning with the first row compared.
pub(super) struct LocalErrors<'a> {
    /// What each kind of error counts.
    pub(super) weights: [f32; KINDS],
    /// One value per pixel.
    pub(super) values: &'a mut [f32],
}

/// Blurs some rows of a plane. `out` begins with the first of them.
pub(super) fn blur_strip(plane: &[f32], width: usize, height: usize, rows: Range<usize>, out: &mut [f32]) {
    let mut rings = [Ring::new()];
    for left in (0..width).step_by(TILE) {
        let count = TILE.min(width - left);
        blur::blur_tile(
            &mut rings,
            rows.clone(),
            height,
            |y, [row]| blur::load(&plane[y * width..][..width], left, row),
            |y, [row]| out[(y - rows.start) * width + left..][..count].copy_from_slice(&row[..count]),
        );
    }
}

/// Sums each kind of error over some rows of a plane, then their fourth powers.
pub(super) fn compare_strip(
    pair: &PlanePair<'_>,
    rows: Range<usize>,
    mut local: Option<LocalErrors<'_>>,
) -> [f64; 2 * KINDS] {
    let mut rings = [Ring::new(), Ring::new(), Ring::new()];
    let mut sums = [[0.0; LANES]; 2 * KINDS];
    let mut errors = [[0.0; TILE]; KINDS];
    for left in (0..pair.width).step_by(TILE) {
        let count = TILE.min(pair.width - left);
        blur::blur_tile(
            &mut rings,
            rows.clone(),
            pair.height,
            |y, planes| pair.read(y, left, planes),
            |y, blurred| {
                pair.errors(y, left, blurred, &mut errors);
                for errors in &mut errors {
                    // Beyond the image the blur still finds its edge.
                    errors[count..].fill(0.0);
                }
                add_up(&errors, &mut sums);
                if let Some(LocalErrors { weights, values }) = &mut local {
                    let values = &mut values[(y - rows.start) * pair.width + left..][..count];
                    for (errors, weight) in errors.iter().zip(weights) {
                        for (value, error) in values.iter_mut().zip(errors) {
                            *value += *weight * error;
                        }
                    }
                }
            },
        );
    }
    sums.map(|lanes| lanes.iter().sum())
}

impl PlanePair<'_> {
    /// What has to be blurred: the difference, its square, and the sum of both squares.
    ///
    /// SSIM is usually written with the means, variances and covariance of both images. The blur is linear, so
    /// these three carry the same, take one plane less, and leave exactly 0 where the images agree.
    #[inline(always)]
    fn read(&self, y: usize, left: usize, [difference, square, energy]: &mut [PaddedRow; 3]) {
        let (mut original, mut candidate) = ([0.0; TILE + 2 * RADIUS], [0.0; TILE + 2 * RADIUS]);
        blur::load(&self.original[y * self.width..][..self.width], left, &mut original);
        blur::load(&self.candidate[y * self.width..][..self.width], left, &mut candidate);
        for x in 0..TILE + 2 * RADIUS {
            let (a, b) = (original[x], candidate[x]);
            difference[x] = a - b;
            square[x] = (a - b) * (a - b);
            energy[x] = a * a + b * b;
        }
    }

    /// The three errors of each pixel, all 0 or more.
    #[inline(always)]
    fn errors(
        &self,
        y: usize,
        left: usize,
        [difference, square, energy]: &[TileRow; 3],
        [structure, artifact, lost]: &mut [TileRow; KINDS],
    ) {
        let original = self.tile_row(self.original, y, left);
        let candidate = self.tile_row(self.candidate, y, left);
        let original_mean = self.tile_row(self.original_mean, y, left);
        for x in 0..TILE {
            let mean = original_mean[x];
            let candidate_mean = mean - difference[x];
            let shift = difference[x] * difference[x];
            // Variance of the difference, and sum of both variances.
            let unlike = square[x] - shift;
            let variance = (energy[x] - (mean * mean + candidate_mean * candidate_mean)) + C2;
            // 1 - (1 - shift)(1 - unlike / variance): SSIM without its dependence on lightness, as an error.
            let error = shift + (1.0 - shift) * (unlike / variance);
            structure[x] = positive(error);

            // How much stronger the candidate departs from its surroundings than the reference does.
            let original_edge = (original[x] - mean).abs();
            let candidate_edge = (candidate[x] - candidate_mean).abs();
            let change = (candidate_edge - original_edge) / (1.0 + original_edge);
            // Edges where there were none: ringing, blocks, bands. Edges that are gone: blur.
            artifact[x] = positive(change);
            lost[x] = positive(-change);
        }
    }

    /// The columns of a tile, 0 beyond the image.
    #[inline(always)]
    fn tile_row(&self, plane: &[f32], y: usize, left: usize) -> TileRow {
        let mut out = [0.0; TILE];
        let row = &plane[y * self.width + left..(y + 1) * self.width];
        if let Some(row) = row.first_chunk() {
            out = *row;
        } else {
            out[..row.len()].copy_from_slice(row);
        }
        out
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
