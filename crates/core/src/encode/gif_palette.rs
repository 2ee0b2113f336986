//! Few colours for many: variance-based median cut, refined by k-means (Heckbert 1982; Wu 1991 for the choice of the
//! cut). Undithered, which is what makes small files.
//!
//! Everything that decides about pixels is done in integers and in a fixed order: the same palette on every machine.

/// Weights of red, green and blue in distances: roughly their part in luminance.
const WEIGHTS: [i64; 3] = [2, 4, 1];
/// Above this number of distinct colours, similar ones (equal in their upper six bits) are counted together.
const MAX_DISTINCT: usize = 1 << 15;
/// Rounds of k-means. Later ones change next to nothing.
const ROUNDS: usize = 5;

/// A palette and the index of each pixel in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quantised {
    /// 1 to 256 colours, without repeats.
    pub(crate) palette: Vec<[u8; 3]>,
    /// One for each pixel.
    pub(crate) indices: Vec<u8>,
}

/// A colour and how many pixels have it.
#[derive(Debug, Clone, Copy)]
struct Entry {
    color: [u8; 3],
    count: u64,
}

/// Pixels in at most `max_colors` (1 to 256) colours.
pub(crate) fn quantised(pixels: &[[u8; 3]], max_colors: usize) -> Quantised {
    let max_colors = max_colors.clamp(1, 256);
    let mut entries = histogram(pixels, |color| color);
    let mut palette: Vec<[u8; 3]> = if entries.len() <= max_colors {
        entries.iter().map(|entry| entry.color).collect()
    } else {
        if entries.len() > MAX_DISTINCT {
            entries = histogram(pixels, |color| color.map(|value| value & 0xfc | 2));
        }
        let mut palette = median_cut(&mut entries, max_colors);
        for _ in 0..ROUNDS {
            if !refine(&entries, &mut palette) {
                break;
            }
        }
        palette
    };
    palette.sort_unstable();
    palette.dedup();
    let mut last: Option<([u8; 3], u8)> = None;
    let indices = pixels
        .iter()
        .map(|&color| match last {
            Some((same, index)) if same == color => index,
            _ => {
                let index = nearest(&palette, color) as u8;
                last = Some((color, index));
                index
            }
        })
        .collect();
    Quantised { palette, indices }
}

/// Distinct colours, in their own order.
fn histogram(pixels: &[[u8; 3]], key: impl Fn([u8; 3]) -> [u8; 3]) -> Vec<Entry> {
    let mut colors: Vec<[u8; 3]> = pixels.iter().map(|&color| key(color)).collect();
    colors.sort_unstable();
    colors.chunk_by(|a, b| a == b).map(|run| Entry { color: run[0], count: run.len() as u64 }).collect()
}

/// A range of entries with its mean and the sum of squared distances from it, along the widest channel.
#[derive(Debug, Clone, Copy)]
struct Cell {
    start: usize,
    end: usize,
    channel: usize,
    spread: u64,
    mean: [u8; 3],
}

fn cell(entries: &[Entry], start: usize, end: usize) -> Cell {
    let part = &entries[start..end];
    let count: u64 = part.iter().map(|entry| entry.count).sum();
    let mut widest = (0, 0u64);
    let mut mean = [0; 3];
    for channel in 0..3 {
        let sum: u64 = part.iter().map(|entry| u64::from(entry.color[channel]) * entry.count).sum();
        let squares: u64 =
            part.iter().map(|entry| u64::from(entry.color[channel]).pow(2) * entry.count).sum();
        mean[channel] = ((sum + count / 2) / count.max(1)) as u8;
        let variance = u128::from(squares) - u128::from(sum).pow(2) / u128::from(count.max(1));
        let spread = variance as u64 * WEIGHTS[channel] as u64;
        if spread > widest.1 {
            widest = (channel, spread);
        }
    }
    Cell { start, end, channel: widest.0, spread: widest.1, mean }
}

/// Splits the cell with the largest spread at its mean until there are enough.
fn median_cut(entries: &mut [Entry], max_colors: usize) -> Vec<[u8; 3]> {
    let mut cells = vec![cell(entries, 0, entries.len())];
    while cells.len() < max_colors {
        // The first of equals.
        let Some(widest) = (0..cells.len())
            .filter(|&index| cells[index].spread > 0)
            .max_by_key(|&index| (cells[index].spread, std::cmp::Reverse(index)))
        else {
            break;
        };
        let Cell { start, end, channel, mean, .. } = cells[widest];
        let part = &mut entries[start..end];
        part.sort_unstable_by_key(|entry| (entry.color[channel], entry.color));
        // Both sides hold something: the mean lies between the smallest and the largest value.
        let middle = part
            .partition_point(|entry| entry.color[channel] <= mean[channel])
            .clamp(1, part.len().saturating_sub(1).max(1));
        cells[widest] = cell(entries, start, start + middle);
        cells.push(cell(entries, start + middle, end));
    }
    cells.iter().map(|cell| cell.mean).collect()
}

/// One round of k-means; whether anything moved.
fn refine(entries: &[Entry], palette: &mut [[u8; 3]]) -> bool {
    let mut sums = vec![([0u64; 3], 0u64); palette.len()];
    for entry in entries {
        let (sum, count) = &mut sums[nearest(palette, entry.color)];
        for (sum, value) in sum.iter_mut().zip(entry.color) {
            *sum += u64::from(value) * entry.count;
        }
        *count += entry.count;
    }
    let mut moved = false;
    for (color, (sum, count)) in palette.iter_mut().zip(sums) {
        if count > 0 {
            let mean = sum.map(|sum| ((sum + count / 2) / count) as u8);
            moved |= mean != *color;
            *color = mean;
        }
    }
    moved
}

/// The index of the nearest colour; the first of equals.
fn nearest(palette: &[[u8; 3]], color: [u8; 3]) -> usize {
    let distance = |other: &[u8; 3]| {
        let mut sum = 0;
        for channel in 0..3 {
            let difference = i64::from(color[channel]) - i64::from(other[channel]);
            sum += difference * difference * WEIGHTS[channel];
        }
        sum
    };
    let mut best = (0, i64::MAX);
    for (index, other) in palette.iter().enumerate() {
        let distance = distance(other);
        if distance < best.1 {
            best = (index, distance);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_colours_stay_as_they_are() {
        let pixels = [[9, 8, 7], [1, 2, 3], [9, 8, 7]];
        let found = quantised(&pixels, 2);
        let back: Vec<_> = found.indices.iter().map(|&index| found.palette[usize::from(index)]).collect();
        assert_eq!(back, pixels);
    }

    #[test]
    fn many_colours_come_out_close() {
        let pixels: Vec<[u8; 3]> =
            (0..64 * 64).map(|i| [(i % 64 * 4) as u8, (i / 64 * 4) as u8, 128]).collect();
        let mean_error = |colors| {
            let found = quantised(&pixels, colors);
            assert!(found.palette.len() <= colors);
            let error: u64 = pixels
                .iter()
                .zip(&found.indices)
                .map(|(pixel, &index)| {
                    let other = found.palette[usize::from(index)];
                    (0..3).map(|c| u64::from(pixel[c].abs_diff(other[c]))).sum::<u64>()
                })
                .sum();
            error as f64 / pixels.len() as f64
        };
        // 256 cells of 16 × 16 values: four off on average in each channel.
        assert!(mean_error(256) < 9.0, "{}", mean_error(256));
        assert!(mean_error(16) < 36.0, "{}", mean_error(16));
        assert_eq!(quantised(&pixels, 1).palette.len(), 1);
    }
}
