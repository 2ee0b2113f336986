//! An image as XYB planes, at full size and halved again and again in linear light.

use super::linear::{LinearRows, MIN_SIDE};
use super::score::{self, MAX_SCALES};
use super::xyb;
use crate::metrics::image::SrgbImage;
use planish_ffi::vectorised;
use rayon::prelude::*;
use std::ops::Range;

/// Rows of the full size that one task converts. Divisible by 2 for every halving, so that no task needs a
/// row of another one.
pub(super) const STRIP_ROWS: usize = 64;

/// One scale of a pyramid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    /// Width of the planes, in pixels.
    pub(super) width: usize,
    /// Height of the planes, in pixels.
    pub(super) height: usize,
    /// Which of X, Y and B can move the score.
    pub(super) measured: [bool; 3],
}

/// What a pyramid over an image of a certain size consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// Scales from full size down to the last one that has a measured plane.
    pub(super) scales: Vec<Scale>,
    /// Scales the metric defines for this size, which decides the weights.
    pub(super) scale_count: usize,
}

impl Layout {
    /// The layout for an image of this many pixels.
    pub(super) fn new(width: usize, height: usize) -> Self {
        let mut sizes = vec![(width.max(MIN_SIDE), height.max(MIN_SIDE))];
        // As the reference implementation has it, the last scale may be smaller than 8 pixels.
        while let Some(&(width, height)) = sizes.last()
            && sizes.len() < MAX_SCALES
            && width.min(height) >= MIN_SIDE
        {
            sizes.push((width.div_ceil(2), height.div_ceil(2)));
        }
        let scale_count = sizes.len();
        let mut scales: Vec<Scale> = sizes
            .into_iter()
            .enumerate()
            .map(|(scale, (width, height))| {
                let measured = std::array::from_fn(|component| {
                    score::is_measured(score::weights(component, scale, scale_count))
                });
                Scale { width, height, measured }
            })
            .collect();
        while scales.last().is_some_and(|scale| scale.measured == [false; 3]) {
            scales.pop();
        }
        Self { scales, scale_count }
    }

    /// Planes of zeros: for each scale X, Y and B, empty where not measured.
    pub(super) fn allocate(&self) -> Planes {
        self.allocate_strips(self.scales[0].height.div_ceil(STRIP_ROWS))
    }

    /// The same for `strips` times [`STRIP_ROWS`] rows of the image, or for all of it where it has no more.
    pub(super) fn allocate_strips(&self, strips: usize) -> Planes {
        let rows = |(level, scale): (usize, &Scale)| scale.height.min((strips * STRIP_ROWS) >> level);
        self.scales
            .iter()
            .enumerate()
            .map(|(level, scale)| {
                let len = scale.width * rows((level, scale));
                scale.measured.map(|measured| vec![0.0; if measured { len } else { 0 }])
            })
            .collect()
    }
}

/// For each scale the planes X, Y and B, rows contiguous, empty where not measured.
pub(super) type Planes = Vec<[Vec<f32>; 3]>;

/// Converts an image into planes that were allocated for a layout of its size.
pub(super) fn fill(planes: &mut Planes, layout: &Layout, image: SrgbImage<'_>) {
    fill_strips(planes, layout, &LinearRows::new(image), 0..layout.scales[0].height);
}

/// Converts some rows of an image, beginning with a multiple of [`STRIP_ROWS`], into planes that were allocated for
/// at least as many. What the planes hold beyond these rows stays as it is.
pub(super) fn fill_strips(planes: &mut Planes, layout: &Layout, source: &LinearRows<'_>, rows: Range<usize>) {
    let mut strips: Vec<Strip<'_>> = rows
        .step_by(STRIP_ROWS)
        .map(|first_row| Strip { first_row, planes: Vec::with_capacity(layout.scales.len()) })
        .collect();
    for (level, (scale, planes)) in layout.scales.iter().zip(planes).enumerate() {
        let strip_len = (STRIP_ROWS >> level) * scale.width;
        let mut chunks = planes.each_mut().map(|plane| plane.chunks_mut(strip_len));
        for strip in &mut strips {
            strip.planes.push(chunks.each_mut().map(|chunks| chunks.next().unwrap_or_default()));
        }
    }
    strips.par_iter_mut().for_each_init(
        || Scratch::new(layout),
        |scratch, strip| {
            vectorised(
                #[inline(always)]
                || strip.convert(source, layout, scratch),
            );
        },
    );
}

/// The part of all planes that comes from [`STRIP_ROWS`] rows of the image.
struct Strip<'a> {
    first_row: usize,
    planes: Vec<[&'a mut [f32]; 3]>,
}

impl Strip<'_> {
    #[inline(always)]
    fn convert(&mut self, source: &LinearRows<'_>, layout: &Layout, scratch: &mut Scratch) {
        let full = layout.scales[0];
        let mut rows = STRIP_ROWS.min(full.height - self.first_row);
        // The full size is only ever held two rows at a time.
        let Scratch { pair, even, odd } = scratch;
        for row in (0..rows).step_by(2) {
            for (half, row) in (row..rows.min(row + 2)).enumerate() {
                source.read(self.first_row + row, pair.row_mut(half, full.width));
                xyb::convert_row(
                    pair.row(half, full.width),
                    plane_rows(&mut self.planes[0], row, full.width),
                );
            }
            let bottom = usize::from(row + 1 < rows);
            halve(pair, [0, bottom], full.width, even, row / 2);
        }
        let (mut this, mut next) = (even, odd);
        for (level, scale) in layout.scales.iter().enumerate().skip(1) {
            rows = rows.div_ceil(2);
            for row in 0..rows {
                xyb::convert_row(
                    this.row(row, scale.width),
                    plane_rows(&mut self.planes[level], row, scale.width),
                );
            }
            if level + 1 < layout.scales.len() {
                for row in (0..rows).step_by(2) {
                    halve(this, [row, rows.min(row + 2) - 1], scale.width, next, row / 2);
                }
            }
            (this, next) = (next, this);
        }
    }
}

/// One row of each plane, empty where not measured.
#[inline(always)]
fn plane_rows<'a>(planes: &'a mut [&mut [f32]; 3], row: usize, width: usize) -> [&'a mut [f32]; 3] {
    planes.each_mut().map(|plane| plane.get_mut(row * width..(row + 1) * width).unwrap_or_default())
}

/// Averages two rows of pixels two by two into one row of `out`; a last odd column counts twice.
#[inline(always)]
fn halve(from: &LinearBlock, rows: [usize; 2], width: usize, out: &mut LinearBlock, out_row: usize) {
    let [top, bottom] = rows.map(|row| from.row(row, width));
    for ((top, bottom), out) in top.into_iter().zip(bottom).zip(out.row_mut(out_row, width.div_ceil(2))) {
        let pairs = top.chunks_exact(2).zip(bottom.chunks_exact(2));
        for (out, (top, bottom)) in out.iter_mut().zip(pairs) {
            *out = (((top[0] + top[1]) + bottom[0]) + bottom[1]) * 0.25;
        }
        if width % 2 == 1 {
            let (top, bottom) = (top[width - 1], bottom[width - 1]);
            out[width / 2] = (((top + top) + bottom) + bottom) * 0.25;
        }
    }
}

/// Some rows of linear light: red, green and blue in planes of their own.
struct LinearBlock {
    channels: [Vec<f32>; 3],
}

impl LinearBlock {
    fn new(width: usize, rows: usize) -> Self {
        Self { channels: std::array::from_fn(|_| vec![0.0; width * rows]) }
    }

    #[inline(always)]
    fn row(&self, row: usize, width: usize) -> [&[f32]; 3] {
        self.channels.each_ref().map(|channel| &channel[row * width..][..width])
    }

    #[inline(always)]
    fn row_mut(&mut self, row: usize, width: usize) -> [&mut [f32]; 3] {
        self.channels.each_mut().map(|channel| &mut channel[row * width..][..width])
    }
}

/// Linear light of a strip: two rows at full size, and two scales in turn.
struct Scratch {
    pair: LinearBlock,
    even: LinearBlock,
    odd: LinearBlock,
}

impl Scratch {
    fn new(layout: &Layout) -> Self {
        let width = layout.scales[0].width;
        Self {
            pair: LinearBlock::new(width, 2),
            even: LinearBlock::new(width.div_ceil(2), STRIP_ROWS / 2),
            odd: LinearBlock::new(width.div_ceil(4), STRIP_ROWS / 4),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::image::SrgbPixels;

    #[test]
    fn halving_stops_like_the_reference_implementation() {
        let sizes = |width, height| {
            let layout = Layout::new(width, height);
            let sizes: Vec<_> = layout.scales.iter().map(|scale| (scale.width, scale.height)).collect();
            (sizes, layout.scale_count)
        };
        // The sixth scale has no weight worth measuring.
        assert_eq!(sizes(1000, 333).0, [(1000, 333), (500, 167), (250, 84), (125, 42), (63, 21)]);
        assert_eq!(sizes(1000, 333).1, 6);
        assert_eq!(sizes(16, 15).1, 3);
        assert_eq!(sizes(8, 100).1, 2);
        assert_eq!(sizes(1, 1), sizes(8, 8));
    }

    #[test]
    fn a_flat_image_stays_flat_at_every_scale() {
        let (width, height) = (203_u32, 131_u32);
        let samples = [200_u8, 90, 30].repeat(width as usize * height as usize);
        let image = SrgbImage::new(width, height, SrgbPixels::Rgb8(&samples)).unwrap();
        let layout = Layout::new(width as usize, height as usize);
        let mut planes = layout.allocate();
        fill(&mut planes, &layout, image);
        for (scale, planes) in layout.scales.iter().zip(&planes) {
            for (measured, plane) in scale.measured.iter().zip(planes) {
                assert_eq!(plane.len(), if *measured { scale.width * scale.height } else { 0 });
                assert!(plane.iter().all(|value| (value - plane[0]).abs() < 1e-6 && *value > 0.05));
            }
        }
    }
}
