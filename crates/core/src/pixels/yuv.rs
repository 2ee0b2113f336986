//! Between red, green, blue and the luma and chroma planes of AV1.
//!
//! All arithmetic is plain `f32` multiplication and addition in a fixed order, so native and WebAssembly builds
//! agree to the bit.

use super::{PixelBuffer, Samples};
use rayon::prelude::*;

/// How luma and chroma relate to red, green and blue (ITU-T H.273, 8.3).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Matrix {
    /// The planes are green, blue and red.
    Identity,
    /// Y′ is the weighted sum; chroma are scaled differences to it. The weights of red and blue.
    Luma {
        /// Weight of red.
        red: f32,
        /// Weight of blue.
        blue: f32,
    },
}

impl Matrix {
    /// BT.601: what sRGB images are coded with.
    pub(crate) const BT601: Self = Self::Luma { red: 0.299, blue: 0.114 };

    /// From CICP matrix coefficients; `None` for those that still pictures do not use.
    pub(crate) fn from_cicp(matrix: u8, primaries: u8) -> Option<Self> {
        Some(match matrix {
            0 => Self::Identity,
            1 => Self::Luma { red: 0.2126, blue: 0.0722 },
            // Unspecified is read as BT.601, as libavif does.
            2 | 5 | 6 => Self::BT601,
            4 => Self::Luma { red: 0.30, blue: 0.11 },
            7 => Self::Luma { red: 0.212, blue: 0.087 },
            9 => Self::Luma { red: 0.2627, blue: 0.0593 },
            // Derived from the primaries.
            12 => match primaries {
                1 | 2 => Self::Luma { red: 0.2126, blue: 0.0722 },
                9 => Self::Luma { red: 0.2627, blue: 0.0593 },
                12 => Self::Luma { red: 0.228_97, blue: 0.079_29 },
                _ => return None,
            },
            _ => return None,
        })
    }
}

/// One decoded plane: rows of 8-bit samples, or of 16-bit samples in native byte order.
pub(crate) struct PlaneView<'a> {
    data: &'a [u8],
    stride: usize,
    depth: u8,
}

impl<'a> PlaneView<'a> {
    /// A plane of `depth` (8, 10 or 12) bits whose rows start `stride` bytes apart.
    pub(crate) const fn new(data: &'a [u8], stride: usize, depth: u8) -> Self {
        Self { data, stride, depth }
    }

    /// Row `y` as floats in the plane's own scale; missing samples are 0.
    fn row(&self, y: usize, out: &mut [f32]) {
        let row = self.data.get(y * self.stride..).unwrap_or_default();
        if self.depth == 8 {
            for (out, &sample) in out.iter_mut().zip(row) {
                *out = f32::from(sample);
            }
        } else {
            for (out, pair) in out.iter_mut().zip(row.chunks_exact(2)) {
                *out = f32::from(u16::from_ne_bytes([pair[0], pair[1]]));
            }
        }
    }
}

/// Offset and factor that bring a sample of `depth` bits to 0..1 (luma) or −0.5..0.5 (chroma).
fn range(depth: u8, full: bool, chroma: bool) -> (f32, f32) {
    let unit = (1u32 << (depth - 8)) as f32;
    let max = ((1u32 << depth) - 1) as f32;
    let offset = if chroma {
        128.0 * unit
    } else if full {
        0.0
    } else {
        16.0 * unit
    };
    let span = match (full, chroma) {
        (true, _) => max,
        (false, true) => 224.0 * unit,
        (false, false) => 219.0 * unit,
    };
    (offset, 1.0 / span)
}

/// An output sample type and how 0..1 becomes one.
trait OutputSample: Copy + Default + Send + Sync {
    fn from_unit(value: f32) -> Self;
}

impl OutputSample for u8 {
    fn from_unit(value: f32) -> Self {
        // Float to integer casts saturate; the fraction is cut, hence the half.
        (value * 255.0 + 0.5) as Self
    }
}

impl OutputSample for u16 {
    fn from_unit(value: f32) -> Self {
        (value * 65535.0 + 0.5) as Self
    }
}

/// A single plane as gray samples; deeper than 8 bits become 16.
pub(crate) fn gray(plane: &PlaneView<'_>, (width, height): (u32, u32), full_range: bool) -> Samples {
    fn convert<T: OutputSample>(plane: &PlaneView<'_>, width: usize, height: usize, full: bool) -> Vec<T> {
        let (offset, factor) = range(plane.depth, full, false);
        let mut out = vec![T::default(); width * height];
        out.par_chunks_exact_mut(width).enumerate().for_each(|(y, out)| {
            let mut row = vec![0.0; width];
            plane.row(y, &mut row);
            for (out, luma) in out.iter_mut().zip(&row) {
                *out = T::from_unit((luma - offset) * factor);
            }
        });
        out
    }
    let (width, height) = (width as usize, height as usize);
    if plane.depth == 8 {
        Samples::U8(convert(plane, width, height, full_range))
    } else {
        Samples::U16(convert(plane, width, height, full_range))
    }
}

/// Three planes as interleaved red, green, blue; deeper than 8 bits become 16. `shift` is the chroma
/// subsampling in x and y (0 or 1). Subsampled chroma is interpolated linearly between sample centres.
pub(crate) fn to_rgb(
    planes: &[PlaneView<'_>; 3],
    shift: (u8, u8),
    (width, height): (u32, u32),
    matrix: Matrix,
    full_range: bool,
) -> Samples {
    let size = (width as usize, height as usize);
    if planes[0].depth == 8 {
        Samples::U8(convert_rgb(planes, shift, size, matrix, full_range))
    } else {
        Samples::U16(convert_rgb(planes, shift, size, matrix, full_range))
    }
}

fn convert_rgb<T: OutputSample>(
    planes: &[PlaneView<'_>; 3],
    (shift_x, shift_y): (u8, u8),
    (width, height): (usize, usize),
    matrix: Matrix,
    full: bool,
) -> Vec<T> {
    let depth = planes[0].depth;
    let (luma_offset, luma_factor) = range(depth, full, false);
    // With the identity matrix all planes are coded like luma.
    let (chroma_offset, chroma_factor) = range(depth, full, matrix != Matrix::Identity);
    let chroma_width = (width + usize::from(shift_x)) >> shift_x;
    let chroma_height = (height + usize::from(shift_y)) >> shift_y;
    let mut out = vec![T::default(); width * height * 3];
    out.par_chunks_exact_mut(width * 3).enumerate().for_each(|(y, out)| {
        let mut luma = vec![0.0; width];
        planes[0].row(y, &mut luma);
        let chroma = |plane: &PlaneView<'_>| {
            let mut near = vec![0.0; chroma_width];
            let near_y = y >> shift_y;
            plane.row(near_y, &mut near);
            if shift_y == 1 {
                // Rows lie a quarter of a chroma row from the nearer centre.
                let far_y = if y.is_multiple_of(2) {
                    near_y.saturating_sub(1)
                } else {
                    (near_y + 1).min(chroma_height - 1)
                };
                let mut far = vec![0.0; chroma_width];
                plane.row(far_y, &mut far);
                for (near, far) in near.iter_mut().zip(&far) {
                    *near = *near * 0.75 + far * 0.25;
                }
            }
            near
        };
        let (u, v) = (chroma(&planes[1]), chroma(&planes[2]));
        let at = |row: &[f32], x: usize| {
            let near = x >> shift_x;
            let value = if shift_x == 1 {
                let far = if x.is_multiple_of(2) {
                    near.saturating_sub(1)
                } else {
                    (near + 1).min(chroma_width - 1)
                };
                row[near] * 0.75 + row[far] * 0.25
            } else {
                row[near]
            };
            (value - chroma_offset) * chroma_factor
        };
        for (x, (pixel, luma)) in out.chunks_exact_mut(3).zip(&luma).enumerate() {
            let luma = (luma - luma_offset) * luma_factor;
            let (cb, cr) = (at(&u, x), at(&v, x));
            let [r, g, b] = match matrix {
                Matrix::Identity => [cr, luma, cb],
                Matrix::Luma { red, blue } => {
                    let r = luma + 2.0 * (1.0 - red) * cr;
                    let b = luma + 2.0 * (1.0 - blue) * cb;
                    let g = (luma - red * r - blue * b) / (1.0 - red - blue);
                    [r, g, b]
                }
            };
            pixel[0] = T::from_unit(r);
            pixel[1] = T::from_unit(g);
            pixel[2] = T::from_unit(b);
        }
    });
    out
}

/// The color samples with an alpha sample put behind each pixel. Where the depths differ the deeper wins.
pub(crate) fn with_alpha(color: Samples, count: usize, alpha: Samples) -> Samples {
    fn interleave<T: Copy>(color: &[T], count: usize, alpha: &[T]) -> Vec<T> {
        let mut out = Vec::with_capacity(color.len() + alpha.len());
        for (pixel, &alpha) in color.chunks_exact(count).zip(alpha) {
            out.extend_from_slice(pixel);
            out.push(alpha);
        }
        out
    }
    let deepen = |samples: Vec<u8>| samples.into_iter().map(|v| u16::from(v) * 257).collect::<Vec<_>>();
    match (color, alpha) {
        (Samples::U8(color), Samples::U8(alpha)) => Samples::U8(interleave(&color, count, &alpha)),
        (Samples::U16(color), Samples::U16(alpha)) => Samples::U16(interleave(&color, count, &alpha)),
        (Samples::U8(color), Samples::U16(alpha)) => Samples::U16(interleave(&deepen(color), count, &alpha)),
        (Samples::U16(color), Samples::U8(alpha)) => Samples::U16(interleave(&color, count, &deepen(alpha))),
    }
}

/// Tightly packed full-range planes for an encoder: luma, then two chroma planes (empty for gray).
pub(crate) struct EncoderPlanes {
    /// The planes, in 8 or 10 bits.
    pub(crate) planes: [Samples; 3],
}

/// Full-range planes in 10 bits where `deep`, and from 16-bit samples always; else in 8. Alpha is ignored. `subsample`
/// halves chroma in both directions by averaging 2 × 2 pixels.
pub(crate) fn from_pixels(image: &PixelBuffer, matrix: Matrix, subsample: bool, deep: bool) -> EncoderPlanes {
    match image.samples() {
        Samples::U8(samples) if deep => {
            let planes = split::<u8, u16>(image, samples, matrix, subsample, 255.0, 1023.0);
            EncoderPlanes { planes: planes.map(Samples::U16) }
        }
        Samples::U8(samples) => {
            let planes = split::<u8, u8>(image, samples, matrix, subsample, 255.0, 255.0);
            EncoderPlanes { planes: planes.map(Samples::U8) }
        }
        Samples::U16(samples) => {
            let planes = split::<u16, u16>(image, samples, matrix, subsample, 65535.0, 1023.0);
            EncoderPlanes { planes: planes.map(Samples::U16) }
        }
    }
}

/// One plane of single samples in 10 bits where `deep`, and from 16 bits always; else in 8.
pub(crate) fn plane_for_encoder(samples: Samples, deep: bool) -> Samples {
    match samples {
        Samples::U8(samples) if deep => {
            Samples::U16(samples.into_iter().map(|v| to_10_bits(u16::from(v) * 257)).collect())
        }
        Samples::U8(_) => samples,
        Samples::U16(samples) => Samples::U16(samples.into_iter().map(to_10_bits).collect()),
    }
}

/// 16 bits to 10, rounded.
fn to_10_bits(value: u16) -> u16 {
    ((u32::from(value) * 1023 + 32_767) / 65_535) as u16
}

/// A plane's sample type.
trait PlaneSample: Copy + Default + Send + Sync {
    fn to_float(self) -> f32;
    fn from_float(value: f32) -> Self;
}

impl PlaneSample for u8 {
    fn to_float(self) -> f32 {
        f32::from(self)
    }
    fn from_float(value: f32) -> Self {
        value as Self
    }
}

impl PlaneSample for u16 {
    fn to_float(self) -> f32 {
        f32::from(self)
    }
    fn from_float(value: f32) -> Self {
        value as Self
    }
}

fn split<I: PlaneSample, O: PlaneSample>(
    image: &PixelBuffer,
    samples: &[I],
    matrix: Matrix,
    subsample: bool,
    input_max: f32,
    output_max: f32,
) -> [Vec<O>; 3] {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let channels = image.channels();
    let count = channels.count();
    let to_unit = 1.0 / input_max;
    let quantise = |unit: f32| O::from_float((unit * output_max + 0.5).clamp(0.0, output_max));
    let half = f32::midpoint(output_max, 1.0).floor() / output_max;
    let rgb = |pixel: &[I]| {
        if channels.is_gray() {
            [pixel[0].to_float() * to_unit; 3]
        } else {
            [pixel[0].to_float() * to_unit, pixel[1].to_float() * to_unit, pixel[2].to_float() * to_unit]
        }
    };
    let ycc = |[r, g, b]: [f32; 3]| match matrix {
        Matrix::Identity => [g, b, r],
        Matrix::Luma { red, blue } => {
            let y = red * r + (1.0 - red - blue) * g + blue * b;
            let cb = (b - y) / (2.0 * (1.0 - blue));
            let cr = (r - y) / (2.0 * (1.0 - red));
            [y, cb + half, cr + half]
        }
    };
    let mut luma = vec![O::default(); width * height];
    if channels.is_gray() && matrix != Matrix::Identity {
        luma.par_chunks_exact_mut(width).zip(samples.par_chunks_exact(width * count)).for_each(
            |(luma, row)| {
                for (luma, pixel) in luma.iter_mut().zip(row.chunks_exact(count)) {
                    *luma = quantise(pixel[0].to_float() * to_unit);
                }
            },
        );
        return [luma, Vec::new(), Vec::new()];
    }
    let step = if subsample { 2 } else { 1 };
    let (chroma_width, chroma_height) = (width.div_ceil(step), height.div_ceil(step));
    let mut blue = vec![O::default(); chroma_width * chroma_height];
    let mut red = vec![O::default(); chroma_width * chroma_height];
    luma.par_chunks_mut(width * step)
        .zip(blue.par_chunks_exact_mut(chroma_width))
        .zip(red.par_chunks_exact_mut(chroma_width))
        .zip(samples.par_chunks(width * step * count))
        .for_each(|(((luma, blue), red), rows)| {
            let mut sums = vec![[0.0f32; 3]; chroma_width];
            for (luma, row) in luma.chunks_exact_mut(width).zip(rows.chunks_exact(width * count)) {
                for (x, (luma, pixel)) in luma.iter_mut().zip(row.chunks_exact(count)).enumerate() {
                    let [y, cb, cr] = ycc(rgb(pixel));
                    *luma = quantise(y);
                    let sum = &mut sums[x / step];
                    *sum = [sum[0] + cb, sum[1] + cr, sum[2] + 1.0];
                }
            }
            for ((blue, red), [cb, cr, n]) in blue.iter_mut().zip(red).zip(sums) {
                *blue = quantise(cb / n);
                *red = quantise(cr / n);
            }
        });
    [luma, blue, red]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::Channels;

    fn view(samples: &Samples, width: usize) -> PlaneView<'_> {
        match samples {
            Samples::U8(samples) => PlaneView::new(samples, width, 8),
            Samples::U16(_) => panic!("8 bits expected"),
        }
    }

    fn colours() -> PixelBuffer {
        let samples = (0..8 * 8 * 3).map(|i| (i * 37 % 256) as u8).collect();
        PixelBuffer::new(8, 8, Channels::Rgb, Samples::U8(samples)).unwrap()
    }

    #[test]
    fn full_resolution_round_trips_within_two_steps() {
        let image = colours();
        for (matrix, tolerance) in [(Matrix::BT601, 2), (Matrix::Identity, 0)] {
            let EncoderPlanes { planes } = from_pixels(&image, matrix, false, false);
            let views = [view(&planes[0], 8), view(&planes[1], 8), view(&planes[2], 8)];
            let Samples::U8(back) = to_rgb(&views, (0, 0), (8, 8), matrix, true) else { panic!("depth") };
            let Samples::U8(original) = image.samples() else { panic!("depth") };
            for (a, b) in original.iter().zip(&back) {
                assert!(a.abs_diff(*b) <= tolerance, "{matrix:?}: {a} became {b}");
            }
        }
    }

    #[test]
    fn neutral_colours_have_neutral_chroma_and_survive_subsampling() {
        let image = PixelBuffer::new(5, 3, Channels::Rgb, Samples::U8(vec![200; 45])).unwrap();
        let EncoderPlanes { planes } = from_pixels(&image, Matrix::BT601, true, false);
        assert_eq!(planes[1], Samples::U8(vec![128; 6]));
        assert_eq!(planes[2], Samples::U8(vec![128; 6]));
        let views = [view(&planes[0], 5), view(&planes[1], 3), view(&planes[2], 3)];
        assert_eq!(to_rgb(&views, (1, 1), (5, 3), Matrix::BT601, true), *image.samples());
    }

    #[test]
    fn sixteen_bits_become_ten() {
        assert_eq!((to_10_bits(0), to_10_bits(65_535), to_10_bits(32_768)), (0, 1023, 512));
    }
}
