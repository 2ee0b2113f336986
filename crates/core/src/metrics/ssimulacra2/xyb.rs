//! Linear light to XYB, the colour space of JPEG XL: X is red against green, Y is lightness, B is blue
//! against lightness, each close to how strongly the eye answers.
//!
//! The matrix and bias are those of libjxl (`lib/jxl/cms/opsin_params.h`); the shift of each component into
//! 0–1 is SSIMULACRA2's.

use super::arithmetic::{cube_root, fused};

/// Light that the long, medium and short cones take up from red, green and blue.
const ABSORBANCE: [[f32; 3]; 3] = [
    [0.30, 1.0 - 0.078 - 0.30, 0.078],
    [0.23, 1.0 - 0.078 - 0.23, 0.078],
    [0.243_422_69, 0.204_767_45, 1.0 - 0.243_422_69 - 0.204_767_45],
];

/// Added to each cone's light, so that black has a finite slope.
const BIAS: f32 = 0.003_793_073_4;

/// Cube root of [`BIAS`].
const BIAS_ROOT: f32 = 0.155_954_2;

/// Pixels converted at once: small enough to stay in registers and first-level cache.
const BLOCK: usize = 64;

/// Converts one row.
///
/// `rgb` are the linear channels, 0–1. `planes` are the rows X, Y and B to be written, as long as the input;
/// an empty slice means that this component is not wanted.
#[inline(always)]
pub(super) fn convert_row(rgb: [&[f32]; 3], planes: [&mut [f32]; 3]) {
    let width = rgb[0].len();
    let [x, y, b] = planes;
    let mut start = 0;
    while start < width {
        let end = width.min(start + BLOCK);
        let block = rgb.map(|channel| &channel[start..end]);
        let (mut long, mut medium, mut short) = ([0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
        cone_response(block, ABSORBANCE[0], &mut long);
        cone_response(block, ABSORBANCE[1], &mut medium);
        if !x.is_empty() {
            for ((out, long), medium) in x[start..end].iter_mut().zip(&long).zip(&medium) {
                *out = fused(0.5 * (long - medium), 14.0, 0.42);
            }
        }
        if !y.is_empty() {
            for ((out, long), medium) in y[start..end].iter_mut().zip(&long).zip(&medium) {
                *out = 0.5 * (long + medium) + 0.01;
            }
        }
        if !b.is_empty() {
            cone_response(block, ABSORBANCE[2], &mut short);
            for (((out, long), medium), short) in b[start..end].iter_mut().zip(&long).zip(&medium).zip(&short)
            {
                *out = (short - 0.5 * (long + medium)) + 0.55;
            }
        }
        start = end;
    }
}

/// What one kind of cone answers to each pixel.
#[inline(always)]
fn cone_response([r, g, b]: [&[f32]; 3], absorbance: [f32; 3], out: &mut [f32; BLOCK]) {
    for (((out, r), g), b) in out.iter_mut().zip(r).zip(g).zip(b) {
        let light = fused(absorbance[0], *r, fused(absorbance[1], *g, fused(absorbance[2], *b, BIAS)));
        *out = cube_root(light) - BIAS_ROOT;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bias_takes_its_root_away() {
        assert_eq!(cube_root(BIAS).to_bits(), BIAS_ROOT.to_bits());
    }

    #[test]
    fn grays_have_no_colour() {
        let light: Vec<f32> = (0..130).map(|i| i as f32 / 129.0).collect();
        let (mut x, mut y, mut b) = (vec![0.0; 130], vec![0.0; 130], vec![0.0; 130]);
        convert_row([&light; 3], [&mut x, &mut y, &mut b]);
        assert!(x.iter().all(|x| (x - 0.42).abs() < 1e-5));
        assert!(b.iter().all(|b| (b - 0.55).abs() < 1e-5));
        assert!(y.windows(2).all(|pair| pair[0] < pair[1]));
        assert!((y[0] - 0.01).abs() < 1e-6 && (y[129] - 0.855_308).abs() < 1e-5);
    }

    #[test]
    fn unwanted_components_change_nothing() {
        let rgb = [[0.2; 5], [0.7; 5], [0.4; 5]];
        let rgb = [&rgb[0][..], &rgb[1], &rgb[2]];
        let (mut x, mut y, mut b) = ([0.0; 5], [0.0; 5], [0.0; 5]);
        let mut only_y = [0.0; 5];
        convert_row(rgb, [&mut x, &mut y, &mut b]);
        convert_row(rgb, [&mut [], &mut only_y, &mut []]);
        assert_eq!(y.map(f32::to_bits), only_y.map(f32::to_bits));
    }
}
