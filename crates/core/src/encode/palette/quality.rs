//! What a quality is for files in few colours.

use super::{Mapping, PaletteImage};
use crate::encode::{EncodeInput, EncodeSettings};
use crate::units::Quality;

/// Up to here a quality more is a colour more.
const SINGLE_STEPS: f64 = 31.0;

/// How much of the error dithering hands on.
const DITHERING: f32 = 0.75;
/// How much worse a neighbour's colour may be, in mean squared errors of the image, to begin with: see
/// [`EncodeSettings::coherence`].
const COHERENCE: f32 = 1.5;

/// The pixels in as many colours as the quality stands for; 256 without one.
pub(in crate::encode) fn in_few_colors(input: &EncodeInput<'_>, settings: EncodeSettings) -> PaletteImage {
    let count = settings.quality.map_or(256, color_count);
    let mapping = Mapping {
        dithering: if settings.dithering { DITHERING } else { 0.0 },
        coherence: COHERENCE * f32::from((1u16 << settings.coherence.min(8)) / 2),
    };
    input.colors().reduced(usize::from(count), mapping)
}

/// How many colours a quality stands for.
fn color_count(quality: Quality) -> u16 {
    let quality = f64::from(quality);
    if quality <= SINGLE_STEPS {
        return quality as u16 + 1;
    }
    // From 32 to 256 in even ratios.
    let part = (quality - SINGLE_STEPS) / (100.0 - SINGLE_STEPS);
    libm::round(libm::exp2(5.0 + 3.0 * part)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quality_is_another_number_of_colors() {
        let counts: Vec<u16> = Quality::ladder(4).into_iter().map(color_count).collect();
        assert!(counts.windows(2).all(|pair| pair[0] < pair[1]), "{counts:?}");
        assert_eq!([0, 30, 31, 49, 79, 99].map(|index| counts[index]), [2, 32, 33, 57, 140, 256]);
    }
}
