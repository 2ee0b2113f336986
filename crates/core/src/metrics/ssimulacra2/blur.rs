//! The metric's Gaussian blur, σ = 1.5 pixels, with black outside of the image.
//!
//! SSIMULACRA2 uses a recursive filter in single precision (Charalampidis 2016, truncated cosines, k = 3,
//! radius 5): three resonators that hear each pixel come in at one end of the window and go out at the other.
//! In exact arithmetic that is a symmetric window of nine pixels, which could be computed in half the time.
//!
//! But the resonators never forget what was rounded, the structure error divides by variances that are tiny in
//! a smooth sky, and so the rounding is a good part of the published scores: with an exact blur, photos with
//! much sky score up to 1.2 more at 80 and up to 6 more above 90. A score is of use when everybody's tools agree
//! on it, so this rounds where the `ssimulacra2` crate rounds. (libjxl unrolls the walk along the row by four,
//! which makes another 0.3 on the same photos above 90, and less than 0.1 below 80.)

use super::arithmetic::fused;

/// Rows blurred together: the filter walks along the row, so vector lanes hold rows.
pub(super) const BAND: usize = 16;

/// Columns blurred together down an image.
pub(super) const TILE: usize = 64;

/// Columns handed over at once when walking along rows.
pub(super) const STEP: usize = 8;

/// One column of a band.
pub(super) type BandColumn = [f32; BAND];

/// One row of a tile.
pub(super) type TileRow = [f32; TILE];

/// A row outside of the image.
pub(super) const BLACK: TileRow = [0.0; TILE];

/// How strongly each resonator hears a pixel, k = 1, 3, 5: equation (33) of the paper.
const GAIN: [f32; 3] = [0.055_295_236, -0.058_836_687, 0.012_955_819];

/// How each resonator swings on, 2 cos(k π / 10). For k = 5 it is 0.
const SWING: [f32; 2] = [1.902_113_1, 1.175_570_5];

/// Pixels from the centre to the one that comes in.
pub(super) const AHEAD: usize = 4;

/// Pixels from the one that comes in to the one that goes out.
pub(super) const SPAN: usize = 10;

/// Three resonators in each of `N` lanes, their last output and the one before.
struct Resonators<const N: usize> {
    last: [[f32; N]; 3],
    before: [[f32; N]; 3],
}

impl<const N: usize> Resonators<N> {
    const SILENT: Self = Self { last: [[0.0; N]; 3], before: [[0.0; N]; 3] };

    /// A step along the row. Rounds like the reference implementation does in this direction.
    #[inline(always)]
    fn step_across(&mut self, leaving: &[f32; N], entering: &[f32; N], out: &mut [f32; N]) {
        let Self { last: [last_1, last_3, last_5], before: [before_1, before_3, before_5] } = self;
        for lane in 0..N {
            let sum = leaving[lane] + entering[lane];
            let wave_1 = fused(SWING[0], last_1[lane], sum * GAIN[0] - before_1[lane]);
            let wave_3 = fused(SWING[1], last_3[lane], sum * GAIN[1] - before_3[lane]);
            let wave_5 = sum * GAIN[2] - before_5[lane];
            (before_1[lane], last_1[lane]) = (last_1[lane], wave_1);
            (before_3[lane], last_3[lane]) = (last_3[lane], wave_3);
            (before_5[lane], last_5[lane]) = (last_5[lane], wave_5);
            out[lane] = (wave_1 + wave_3) + wave_5;
        }
    }

    /// A step down the column. The reference implementation rounds elsewhere in this direction.
    #[inline(always)]
    fn step_down(&mut self, leaving: &[f32; N], entering: &[f32; N], out: &mut [f32; N]) {
        let Self { last: [last_1, last_3, last_5], before: [before_1, before_3, before_5] } = self;
        for lane in 0..N {
            let sum = leaving[lane] + entering[lane];
            let wave_1 = fused(sum, GAIN[0], -fused(last_1[lane], -SWING[0], before_1[lane]));
            let wave_3 = fused(sum, GAIN[1], -fused(last_3[lane], -SWING[1], before_3[lane]));
            let wave_5 = fused(sum, GAIN[2], -before_5[lane]);
            (before_1[lane], last_1[lane]) = (last_1[lane], wave_1);
            (before_3[lane], last_3[lane]) = (last_3[lane], wave_3);
            (before_5[lane], last_5[lane]) = (last_5[lane], wave_5);
            out[lane] = (wave_1 + wave_3) + wave_5;
        }
    }
}

/// Blurs `P` planes along [`BAND`] rows.
///
/// From left to right, `read` is asked to fill in [`STEP`] columns of each plane, beginning with the one it is
/// told; columns outside of the image must be black. `write` gets as many blurred ones.
#[inline(always)]
pub(super) fn blur_across<const P: usize>(
    width: usize,
    mut read: impl FnMut(usize, &mut [[BandColumn; STEP]; P]),
    mut write: impl FnMut(usize, &[[BandColumn; STEP]; P]),
) {
    // What came in and has not gone out yet; a power of two, so that wrapping is a mask.
    const RING: usize = 32;
    const { assert!(SPAN + STEP <= RING && RING.is_multiple_of(STEP) && STEP == 2 * AHEAD) }
    let mut ring = [[[0.0; BAND]; RING]; P];
    let mut resonators = [const { Resonators::SILENT }; P];
    let mut entering = [[[0.0; BAND]; STEP]; P];
    let mut blurred = [[[0.0; BAND]; STEP]; P];
    for first in (0..width + STEP).step_by(STEP) {
        read(first, &mut entering);
        // What comes out is AHEAD columns behind, so a block is complete halfway through the next one.
        for half in 0..2 {
            for plane in 0..P {
                for step in 0..AHEAD {
                    let column = first + half * AHEAD + step;
                    let entering = &entering[plane][half * AHEAD + step];
                    ring[plane][column % RING] = *entering;
                    let leaving = &ring[plane][(column + RING - SPAN) % RING];
                    let out = &mut blurred[plane][(1 - half) * AHEAD + step];
                    resonators[plane].step_across(leaving, entering, out);
                }
            }
            if half == 0 && first > 0 {
                write(first - STEP, &blurred);
            }
        }
    }
}

/// The blur of `P` planes down a tile, fed one row at a time.
pub(super) struct DownBlur<const P: usize> {
    resonators: [Resonators<TILE>; P],
    blurred: [TileRow; P],
    entered: usize,
}

impl<const P: usize> DownBlur<P> {
    /// Before the first row.
    pub(super) const START: Self =
        Self { resonators: [const { Resonators::SILENT }; P], blurred: [BLACK; P], entered: 0 };

    /// Lets the next row in, black ones once the image has ended. `row` gives a row of a plane that has come in
    /// before, at most [`SPAN`] above this one. Gives the row that is complete with this one, [`AHEAD`] above it,
    /// and its number.
    #[inline(always)]
    pub(super) fn enter<'a>(
        &mut self,
        entering: [&TileRow; P],
        row: impl Fn(usize, usize) -> &'a TileRow,
    ) -> Option<(usize, &[TileRow; P])> {
        let bottom = self.entered;
        self.entered += 1;
        for (plane, (resonators, blurred)) in self.resonators.iter_mut().zip(&mut self.blurred).enumerate() {
            let leaving = bottom.checked_sub(SPAN).map_or(&BLACK, |top| row(plane, top));
            resonators.step_down(leaving, entering[plane], blurred);
        }
        bottom.checked_sub(AHEAD).map(|y| (y, &self.blurred))
    }
}

/// Blurs `P` planes down a tile.
///
/// `row` gives a row of a plane; `write` gets all blurred rows from top to bottom.
#[inline(always)]
pub(super) fn blur_down<'a, const P: usize>(
    height: usize,
    row: impl Fn(usize, usize) -> &'a TileRow,
    mut write: impl FnMut(usize, &[TileRow; P]),
) {
    let mut blur = DownBlur::<P>::START;
    for bottom in 0..height + AHEAD {
        let entering = std::array::from_fn(|plane| if bottom < height { row(plane, bottom) } else { &BLACK });
        if let Some((y, blurred)) = blur.enter(entering, &row) {
            write(y, blurred);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The window in exact arithmetic: Σ βₖ cos(k π d / 10) at distance d, with β from equations (50) to (57).
    const WINDOW: [f64; 5] =
        [0.264_621_105_488, 0.212_928_592_010, 0.109_335_372_777, 0.036_011_114_658, 0.009_414_367_810];

    fn windowed(signal: &[f64]) -> Vec<f64> {
        (0..signal.len())
            .map(|centre| {
                (0..signal.len()).filter_map(|at| Some(signal[at] * WINDOW.get(centre.abs_diff(at))?)).sum()
            })
            .collect()
    }

    fn signal(len: usize) -> Vec<f64> {
        (0..len).map(|i| ((i * 37 + 11) % 101) as f64 / 100.0).collect()
    }

    #[test]
    fn rows_are_blurred_by_the_window() {
        for width in [8, 13, 40, 61] {
            let signal = signal(width);
            let mut out = vec![0.0; width.next_multiple_of(STEP)];
            blur_across(
                width,
                |first, [columns]| {
                    for (step, column) in columns.iter_mut().enumerate() {
                        *column = [signal.get(first + step).map_or(0.0, |&value| value as f32); BAND];
                    }
                },
                |first, [columns]| {
                    for (step, column) in columns.iter().enumerate() {
                        assert!(column.iter().all(|value| value.to_bits() == column[0].to_bits()));
                        out[first + step] = f64::from(column[0]);
                    }
                },
            );
            for (out, expected) in out.iter().zip(windowed(&signal)) {
                assert!((out - expected).abs() < 1e-5, "{width}: {out} {expected}");
            }
        }
    }

    #[test]
    fn columns_are_blurred_by_the_window() {
        for height in [1, 5, 8, 47] {
            let signal = signal(height);
            let rows: Vec<TileRow> = signal.iter().map(|&value| [value as f32; TILE]).collect();
            let mut out = Vec::new();
            blur_down(
                height,
                |_, y| &rows[y],
                |y, blurred: &[TileRow; 1]| {
                    assert_eq!(y, out.len());
                    out.push(f64::from(blurred[0][TILE - 1]));
                },
            );
            assert_eq!(out.len(), height);
            for (out, expected) in out.iter().zip(windowed(&signal)) {
                assert!((out - expected).abs() < 1e-5, "{height}: {out} {expected}");
            }
        }
    }
}
