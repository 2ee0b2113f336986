//! What candidates are held against: prepared where that is cheap, passed through in strips where it would fill the
//! memory. The score is the same either way.

use crate::analyse::AlphaKind;
use crate::error::OptimizationError;
use crate::measure::{MATTES, Measurer, internal, view};
use crate::metrics::score_in_strips;
use crate::pixels::PixelBuffer;
use crate::transform::flattened;
use crate::units::Score;

/// Up to this many pixels an image is prepared for being compared with often, at 43 bytes for each of them. Above, a
/// search takes 5 % longer, in a third of the memory.
pub(crate) const PREPARED_UP_TO: u64 = 4_000_000;

/// How many candidates will be held against an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// One or two.
    Once,
    /// As many as a search takes.
    Often,
}

/// An image that candidates are held against.
pub(crate) enum Yardstick<'a> {
    /// Everything that depends on the image alone is known.
    Prepared(Measurer),
    /// The image itself.
    Pixels(&'a PixelBuffer, AlphaKind),
}

impl<'a> Yardstick<'a> {
    /// Takes an image. `alpha` says whether its transparency is in use.
    ///
    /// # Errors
    /// [`OptimizationError::Internal`] when measuring cannot be prepared.
    pub(crate) fn new(
        image: &'a PixelBuffer,
        alpha: AlphaKind,
        used: Use,
    ) -> Result<Self, OptimizationError> {
        if used == Use::Often && image.pixel_count() as u64 <= PREPARED_UP_TO {
            Measurer::new(image, alpha).map(Self::Prepared)
        } else {
            Ok(Self::Pixels(image, alpha))
        }
    }

    /// SSIMULACRA2 of a decoded candidate of the image's size.
    ///
    /// # Errors
    /// [`OptimizationError::Internal`] when it is of another size.
    pub(crate) fn score(&self, candidate: &PixelBuffer) -> Result<Score, OptimizationError> {
        match *self {
            Self::Prepared(ref measurer) => measurer.score(candidate),
            Self::Pixels(image, AlphaKind::None) => {
                // An alpha channel that says nothing is dropped from either.
                let flat = [image, candidate].map(PixelBuffer::without_alpha);
                let [image, candidate] = [(image, &flat[0]), (candidate, &flat[1])]
                    .map(|(pixels, flat)| view(flat.as_ref().unwrap_or(pixels)));
                score_in_strips(&image?, &candidate?).map(Score::measured).map_err(internal)
            }
            Self::Pixels(image, alpha) => {
                let mut worst = f64::INFINITY;
                for matte in MATTES {
                    let on_matte = |pixels, alpha| flattened(pixels, alpha, Some(matte));
                    let flat = [on_matte(image, alpha), on_matte(candidate, AlphaKind::Full)];
                    let [image, candidate] = [(image, &flat[0]), (candidate, &flat[1])]
                        .map(|(pixels, flat)| view(flat.as_ref().unwrap_or(pixels)));
                    worst = worst.min(score_in_strips(&image?, &candidate?).map_err(internal)?);
                }
                Ok(Score::measured(worst))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::{Channels, Samples};

    #[test]
    fn both_ways_to_measure_give_the_same_bits_on_every_kind_of_image() {
        let image = |channels: Channels, shift: usize| {
            let samples =
                (0..60 * 40 * channels.count()).map(|at| (at * 7 + at / 90 * shift) as u8).collect();
            PixelBuffer::new(60, 40, channels, Samples::U8(samples)).unwrap()
        };
        for (channels, alpha) in [
            (Channels::Gray, AlphaKind::None),
            (Channels::Rgb, AlphaKind::None),
            (Channels::Rgba, AlphaKind::None),
            (Channels::GrayAlpha, AlphaKind::Full),
            (Channels::Rgba, AlphaKind::Binary),
            (Channels::Rgba, AlphaKind::Full),
        ] {
            let (reference, candidate) = (image(channels, 3), image(channels, 4));
            let score = |used| Yardstick::new(&reference, alpha, used).unwrap().score(&candidate).unwrap();
            assert_eq!(score(Use::Once), score(Use::Often), "{channels:?} {alpha:?}");
            assert!(score(Use::Once) < Score::IDENTICAL);
        }
    }
}
