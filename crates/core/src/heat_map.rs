//! A picture of where two images differ.
//!
//! Black is no difference; from there the colours grow lighter by equal steps to the eye, through violet, red and
//! orange to pale yellow: more heat is always lighter, for people who see no red or green, too, and on paper. Colours
//! stand for amounts, the same in every heat map: see [`FULL_HEAT`].

use crate::metrics::ErrorMap;
use crate::picture::Picture;

/// The loss of score, in points of SSIMULACRA2, that is shown in the lightest colour; more looks the same. 60 points
/// off would be a score of 40, which nobody takes for the original.
pub const FULL_HEAT: f32 = 60.0;

/// Colours of a heat map.
const STEPS: usize = 256;

/// Lightness, and the two axes of colour, in Oklab (Björn Ottosson, 2020), evenly spaced from cold to hot.
const STOPS: [[f64; 3]; 5] = [
    [0.0, 0.0, 0.0],
    [0.245, 0.060, -0.104],
    [0.49, 0.170, 0.062],
    [0.735, 0.080, 0.140],
    [0.98, -0.015, 0.055],
];

/// The colours from no difference to [`FULL_HEAT`] and beyond, evenly spaced: red, green, blue in sRGB. For a legend.
pub fn heat_colors() -> Vec<[u8; 3]> {
    (0..STEPS).map(|step| color(step as f64 / (STEPS - 1) as f64)).collect()
}

/// The map as an opaque picture of no more than `longest_edge` pixels a side (at least 1); a larger map is averaged.
pub(crate) fn heat_map(map: &ErrorMap, longest_edge: u32) -> Picture {
    let shrunk = map.shrunk(longest_edge);
    let map = shrunk.as_ref().unwrap_or(map);
    let colors = heat_colors();
    let mut rgba = Vec::with_capacity(map.values().len() * 4);
    for &loss in map.values() {
        let step = (loss / FULL_HEAT).clamp(0.0, 1.0) * (STEPS - 1) as f32 + 0.5;
        let [red, green, blue] = colors[step as usize];
        rgba.extend_from_slice(&[red, green, blue, 255]);
    }
    Picture::new(map.width(), map.height(), rgba)
}

/// The colour at `heat`, 0 to 1.
fn color(heat: f64) -> [u8; 3] {
    let position = heat * (STOPS.len() - 1) as f64;
    let index = (position as usize).min(STOPS.len() - 2);
    let part = position - index as f64;
    let (from, to) = (STOPS[index], STOPS[index + 1]);
    srgb_from_oklab(std::array::from_fn(|axis| from[axis] + (to[axis] - from[axis]) * part))
}

fn srgb_from_oklab([lightness, a, b]: [f64; 3]) -> [u8; 3] {
    let cones = [
        lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b,
        lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b,
        lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b,
    ];
    let [long, medium, short] = cones.map(|cone| cone * cone * cone);
    [
        4.076_741_662_1 * long - 3.307_711_591_3 * medium + 0.230_969_929_2 * short,
        -1.268_438_004_6 * long + 2.609_757_401_1 * medium - 0.341_319_396_5 * short,
        -0.004_196_086_3 * long - 0.703_418_614_7 * medium + 1.707_614_701_0 * short,
    ]
    .map(|light| {
        let light = light.clamp(0.0, 1.0);
        let coded =
            if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * libm::pow(light, 1.0 / 2.4) - 0.055 };
        (coded * 255.0 + 0.5) as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hotter_is_lighter_from_black_to_nearly_white() {
        let luminance = |[red, green, blue]: [u8; 3]| {
            let linear = |v: u8| (f64::from(v) / 255.0).powf(2.2);
            0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
        };
        let colors = heat_colors();
        assert_eq!((colors.len(), colors[0]), (STEPS, [0, 0, 0]));
        assert!(luminance(colors[STEPS - 1]) > 0.85, "{:?}", colors[STEPS - 1]);
        // Steps are fine: eight of them show.
        for pair in colors.windows(9) {
            assert!(luminance(pair[8]) > luminance(pair[0]), "{pair:?}");
        }
        // In the middle there is colour: red is the hot half, violet the cold one.
        assert!(colors[64][2] > colors[64][1] && colors[128][0] > 2 * colors[128][1], "{colors:?}");
    }

    #[test]
    fn amounts_have_the_same_colour_in_every_map() {
        let colors = heat_colors();
        let map = ErrorMap::new(4, 1, vec![0.0, FULL_HEAT / 2.0, FULL_HEAT, 3.0 * FULL_HEAT]);
        let picture = heat_map(&map, u32::MAX);
        assert_eq!((picture.width(), picture.height()), (4, 1));
        let pixels: Vec<[u8; 3]> = picture.rgba().chunks_exact(4).map(|p| [p[0], p[1], p[2]]).collect();
        assert_eq!(pixels, [colors[0], colors[128], colors[255], colors[255]]);
        let small = heat_map(&map, 1);
        assert_eq!((small.width(), small.height()), (1, 1));
        // 1.125 × full heat on average.
        assert_eq!(small.rgba()[..3], colors[255]);
    }
}
