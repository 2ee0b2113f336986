//! The distinct colours of an image and what each counts.

use super::coordinates::{Class, Feature, class, feature};
use crate::pixels::Channels;
use planish_ffi::vectorised;

/// A contrast in luma to its neighbours that halves what an error in a pixel counts: edges mask errors, even areas
/// show them.
const MASKING: f32 = 8.0;
/// More distinct colours than these are counted together with their neighbours.
pub(super) const MAX_ENTRIES: usize = 1 << 15;

/// A distinct colour.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) feature: Feature,
    pub(super) class: Class,
    pub(super) weight: f32,
}

/// Four samples a pixel; colours that cannot be seen are black.
pub(super) fn rgba(samples: &[u8], channels: Channels) -> Vec<[u8; 4]> {
    samples
        .chunks_exact(channels.count())
        .map(|pixel| match *pixel {
            [gray] => [gray, gray, gray, 255],
            [r, g, b] => [r, g, b, 255],
            [_, 0] | [_, _, _, 0] => [0; 4],
            [gray, alpha] => [gray, gray, gray, alpha],
            [r, g, b, alpha] => [r, g, b, alpha],
            _ => [0; 4],
        })
        .collect()
}

/// Distinct colours and how often they occur, in order of value. Beyond [`MAX_ENTRIES`], low bits are dropped
/// and the means of what falls together are kept.
pub(super) fn entries(pixels: &[[u8; 4]], contrast: &[u8]) -> Vec<Entry> {
    let weights: [u64; 256] = std::array::from_fn(|contrast| (256.0 * masked(contrast as u8)) as u64);
    // Neighbours are often equal: counting runs first makes the sort short.
    let mut counted: Vec<(u32, u64)> = Vec::new();
    for (&pixel, &contrast) in pixels.iter().zip(contrast) {
        let value = u32::from_be_bytes(pixel);
        let weight = weights[usize::from(contrast)];
        match counted.last_mut() {
            Some((last, count)) if *last == value => *count += weight,
            _ => counted.push((value, weight)),
        }
    }
    counted.sort_unstable();
    counted.dedup_by(|next, first| {
        let same = next.0 == first.0;
        if same {
            first.1 = first.1.saturating_add(next.1);
        }
        same
    });
    for bits in 0..8 {
        let mask = u32::from_be_bytes([0xff << bits; 4]);
        let key = |value: u32| (value & mask, class(value as u8));
        if bits > 0 {
            counted.sort_unstable_by_key(|&(value, _)| (value & mask, value));
        }
        let groups = || counted.chunk_by(|a, b| key(a.0) == key(b.0));
        if groups().count() > MAX_ENTRIES && bits < 7 {
            continue;
        }
        return groups()
            .map(|group| {
                let mut sums = [0f64; 4];
                let mut total = 0f64;
                for &(value, count) in group {
                    let feature = feature(value.to_be_bytes());
                    let count = count as f64 / 256.0;
                    total += count;
                    for (sum, feature) in sums.iter_mut().zip(feature) {
                        *sum += f64::from(feature) * count;
                    }
                }
                Entry {
                    feature: sums.map(|sum| (sum / total) as f32),
                    class: class(group[0].0 as u8),
                    weight: total as f32,
                }
            })
            .collect();
    }
    Vec::new()
}

/// The largest difference in luma between each pixel and those beside, above and below it.
pub(super) fn contrast(pixels: &[[u8; 4]], width: usize) -> Vec<u8> {
    vectorised(
        #[inline(always)]
        || {
            let luma: Vec<u8> = pixels.iter().map(luma).collect();
            let mut contrast = vec![0u8; luma.len()];
            let rows = |y: usize| luma.get(y * width..(y + 1) * width);
            for (y, contrast) in contrast.chunks_exact_mut(width).enumerate() {
                let Some(row) = rows(y) else { break };
                // Whole rows against rows beside them: loops without branches, which become vectors.
                for other in [y.checked_sub(1).and_then(rows), rows(y + 1)].into_iter().flatten() {
                    raise(contrast, row, other);
                }
                raise(&mut contrast[1..], &row[1..], row);
                raise(contrast, row, &row[1..]);
            }
            contrast
        },
    )
}

/// As it shows on mid-grey.
#[inline(always)]
fn luma(&[r, g, b, alpha]: &[u8; 4]) -> u8 {
    let luma = (77 * u32::from(r) + 150 * u32::from(g) + 29 * u32::from(b)) >> 8;
    ((luma * u32::from(alpha) + 128 * (255 - u32::from(alpha))) / 255) as u8
}

/// Raises each contrast to the difference of the lumas at its place.
#[inline(always)]
fn raise(contrast: &mut [u8], a: &[u8], b: &[u8]) {
    for ((contrast, a), b) in contrast.iter_mut().zip(a).zip(b) {
        *contrast = (*contrast).max(a.abs_diff(*b));
    }
}

/// What an error counts at a pixel of this contrast, of 1.
pub(super) fn masked(contrast: u8) -> f32 {
    MASKING / (MASKING + f32::from(contrast))
}
