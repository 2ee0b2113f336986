//! The quality a JPEG was made with, estimated from its quantisation tables.
//!
//! libjpeg and nearly everything built on it scale one base table by a percentage S that follows from the quality
//! q (Independent JPEG Group, `jpeg_quality_scaling`): S = 5000 / q below 50, S = 200 − 2q from there on. Each
//! step becomes (base · S + 50) / 100, at least 1, at most 255 in baseline files. The sum of a table falls with q,
//! so the quality is the q whose scaled base table has the sum nearest to the file's. Luminance alone counts: some
//! encoders use another quality for chrominance.
//!
//! Two base tables are known: the example of ITU-T T.81, annex K, and the one mozjpeg takes by default (by
//! Nicolas Robidoux). A table that is not close to a scaled one step by step was made by something else, and its
//! numbers say nothing on this scale.

use crate::container::jpeg::{Jpeg, marker};
use crate::encode::own_jpeg_quality;
use crate::units::Quality;

/// Luminance steps of annex K (ITU-T T.81, table K.1), row by row.
const ANNEX_K: [u16; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17,
    22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78,
    87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];

/// mozjpeg's default steps, row by row.
const ROBIDOUX: [u16; 64] = [
    16, 16, 16, 18, 25, 37, 56, 85, 16, 17, 20, 27, 34, 40, 53, 75, 16, 20, 24, 31, 43, 62, 91, 135, 18, 27,
    31, 40, 53, 74, 106, 156, 25, 34, 43, 53, 69, 94, 131, 189, 37, 40, 62, 74, 94, 124, 169, 238, 56, 53,
    91, 106, 131, 169, 226, 311, 85, 75, 135, 156, 189, 238, 311, 418,
];

/// Where the k-th value of a table segment belongs, counted row by row (ITU-T T.81, figure A.6).
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// A table whose steps differ from the nearest scaled one by more than this share of their sum, in percent, is
/// of another kind.
const MAX_DEVIATION: u32 = 8;

/// The quality from 1 to 100 on libjpeg's scale; `None` where the tables are unlike libjpeg's and mozjpeg's.
pub(super) fn estimate(jpeg: &Jpeg<'_>) -> Option<u8> {
    let table = table_of(jpeg, 0)?;
    [&ANNEX_K, &ROBIDOUX]
        .into_iter()
        .map(|base| nearest(&table, base))
        .min_by_key(|&(_, deviation)| deviation)
        .filter(|&(_, deviation)| deviation * 100 <= MAX_DEVIATION * sum(&table))
        .map(|(quality, _)| quality)
}

/// The quality planish itself made a file with; `None` for files of others.
pub(super) fn own(jpeg: &Jpeg<'_>) -> Option<Quality> {
    own_jpeg_quality(&table_of(jpeg, 0)?, table_of(jpeg, 1).as_ref())
}

/// The quality whose scaled table has the nearest sum, and the sum of the differences that are left.
fn nearest(table: &[u16; 64], base: &[u16; 64]) -> (u8, u32) {
    let wanted = sum(table);
    let quality = (1..=100u8)
        .min_by_key(|&quality| (sum(&scaled(base, quality)).abs_diff(wanted), quality))
        .unwrap_or(1);
    let deviation = table.iter().zip(scaled(base, quality)).map(|(&a, b)| u32::from(a.abs_diff(b))).sum();
    (quality, deviation)
}

/// The base table at a quality.
fn scaled(base: &[u16; 64], quality: u8) -> [u16; 64] {
    let quality = u32::from(quality.max(1));
    let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    base.map(|step| ((u32::from(step) * percent + 50) / 100).clamp(1, 255) as u16)
}

fn sum(table: &[u16; 64]) -> u32 {
    table.iter().copied().map(u32::from).sum()
}

/// The table of a component (0 is luminance), row by row; `None` where there is no such component.
fn table_of(jpeg: &Jpeg<'_>, component: usize) -> Option<[u16; 64]> {
    let frame = jpeg.segments.iter().find(|segment| super::is_frame(segment.marker))?;
    // Precision, height, width, number of components; then id, sampling and table of each.
    let wanted = *frame.content.get(8 + 3 * component)?;
    let before_scan = jpeg.segments.iter().take_while(|segment| segment.marker != marker::SOS);
    before_scan
        .filter(|segment| segment.marker == marker::DQT)
        .filter_map(|segment| find_table(segment.content, wanted))
        .last()
}

/// One table of a segment that may hold several.
fn find_table(mut content: &[u8], wanted: u8) -> Option<[u16; 64]> {
    let mut found = None;
    while let Some((&head, rest)) = content.split_first() {
        let width = if head >> 4 == 0 { 1 } else { 2 };
        let (values, rest) = rest.split_at_checked(64 * width)?;
        if head & 15 == wanted {
            let mut table = [0; 64];
            for (value, &place) in values.chunks_exact(width).zip(&ZIGZAG) {
                table[usize::from(place)] = value.iter().fold(0, |all, &byte| all << 8 | u16::from(byte));
            }
            found = Some(table);
        }
        content = rest;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A JPEG in form with this luminance table.
    fn with_table(table: &[u16; 64]) -> Vec<u8> {
        let mut file = vec![0xff, marker::SOI, 0xff, marker::DQT, 0, 2 + 65, 0];
        file.extend(ZIGZAG.map(|place| table[usize::from(place)] as u8));
        file.extend_from_slice(&[0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0]);
        file
    }

    fn of_table(table: &[u16; 64]) -> Option<u8> {
        estimate(&Jpeg::parse(&with_table(table)).unwrap())
    }

    #[test]
    fn every_quality_of_both_kinds_is_found_again() {
        for base in [&ANNEX_K, &ROBIDOUX] {
            for quality in 5..=98 {
                assert_eq!(of_table(&scaled(base, quality)), Some(quality));
            }
        }
    }

    #[test]
    fn slightly_different_tables_are_still_recognised_and_foreign_ones_are_not() {
        let mut touched = scaled(&ANNEX_K, 80);
        touched[5] += 2;
        touched[20] -= 1;
        assert_eq!(of_table(&touched), Some(80));
        assert_eq!(of_table(&[16; 64]), None);
    }

    #[test]
    fn what_encoders_write_is_estimated_as_what_they_were_told() {
        let pixels = [90; 48 * 48 * 3];
        for quality in [30, 55, 75, 92] {
            let jpeg = mozjpeg_rs::Encoder::fastest().quality(quality).encode_rgb(&pixels, 48, 48).unwrap();
            assert_eq!(estimate(&Jpeg::parse(&jpeg).unwrap()), Some(quality));
        }
    }

    #[test]
    fn files_without_tables_have_no_quality() {
        let whole = with_table(&ANNEX_K);
        for length in 2..whole.len() {
            assert_eq!(Jpeg::parse(&whole[..length]).and_then(|jpeg| estimate(&jpeg)), None);
        }
    }
}
