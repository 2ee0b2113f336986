//! CMYK to sRGB: through the image's profile, or by the plain formula where it has none.
//!
//! The profile is asked for the colours of a grid alone, and what lies between is interpolated here in integers:
//! the colour library picks other instructions on other processors, and their last bits differ. On the grid's own
//! points there is nothing to round differently. For JPEGs of 8 bits and TIFFs of up to 16.

use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// Grid points per channel: what the colour library samples CMYK profiles with, too.
const POINTS: usize = 17;
/// Cells per channel.
const CELLS: u32 = POINTS as u32 - 1;
/// How far the four channels' points are apart in the grid.
const STRIDES: [usize; 4] = [POINTS * POINTS * POINTS, POINTS * POINTS, POINTS, 1];

/// A sample of 8 or 16 bits.
pub(super) trait Ink: Copy + Into<u32> {
    /// Full cover, and the most light.
    const FULL: u32;

    /// From a number that is at most [`FULL`](Self::FULL).
    fn from_u32(value: u32) -> Self;
}

impl Ink for u8 {
    const FULL: u32 = 255;

    fn from_u32(value: u32) -> Self {
        value as Self
    }
}

impl Ink for u16 {
    const FULL: u32 = 65_535;

    fn from_u32(value: u32) -> Self {
        value as Self
    }
}

/// Converts inks to sRGB.
pub(super) struct InkConverter {
    /// sRGB in 16 bits at every point of the grid; `None` without a profile that can be used.
    grid: Option<Vec<[u16; 3]>>,
}

impl InkConverter {
    /// Uses a CMYK profile; anything else is passed over.
    pub(super) fn new(icc: Option<&[u8]>) -> Self {
        Self { grid: icc.and_then(grid) }
    }

    /// Whether the profile could be used.
    pub(super) const fn has_profile(&self) -> bool {
        self.grid.is_some()
    }

    /// The pixels as sRGB. Inks are four samples per pixel, 0 for none and the largest value for all of it.
    pub(super) fn to_srgb<T: Ink>(&self, inks: &[T]) -> Vec<T> {
        let pixels = inks.as_chunks::<4>().0.iter().map(|ink| ink.map(Into::into));
        match &self.grid {
            Some(grid) => pixels.flat_map(|ink| interpolated(grid, ink, T::FULL)).map(T::from_u32).collect(),
            None => pixels.flat_map(|ink| plain(ink, T::FULL)).map(T::from_u32).collect(),
        }
    }
}

/// Light that both the ink and black let through: (full − ink) · (full − black) / full. What browsers and most
/// viewers do without a profile.
fn plain([cyan, magenta, yellow, black]: [u32; 4], full: u32) -> [u32; 3] {
    // 65535² + 32767 fits 32 bits.
    [cyan, magenta, yellow].map(|ink| ((full - ink) * (full - black) + full / 2) / full)
}

/// sRGB in 16 bits at every point of the grid; `None` for a profile that cannot be used.
fn grid(icc: &[u8]) -> Option<Vec<[u16; 3]>> {
    let profile = ColorProfile::new_from_slice(icc).ok()?;
    if profile.color_space != DataColorSpace::Cmyk {
        return None;
    }
    // CMYK has the four channels of this layout.
    let transform = profile
        .create_transform_f32(
            Layout::Rgba,
            &ColorProfile::new_srgb(),
            Layout::Rgb,
            TransformOptions::default(),
        )
        .ok()?;
    let steps = || (0..POINTS).map(|step| step as f32 / CELLS as f32);
    let mut inks = Vec::with_capacity(POINTS * STRIDES[0] * 4);
    for cyan in steps() {
        for magenta in steps() {
            for yellow in steps() {
                for black in steps() {
                    inks.extend_from_slice(&[cyan, magenta, yellow, black]);
                }
            }
        }
    }
    let mut colors = vec![0.0f32; inks.len() / 4 * 3];
    transform.transform(&inks, &mut colors).ok()?;
    let to_16_bit = |value: f32| (value.clamp(0.0, 1.0) * 65_535.0 + 0.5) as u16;
    Some(colors.as_chunks().0.iter().map(|color: &[f32; 3]| color.map(to_16_bit)).collect())
}

/// The colour of one pixel: from the corner of its cell to the opposite one, along the channel with the longest
/// way first (simplex interpolation: five points instead of sixteen). Samples run from 0 to `full`, 255 or 65535.
fn interpolated(grid: &[[u16; 3]], ink: [u32; 4], full: u32) -> [u32; 3] {
    let mut at = 0;
    let mut ways = [(0, 0); 4];
    for ((way, ink), stride) in ways.iter_mut().zip(ink).zip(STRIDES) {
        // A channel is as long as its cells, and each of them as `full`.
        let position = ink * CELLS;
        at += (position / full) as usize * stride;
        *way = (position % full, stride);
    }
    // Channels with equal ways: either order gives the same colour; the sort is stable all the same.
    ways.sort_by_key(|&(way, _)| std::cmp::Reverse(way));
    let mut sums = [0u64; 3];
    let mut rest = full;
    for (way, stride) in ways.into_iter().chain([(0, 0)]) {
        let point = grid.get(at).copied().unwrap_or_default();
        for (sum, value) in sums.iter_mut().zip(point) {
            *sum += u64::from(value) * u64::from(rest - way);
        }
        rest = way;
        at += stride;
    }
    // From 0..=65535 × full to 0..=full: the weights sum up to `full`.
    let unit = u64::from(65_535 / full) * u64::from(full);
    sums.map(|sum| ((sum + unit / 2) / unit) as u32)
}

/// Four components as CMYK inks. Adobe stores light instead of ink, so its files are turned over; YCCK is CMY
/// behind the YCbCr of JFIF (ITU-T T.871, 7).
pub(super) fn inks(mut samples: Vec<u8>, is_ycck: bool, is_adobe: bool) -> Vec<u8> {
    if is_ycck {
        for pixel in samples.as_chunks_mut::<4>().0 {
            let [luma, blue, red, black] = *pixel;
            let [r, g, b] = ycc_to_rgb(luma, blue, red);
            *pixel = [255 - r, 255 - g, 255 - b, black];
        }
    }
    if is_adobe {
        for sample in &mut samples {
            *sample = 255 - *sample;
        }
    }
    samples
}

/// Full-range BT.601 in 16-bit fixed point, rounded.
fn ycc_to_rgb(luma: u8, blue: u8, red: u8) -> [u8; 3] {
    const ONE: i32 = 1 << 16;
    let scaled = |factor: f64| (factor * f64::from(ONE) + 0.5) as i32;
    let (luma, blue, red) = (i32::from(luma) * ONE, i32::from(blue) - 128, i32::from(red) - 128);
    [
        luma + scaled(1.402) * red,
        luma - scaled(0.344_136) * blue - scaled(0.714_136) * red,
        luma + scaled(1.772) * blue,
    ]
    .map(|value| ((value + ONE / 2) >> 16).clamp(0, 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_ink_is_white_and_black_ink_is_black() {
        let inks = [[0, 0, 0, 0], [0, 0, 0, 255], [255, 0, 0, 0], [0, 0, 0, 128]].concat();
        let converter = InkConverter::new(None);
        assert_eq!(converter.to_srgb(&inks), [255u8, 255, 255, 0, 0, 0, 0, 255, 255, 127, 127, 127]);
        assert_eq!(converter.to_srgb(&[0, 65_535, 0, 0]), [65_535u16, 0, 65_535]);
        assert!(!converter.has_profile());
    }

    /// A CMYK profile (ICC.1:2022, a lut8 table of two points per channel) that makes every ink gray: lightness falls
    /// with black alone.
    fn gray_profile() -> Vec<u8> {
        let mut table = b"mft1\0\0\0\0\x04\x03\x02\0".to_vec();
        for place in 0..9 {
            // The identity matrix, in 16.16 fixed point.
            table.extend_from_slice(&(if place % 4 == 0 { 1i32 << 16 } else { 0 }).to_be_bytes());
        }
        let identity: Vec<u8> = (0..=255).collect();
        table.extend(identity.repeat(4));
        for corner in 0..16 {
            // Black varies fastest. Lab in 8 bits: 128 is no colour.
            table.extend_from_slice(&[if corner % 2 == 0 { 255 } else { 0 }, 128, 128]);
        }
        table.extend(identity.repeat(3));
        let mut profile = vec![0; 128 + 4 + 12];
        profile[8..12].copy_from_slice(&[2, 0x40, 0, 0]);
        profile[12..24].copy_from_slice(b"prtrCMYKLab ");
        profile[36..40].copy_from_slice(b"acsp");
        // The illuminant D50.
        profile[68..80].copy_from_slice(&[0, 0, 0xf6, 0xd6, 0, 1, 0, 0, 0, 0, 0xd3, 0x2d]);
        profile[131] = 1;
        profile[132..136].copy_from_slice(b"A2B0");
        profile[136..140].copy_from_slice(&144u32.to_be_bytes());
        profile[140..144].copy_from_slice(&(table.len() as u32).to_be_bytes());
        profile.extend(table);
        let length = profile.len() as u32;
        profile[..4].copy_from_slice(&length.to_be_bytes());
        profile
    }

    #[test]
    fn a_profile_decides_what_inks_look_like() {
        let inks = [[0, 0, 0, 0], [255, 0, 0, 0], [0, 0, 0, 128], [77, 9, 200, 255]].concat();
        let converter = InkConverter::new(Some(&gray_profile()));
        assert!(converter.has_profile());
        let rgb: Vec<u8> = converter.to_srgb(&inks);
        // The same at 16 bits, to the rounding.
        let deep: Vec<u16> = inks.iter().map(|&ink: &u8| u16::from(ink) * 257).collect();
        let deep = converter.to_srgb(&deep);
        assert!(rgb.iter().zip(deep).all(|(&rgb, deep)| (u32::from(deep) + 128) / 257 == u32::from(rgb)));
        let [white, cyan, gray, black] = rgb.as_chunks::<3>().0 else { panic!("four pixels") };
        assert!(white.iter().chain(cyan).all(|&v| v >= 250), "{white:?} {cyan:?}");
        // Half of the lightness is sRGB 119.
        assert!(gray.iter().all(|v| v.abs_diff(119) < 6), "{gray:?}");
        assert!(black.iter().all(|&v| v < 6), "{black:?}");
    }

    #[test]
    fn an_unusable_profile_means_the_plain_formula() {
        let rgb_profile = ColorProfile::new_srgb().encode().unwrap();
        assert!(!InkConverter::new(Some(&rgb_profile)).has_profile());
        assert!(!InkConverter::new(Some(b"nothing")).has_profile());
    }

    #[test]
    fn adobe_files_store_light_and_ycck_is_resolved_first() {
        assert_eq!(inks(vec![255, 200, 0, 255], false, true), [0, 55, 255, 0]);
        assert_eq!(inks(vec![1, 2, 3, 4], false, false), [1, 2, 3, 4]);
        // White with no black: luma 255 gives CMY 0, which Adobe's turning over makes full ink.
        assert_eq!(inks(vec![255, 128, 128, 9], true, false), [0, 0, 0, 9]);
        assert_eq!(inks(vec![0, 128, 128, 255], true, true), [0, 0, 0, 0]);
    }

    #[test]
    fn interpolation_meets_grid_points_and_is_linear_between() {
        // A grid that is linear in every channel gives linear colours everywhere.
        let mut grid = Vec::new();
        for c in 0..POINTS {
            for m in 0..POINTS {
                for y in 0..POINTS {
                    for k in 0..POINTS {
                        let value = |ink: usize| ((CELLS as usize - ink) * 65_535 / CELLS as usize) as u16;
                        grid.push([value(c), value(m), value(y / 2 + k / 2)]);
                    }
                }
            }
        }
        for ink in 0..=255u8 {
            for full in [255, 65_535] {
                let ink = u32::from(ink) * (full / 255);
                let [r, g, _] = interpolated(&grid, [ink, full - ink, 0, ink], full);
                let close = |value: u32, expected| value.abs_diff(expected) <= full / 65_535 * 15 + 1;
                assert!(close(r, full - ink) && close(g, ink), "{ink} of {full}: {r} {g}");
            }
        }
        assert_eq!(interpolated(&grid, [0; 4], 255), [255; 3]);
        assert_eq!(interpolated(&grid, [65_535; 4], 65_535)[..2], [0; 2]);
    }
}
