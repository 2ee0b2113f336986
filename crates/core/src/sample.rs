//! A small picture made of tiles of a large one, on which searches find their way before the whole is encoded.

use crate::analyse::ImageTraits;
use crate::error::OptimizationError;
use crate::measure::Measurer;
use crate::pixels::PixelBuffer;

/// Edge of a tile in pixels: a multiple of every codec's block (16 in JPEG and WebP, 64 in AVIF), so that tiles are
/// coded as they are in the whole image.
const TILE: u32 = 128;
/// Tiles per row and column of the sample.
const TILES: u32 = 6;
/// A sample scores this much better than its image, in the mean over eight photos (0 to 2.3): errors beside the tiles'
/// borders are masked. Searches start from here.
pub(crate) const SAMPLE_BIAS: f64 = 1.2;
/// The sample must be this many times smaller than the image to pay for itself.
const MIN_SHARE: u64 = 3;

/// Where the tiles of an image's sample lie: those of other engines are taken from the same places.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleTiles {
    /// The left edge of each column of tiles, in pixels.
    pub columns: Vec<u32>,
    /// The upper edge of each row of tiles, in pixels.
    pub rows: Vec<u32>,
    /// Pixels of the image per pixel of the sample.
    pub scale: f64,
}

impl SampleTiles {
    /// Edge of a tile in pixels.
    pub const EDGE: u32 = TILE;

    /// `None` for images that are too small or too narrow to need a sample.
    pub fn of(width: u32, height: u32) -> Option<Self> {
        Self::laid_out(width, height, TILES)
    }

    /// As [`of`](Self::of), with `tiles` in each row and column.
    pub(crate) fn laid_out(width: u32, height: u32, tiles: u32) -> Option<Self> {
        let edge = TILE * tiles;
        let whole = u64::from(width) * u64::from(height);
        let sampled = u64::from(edge) * u64::from(edge);
        if width < edge || height < edge || whole < sampled * MIN_SHARE {
            return None;
        }
        let origins = |edge| (0..tiles).map(|index| origin(edge, index, tiles)).collect();
        Some(Self { columns: origins(width), rows: origins(height), scale: whole as f64 / sampled as f64 })
    }

    /// The tiles of an image of the size these were laid out for, as an image.
    ///
    /// # Errors
    /// [`OptimizationError::Internal`] when the image is smaller.
    pub(crate) fn cut_from(&self, image: &PixelBuffer) -> Result<PixelBuffer, OptimizationError> {
        let tiles: Vec<(u32, u32)> =
            self.rows.iter().flat_map(|top| self.columns.iter().map(move |left| (*left, *top))).collect();
        image.mosaic(&tiles, TILE, self.columns.len() as u32)
    }
}

/// The sample with what encoders and the metric need.
pub(crate) struct Sample {
    /// 768 × 768 pixels.
    pub(crate) pixels: PixelBuffer,
    /// The traits of the whole image: encoders must decide as they do there.
    pub(crate) traits: ImageTraits,
    /// Scores candidates against the sample.
    pub(crate) measurer: Measurer,
    /// Pixels of the image per pixel of the sample.
    pub(crate) scale: f64,
}

impl Sample {
    /// Takes a sample; `None` for images that are too small or too narrow to need one.
    ///
    /// # Errors
    /// [`OptimizationError::Internal`] when measuring cannot be prepared.
    pub(crate) fn of(image: &PixelBuffer, traits: &ImageTraits) -> Result<Option<Self>, OptimizationError> {
        let Some(tiles) = SampleTiles::of(image.width(), image.height()) else { return Ok(None) };
        let pixels = tiles.cut_from(image)?;
        let measurer = Measurer::new(&pixels, traits.alpha)?;
        Ok(Some(Self { pixels, traits: *traits, measurer, scale: tiles.scale }))
    }
}

/// Where tile `index` begins along an edge: the middle of its share of the edge, on a block's border.
fn origin(edge: u32, index: u32, tiles: u32) -> u32 {
    const BLOCK: u32 = 64;
    let share = u64::from(edge) / u64::from(tiles);
    let middle = u64::from(edge) * u64::from(index) / u64::from(tiles) + (share - u64::from(TILE)) / 2;
    (middle as u32 / BLOCK * BLOCK).min(edge - TILE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::analyse;
    use crate::pixels::{Channels, Samples};

    fn gradient(width: u32, height: u32) -> PixelBuffer {
        let samples =
            (0..height).flat_map(|y| (0..width).map(move |x| ((x / 16 + y / 16) % 256) as u8)).collect();
        PixelBuffer::new(width, height, Channels::Gray, Samples::U8(samples)).unwrap()
    }

    #[test]
    fn tiles_lie_inside_on_block_borders_and_do_not_overlap() {
        for edge in [768, 769, 1000, 4000, 65_535] {
            let origins: Vec<u32> = (0..TILES).map(|index| origin(edge, index, TILES)).collect();
            assert!(origins.windows(2).all(|pair| pair[1] - pair[0] >= TILE), "{edge}: {origins:?}");
            assert!(
                origins.iter().all(|origin| origin % 64 == 0 && origin + TILE <= edge),
                "{edge}: {origins:?}"
            );
        }
    }

    #[test]
    fn only_large_images_are_sampled_and_the_tiles_are_theirs() {
        let small = gradient(1000, 1000);
        assert!(Sample::of(&small, &analyse(&small)).unwrap().is_none());
        let large = gradient(2000, 1500);
        let sample = Sample::of(&large, &analyse(&large)).unwrap().unwrap();
        assert_eq!((sample.pixels.width(), sample.pixels.height()), (768, 768));
        let first = (origin(2000, 0, TILES) as usize, origin(1500, 0, TILES) as usize);
        let value = |image: &PixelBuffer, x: usize, y: usize| match image.samples() {
            Samples::U8(samples) => samples[y * image.width() as usize + x],
            Samples::U16(_) => panic!("depth"),
        };
        for (x, y) in [(0, 0), (127, 5), (64, 127)] {
            assert_eq!(value(&sample.pixels, x, y), value(&large, first.0 + x, first.1 + y));
        }
    }
}
