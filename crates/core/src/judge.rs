//! A quick look at one candidate: the score of a few tiles of a large image.

use crate::analyse::AlphaKind;
use crate::error::OptimizationError;
use crate::pixels::PixelBuffer;
use crate::sample::{SAMPLE_BIAS, SampleTiles};
use crate::units::Score;
use crate::yardstick::{Use, Yardstick};

/// Tiles per row and column: 512 × 512 pixels in all.
const TILES: u32 = 4;

/// An image of which candidates are judged by some tiles. Holds nothing of it.
pub(crate) struct Judge<'a> {
    image: &'a PixelBuffer,
    alpha: AlphaKind,
    tiles: SampleTiles,
}

impl<'a> Judge<'a> {
    /// Takes an image. `alpha` says whether its transparency is in use. `None` for images that are quickly measured
    /// whole.
    pub(crate) fn of(image: &'a PixelBuffer, alpha: AlphaKind) -> Option<Self> {
        let tiles = SampleTiles::laid_out(image.width(), image.height(), TILES)?;
        Some(Self { image, alpha, tiles })
    }

    /// About the SSIMULACRA2 of a decoded candidate of the image's size.
    ///
    /// # Errors
    /// [`OptimizationError::Internal`] when it is smaller.
    pub(crate) fn score(&self, candidate: &PixelBuffer) -> Result<Score, OptimizationError> {
        let reference = self.tiles.cut_from(self.image)?;
        let yardstick = Yardstick::new(&reference, self.alpha, Use::Once)?;
        let score = yardstick.score(&self.tiles.cut_from(candidate)?)?;
        // Where no tile has an error, there is none for the tiles' borders to mask.
        Ok(if score == Score::IDENTICAL { score } else { Score::measured(score.get() - SAMPLE_BIAS) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::{Channels, Samples};

    /// A slope with errors of up to `error` levels.
    fn image(width: u32, height: u32, error: u32) -> PixelBuffer {
        let samples = (0..height)
            .flat_map(|y| {
                (0..width).map(move |x| (60 + (x / 16 + y / 16) % 128 + (x * 7 + y * 3) % (error + 1)) as u8)
            })
            .collect();
        PixelBuffer::new(width, height, Channels::Gray, Samples::U8(samples)).unwrap()
    }

    #[test]
    fn tiles_tell_about_what_the_whole_does() {
        let reference = image(1300, 900, 0);
        let judge = Judge::of(&reference, AlphaKind::None).unwrap();
        assert_eq!(judge.score(&reference).unwrap(), Score::IDENTICAL);
        let whole = Yardstick::new(&reference, AlphaKind::None, Use::Once).unwrap();
        for error in [2, 5] {
            let candidate = image(1300, 900, error);
            let (judged, measured) = (judge.score(&candidate).unwrap(), whole.score(&candidate).unwrap());
            assert!((judged.get() - measured.get()).abs() < 6.0, "{judged} for {measured}");
        }
    }

    #[test]
    fn small_images_are_measured_whole() {
        assert!(Judge::of(&image(800, 800, 0), AlphaKind::None).is_none());
    }
}
