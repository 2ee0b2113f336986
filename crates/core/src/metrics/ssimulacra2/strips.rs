//! One comparison in strips from top to bottom, without keeping anything of either image.
//!
//! [`Reference`](super::Reference) holds 43 bytes for every pixel, which pays when small images are compared with it
//! many times. Here both images pass through the metric side by side, a few rows at a time. What goes from one strip
//! to the next is the state of the blur down the columns, a few of its last rows, and the sums: they see every row in
//! the same order as when whole planes are held, so the score has the same bits.

use super::blur::{AHEAD, BLACK, DownBlur, SPAN, TILE, TileRow};
use super::compare::{Blurring, RowPair, Sums, TileSums, row_errors, total};
use super::linear::LinearRows;
use super::pyramid::{self, Layout, STRIP_ROWS};
use super::score::{self, KINDS};
use crate::metrics::image::{MetricError, SrgbImage};
use planish_ffi::vectorised;
use rayon::prelude::*;

/// Strips of [`STRIP_ROWS`] that are in memory together, at most.
const MAX_STRIPS: usize = 8;

/// Rows that are kept from one strip to the next: a power of two, so that wrapping is a mask, and enough for the blur.
const KEPT: usize = 16;

/// What is blurred: the reference, its square, the candidate, its square, their product.
const PRODUCTS: usize = 5;

/// SSIMULACRA2 of two images of one size, as [`Reference::score`](super::Reference::score) has it. Takes about 4 KB
/// for each pixel of width and two threads.
///
/// # Errors
/// [`MetricError::SizeMismatch`] when they are not of one size.
pub(crate) fn score_in_strips(
    reference: &SrgbImage<'_>,
    candidate: &SrgbImage<'_>,
) -> Result<f64, MetricError> {
    let size = |image: &SrgbImage<'_>| (image.width(), image.height());
    if size(reference) != size(candidate) {
        return Err(MetricError::SizeMismatch { reference: size(reference), candidate: size(candidate) });
    }
    let layout = Layout::new(reference.width() as usize, reference.height() as usize);
    // Each strip of each image is converted by one task.
    let strips = rayon::current_num_threads().div_ceil(2).min(MAX_STRIPS);
    let mut sides =
        [reference, candidate].map(|image| (LinearRows::new(*image), layout.allocate_strips(strips)));
    let mut streams: Vec<PlaneStream> = layout
        .scales
        .iter()
        .enumerate()
        .flat_map(|(level, scale)| {
            let measured = (0..3).filter(|&component| scale.measured[component]);
            measured.map(move |component| PlaneStream::new(level, component, scale.width, scale.height))
        })
        .collect();
    let height = layout.scales[0].height;
    for first in (0..height).step_by(strips * STRIP_ROWS) {
        let end = height.min(first + strips * STRIP_ROWS);
        sides
            .par_iter_mut()
            .for_each(|(source, planes)| pyramid::fill_strips(planes, &layout, source, first..end));
        let [(_, reference), (_, candidate)] = &sides;
        streams.par_iter_mut().for_each(|stream| {
            let (level, component) = (stream.level, stream.component);
            stream.advance(&reference[level][component], &candidate[level][component], end);
        });
    }
    let mut distance = 0.0;
    for stream in &streams {
        let weights = score::weights(stream.component, stream.level, layout.scale_count);
        distance += score::plane_distance(weights, &stream.sums(), stream.width * stream.height);
    }
    Ok(score::score(distance))
}

/// One component at one scale.
struct PlaneStream {
    level: usize,
    component: usize,
    width: usize,
    height: usize,
    /// Rows that have gone through.
    seen: usize,
    reference: Blurring,
    candidate: Blurring,
    tiles: Vec<TileStream>,
}

impl PlaneStream {
    fn new(level: usize, component: usize, width: usize, height: usize) -> Self {
        let tiles = (0..width.div_ceil(TILE)).map(|_| TileStream::new()).collect();
        let (reference, candidate) = (Blurring::default(), Blurring::default());
        Self { level, component, width, height, seen: 0, reference, candidate, tiles }
    }

    /// Takes in the next rows of both images, up to the one of the full size's row `end`.
    fn advance(&mut self, reference: &[f32], candidate: &[f32], end: usize) {
        let first = self.seen;
        let rows = self.height.min(end.div_ceil(1 << self.level)) - first;
        self.seen += rows;
        let size = (self.width, rows);
        let len = self.width * rows;
        self.reference.across(size, &reference[..len], |_, _| &BLACK, |a, _| [a, a * a]);
        let original = &self.reference;
        self.candidate.across(
            size,
            &candidate[..len],
            |tile, y| original.sharp(tile, y),
            |b, a| [b, b * b, a * b],
        );
        let (width, height) = (self.width, self.height);
        let (reference, candidate) = (&self.reference, &self.candidate);
        self.tiles.par_iter_mut().enumerate().for_each(|(tile, stream)| {
            let count = TILE.min(width - tile * TILE);
            let strip = Strip { reference, candidate, tile, first, rows };
            vectorised(
                #[inline(always)]
                || stream.advance(&strip, count, height),
            );
        });
    }

    fn sums(&self) -> Sums {
        total(self.tiles.iter().map(|tile| tile.sums.total()))
    }
}

/// Rows of one tile of a plane in both images.
struct Strip<'a> {
    reference: &'a Blurring,
    candidate: &'a Blurring,
    tile: usize,
    /// The first of them.
    first: usize,
    rows: usize,
}

impl Strip<'_> {
    /// A row of a product, blurred along the row.
    #[inline(always)]
    fn product(&self, product: usize, y: usize) -> &TileRow {
        let y = y - self.first;
        match product {
            0 | 1 => self.reference.blurred(product, self.tile, y),
            _ => self.candidate.blurred(product - 2, self.tile, y),
        }
    }

    /// A row of the reference (0) or the candidate (1).
    #[inline(always)]
    fn sharp(&self, side: usize, y: usize) -> &TileRow {
        let side = if side == 0 { self.reference } else { self.candidate };
        side.sharp(self.tile, y - self.first)
    }
}

/// What one tile carries from strip to strip.
struct TileStream {
    blur: Box<DownBlur<PRODUCTS>>,
    sums: TileSums,
    /// The last rows of each product.
    products: Vec<[TileRow; KEPT]>,
    /// The last rows of the reference and the candidate.
    sharp: Vec<[TileRow; KEPT]>,
}

impl TileStream {
    fn new() -> Self {
        const { assert!(KEPT >= SPAN && KEPT >= AHEAD && KEPT.is_power_of_two()) }
        Self {
            blur: Box::new(DownBlur::START),
            sums: TileSums::default(),
            products: vec![[BLACK; KEPT]; PRODUCTS],
            sharp: vec![[BLACK; KEPT]; 2],
        }
    }

    /// Takes in the next rows; `count` columns of the tile are in the image, which has `height` rows in all.
    #[inline(always)]
    fn advance(&mut self, strip: &Strip<'_>, count: usize, height: usize) {
        let end = strip.first + strip.rows;
        // Behind the last row the blur goes on until the last centre is out.
        let bottoms = strip.first..if end == height { end + AHEAD } else { end };
        let Self { blur, sums, products, sharp } = self;
        let product = |product: usize, y: usize| {
            if y < strip.first { &products[product][y % KEPT] } else { strip.product(product, y) }
        };
        let sharp_row = |side: usize, y: usize| {
            if y < strip.first { &sharp[side][y % KEPT] } else { strip.sharp(side, y) }
        };
        let mut errors = [BLACK; KINDS];
        for bottom in bottoms {
            let entering =
                std::array::from_fn(|plane| if bottom < end { strip.product(plane, bottom) } else { &BLACK });
            let Some((y, [mean, energy, blurred @ ..])) = blur.enter(entering, product) else { continue };
            let (original, candidate) = (sharp_row(0, y), sharp_row(1, y));
            row_errors(&RowPair { original, mean, energy, candidate, blurred }, count, &mut errors);
            sums.add(&errors);
        }
        for y in strip.first.max(end.saturating_sub(KEPT))..end {
            for (index, kept) in products.iter_mut().enumerate() {
                kept[y % KEPT] = *strip.product(index, y);
            }
            for (side, kept) in sharp.iter_mut().enumerate() {
                kept[y % KEPT] = *strip.sharp(side, y);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Reference;
    use super::super::tests::scene::{noisy, scene};
    use super::*;
    use crate::metrics::image::SrgbPixels;

    #[test]
    fn strips_give_the_same_bits_as_whole_planes() {
        let sizes =
            [(1, 1), (3, 50), (8, 8), (64, 48), (301, 203), (65, 64), (130, 65), (97, 257), (40, 1100)];
        for (width, height) in sizes {
            let pixels = scene(width, height);
            let candidate = noisy(&pixels, 9);
            let image =
                |pixels| SrgbImage::new(width as u32, height as u32, SrgbPixels::Rgb8(pixels)).unwrap();
            let whole = Reference::new(image(&pixels)).score(&image(&candidate)).unwrap();
            for threads in [1, 3, 7] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let strips = pool.install(|| score_in_strips(&image(&pixels), &image(&candidate)).unwrap());
                assert_eq!(strips.to_bits(), whole.to_bits(), "{width}×{height} on {threads} threads");
            }
        }
    }

    #[test]
    fn images_of_two_sizes_are_refused() {
        let samples = [0; 72];
        let image = |width, height| SrgbImage::new(width, height, SrgbPixels::Rgb8(&samples)).unwrap();
        assert_eq!(
            score_in_strips(&image(4, 6), &image(6, 4)),
            Err(MetricError::SizeMismatch { reference: (4, 6), candidate: (6, 4) })
        );
    }
}
