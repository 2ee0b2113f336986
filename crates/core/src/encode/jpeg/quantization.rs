//! Quantisation tables for any quality, in steps finer than whole numbers.
//!
//! The usual tables are one base table times a factor, rounded. Where the base has one value at all low frequencies,
//! all of them change at the same qualities: with mozjpeg's default, from 70 to 71 each goes from 10 to 9 and the score
//! of a smooth image rises by up to seven points, while from 71 to 73 nothing happens. Here every entry is rounded at
//! a threshold of its own. The tables are the same on average; the score rises evenly, and a search can meet its goal
//! instead of overshooting it.

use crate::units::Quality;
use planish_ffi::jpeg::{QuantisationTables, TABLE_SIZE};

/// The luma table tuned for MSSIM, mozjpeg's number 2, in row-major order: at equal SSIMULACRA2 it beats mozjpeg's
/// default, and its other sets, at every score (docs/decisions/0014-jpeg-quantisation-tables.md).
#[rustfmt::skip]
const LUMA: [u16; TABLE_SIZE] = [
    12, 17, 20, 21, 30, 34, 56, 63,
    18, 20, 20, 26, 28, 51, 61, 55,
    19, 20, 21, 26, 33, 58, 69, 55,
    26, 26, 26, 30, 46, 87, 86, 66,
    31, 33, 36, 40, 46, 96, 100, 73,
    40, 35, 46, 62, 81, 100, 111, 91,
    46, 66, 76, 86, 102, 121, 120, 101,
    68, 90, 90, 96, 113, 102, 105, 103,
];

/// The table of Klein, Silverstein and Carney (1992), mozjpeg's number 5, for chroma …
#[rustfmt::skip]
const CHROMA: [u16; TABLE_SIZE] = [
    10, 12, 14, 19, 26, 38, 57, 86,
    12, 18, 21, 28, 35, 41, 54, 76,
    14, 21, 25, 32, 44, 63, 92, 136,
    19, 28, 32, 41, 54, 75, 107, 157,
    26, 35, 44, 54, 70, 95, 132, 190,
    38, 41, 63, 75, 95, 125, 170, 239,
    57, 54, 92, 107, 132, 170, 227, 312,
    86, 76, 136, 157, 190, 239, 312, 419,
];
/// … a quarter coarser.
const CHROMA_COARSENESS: f32 = 1.25;

/// The base tables scaled as the IJG's library scales them: by 50 / quality below 50, by 2 − quality / 50 from there
/// on.
pub(super) fn tables(quality: Quality) -> QuantisationTables {
    let quality = quality.get();
    let factor = if quality < 50.0 { 50.0 / quality } else { 2.0 - quality / 50.0 };
    let scaled = |base: &[u16; TABLE_SIZE], factor: f32, phase: f32| {
        std::array::from_fn(|index| {
            // Baseline JPEG has 8 bits for an entry.
            (f32::from(base[index]) * factor + threshold(index, phase)).floor().clamp(1.0, 255.0) as u16
        })
    };
    QuantisationTables {
        luma: scaled(&LUMA, factor, 0.5),
        chroma: scaled(&CHROMA, factor * CHROMA_COARSENESS, 0.25),
    }
}

/// The quality whose tables these are, in row-major order; gray images have no chroma. `None` for tables that were made
/// by others. Where several qualities have the same tables, the lowest.
pub(crate) fn quality_of(luma: &[u16; TABLE_SIZE], chroma: Option<&[u16; TABLE_SIZE]>) -> Option<Quality> {
    Quality::ladder(1).into_iter().find(|&quality| {
        let ours = tables(quality);
        ours.luma == *luma && chroma.is_none_or(|chroma| ours.chroma == *chroma)
    })
}

/// Where an entry is rounded up, 0 to 1, evenly spread over neighbouring entries: multiples of the golden ratio have
/// no gaps and no clusters.
fn threshold(index: usize, phase: f32) -> f32 {
    const GOLDEN: f32 = 0.618_034;
    // Diagonal by diagonal, as frequencies rise.
    let (row, column) = (index / 8, index % 8);
    let rank = (row + column) * 8 + column;
    (rank as f32 * GOLDEN + phase).fract()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mozjpeg_rs::{QuantTableIdx, quant};

    fn at(quality: f64) -> QuantisationTables {
        tables(Quality::try_from(quality).unwrap())
    }

    #[test]
    fn the_base_tables_are_mozjpegs() {
        assert_eq!(LUMA, *quant::get_luminance_quant_table(QuantTableIdx::MssimTuned));
        assert_eq!(CHROMA, *quant::get_chrominance_quant_table(QuantTableIdx::Klein));
    }

    #[test]
    fn entries_are_the_usual_ones_within_rounding() {
        for quality in [10, 49, 50, 75, 90] {
            let usual = quant::create_quant_table(&LUMA, quality, true);
            let ours = at(f64::from(quality)).luma;
            for (index, (&ours, &usual)) in ours.iter().zip(&usual.values).enumerate() {
                assert!(ours.abs_diff(usual) <= 1, "quality {quality}, entry {index}: {ours}, {usual}");
            }
        }
    }

    #[test]
    fn own_tables_are_recognised_and_those_of_others_are_not() {
        for quality in [10.0, 67.25, 80.75, 86.0, 94.5] {
            let QuantisationTables { luma, chroma } = at(quality);
            assert_eq!(quality_of(&luma, Some(&chroma)), Quality::try_from(quality).ok());
            assert_eq!(quality_of(&luma, None), Quality::try_from(quality).ok());
            assert_eq!(quality_of(&luma, Some(&luma)), None);
        }
        // At 50 they are the base table, as ours is.
        for quality in [40, 75, 90] {
            let usual = quant::create_quant_table(&LUMA, quality, true);
            assert_eq!(quality_of(&usual.values, None), None);
        }
    }

    #[test]
    fn no_quarter_of_a_quality_changes_all_low_frequencies_at_once() {
        const LOW: [usize; 6] = [0, 1, 2, 8, 9, 16];
        for quarter in 240..380 {
            let (here, next) = (at(f64::from(quarter) / 4.0), at(f64::from(quarter + 1) / 4.0));
            let changed = LOW.iter().filter(|&&index| here.luma[index] != next.luma[index]).count();
            assert!(changed <= 3, "quality {}: {changed} entries change", f64::from(quarter) / 4.0);
        }
    }

    #[test]
    fn tables_never_grow_with_quality_and_stay_in_range() {
        let mut previous = at(1.0);
        for quarter in 5..=400 {
            let next = at(f64::from(quarter) / 4.0);
            assert!(next.luma.iter().zip(&previous.luma).all(|(next, previous)| next <= previous));
            assert!(next.chroma.iter().all(|&entry| (1..=255).contains(&entry)));
            previous = next;
        }
        assert_eq!(previous.luma[0], 1);
    }
}
