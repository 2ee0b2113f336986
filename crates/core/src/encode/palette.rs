//! Fewer colours: the palette that stands for an image best, and the pixels mapped onto it.
//!
//! 1. The distinct colours are counted ([`Colors`]).
//! 2. They are split into boxes, always the box with the largest squared error, where that reduces the error
//!    most (Wu's criterion, on the colours themselves instead of a grid).
//! 3. A few rounds of k-means (Lloyd's) move the palette to the means of what is mapped to it.
//! 4. Each pixel gets an index: the nearest colour's, or its neighbour's where that is nearly as good
//!    ([`Mapping::coherence`]), or one that makes up for its neighbours' errors ([`Mapping::dithering`]).
//!
//! Only additions, multiplications, divisions and square roots of `f32` and `f64` in a fixed order, which
//! IEEE 754 defines to the last bit: every platform and any number of threads gives the same palette. (quantizr
//! sums in the order of a hash map and takes powers from the platform's library; quantette has no alpha.)

use crate::pixels::{Channels, PixelBuffer, Samples};
use rayon::prelude::*;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a colour is compared by: weighted luma, two weighted colour differences and alpha, of the colour as it
/// shows on black and on white. See [`feature`].
type Feature = [f32; 4];

/// How much an error in luma, in blue and in red counts.
const LUMA: f32 = 1.0;
const BLUE: f32 = 0.5;
const RED: f32 = 0.7;
/// A contrast in luma to its neighbours that halves what an error in a pixel counts: edges mask errors, even areas
/// show them.
const MASKING: f32 = 8.0;
/// How much more colours count that are badly met, from round to round.
const EMPHASIS: f64 = 1.0;
/// What it costs to map a pixel that is opaque, transparent or in between to a colour that is not: more than any
/// difference in colour.
const CLASS_PENALTY: f32 = 1e7;
/// More distinct colours than these are counted together with their neighbours.
const MAX_ENTRIES: usize = 1 << 15;
/// Rounds of k-means; it ends earlier where nothing moves any more.
const ROUNDS: usize = 12;
/// Entries that one task assigns.
const CHUNK: usize = 2048;
/// Remembered nearest colours, a power of two.
const CACHE: usize = 1 << 12;

/// What a colour's alpha allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Transparent,
    Partial,
    Opaque,
}

/// The pixels of an image and its distinct colours, counted.
#[derive(Debug)]
pub(crate) struct Colors {
    width: usize,
    /// Red, green, blue, straight alpha; 0 where fully transparent.
    pixels: Vec<[u8; 4]>,
    /// How much the luma of each pixel differs from its neighbours' at most.
    contrast: Vec<u8>,
    entries: Vec<Entry>,
    /// The palette made last and the number of colours it was made for: plain and dithered files share it.
    last: Mutex<Option<(usize, Vec<[u8; 4]>)>>,
}

/// A distinct colour.
#[derive(Debug, Clone, Copy)]
struct Entry {
    feature: Feature,
    class: Class,
    weight: f32,
}

/// Pixels as indices into a palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PaletteImage {
    /// Red, green, blue, straight alpha; at most 256.
    pub(crate) palette: Vec<[u8; 4]>,
    /// One index for each pixel, rows contiguous.
    pub(crate) indices: Vec<u8>,
}

/// How pixels find their palette colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Mapping {
    /// How much of each pixel's error is handed to its neighbours, 0 to 1.
    pub(crate) dithering: f32,
    /// How much worse than the nearest colour the left or upper neighbour's may be to be taken instead: longer
    /// runs, smaller files. In mean squared errors of the image, more at edges; without effect when dithering.
    pub(crate) coherence: f32,
}

impl Colors {
    /// Counts the colours of an image; 16-bit samples are rounded to 8.
    pub(crate) fn of(image: &PixelBuffer) -> Self {
        let rounded = image.to_8_bit();
        let pixels = match rounded.as_ref().unwrap_or(image).samples() {
            Samples::U8(samples) => rgba(samples, image.channels()),
            // to_8_bit left none.
            Samples::U16(_) => Vec::new(),
        };
        let width = image.width() as usize;
        let contrast = contrast(&pixels, width);
        let entries = entries(&pixels, &contrast);
        Self { width, pixels, contrast, entries, last: Mutex::default() }
    }

    /// The image in at most `count` colours (2 to 256).
    pub(crate) fn reduced(&self, count: usize, mapping: Mapping) -> PaletteImage {
        let count = count.clamp(2, 256);
        // Not held while a palette is made: a worker that waits may take up a job that asks for it, too.
        let known = self.last().take().filter(|(made_for, _)| *made_for == count);
        let palette = known.map_or_else(|| self.palette(count), |(_, palette)| palette);
        let image = self.mapped(&palette, mapping);
        *self.last() = Some((count, palette));
        image
    }

    fn last(&self) -> MutexGuard<'_, Option<(usize, Vec<[u8; 4]>)>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// At most `count` colours that stand for the image with the least squared error.
    pub(crate) fn palette(&self, count: usize) -> Vec<[u8; 4]> {
        let mut entries = self.entries.clone();
        let centroids = refined(split(&mut entries, count), &self.entries);
        let mut palette: Vec<[u8; 4]> = centroids.into_iter().map(color).collect();
        palette.sort_unstable();
        palette.dedup();
        palette
    }

    /// The pixels in colours of a palette. The palette comes back in another order.
    pub(crate) fn mapped(&self, palette: &[[u8; 4]], mapping: Mapping) -> PaletteImage {
        let nearest = Nearest::new(palette.iter().map(|&color| (feature(color), class(color[3]))));
        let ordered = nearest.order.iter().filter_map(|&index| palette.get(index).copied()).collect();
        let indices = if mapping.dithering > 0.0 {
            self.dithered(&nearest, mapping.dithering)
        } else {
            self.plain(&nearest, mapping.coherence)
        };
        PaletteImage { palette: ordered, indices }
    }

    fn plain(&self, nearest: &Nearest, coherence: f32) -> Vec<u8> {
        let weight: f64 = self.entries.iter().map(|entry| f64::from(entry.weight)).sum();
        let error: f64 = self
            .entries
            .iter()
            .map(|entry| {
                f64::from(nearest.find(entry.feature, entry.class).1.min(CLASS_PENALTY))
                    * f64::from(entry.weight)
            })
            .sum();
        let slack = coherence * (error / weight.max(1.0)) as f32;
        let mut cache = Cache::new();
        let mut indices: Vec<u8> = Vec::with_capacity(self.pixels.len());
        for (at, &pixel) in self.pixels.iter().enumerate() {
            let found = cache.find(pixel, nearest);
            let mut best = found.index;
            if slack > 0.0 {
                let mut least = found.distance + slack / masked(self.contrast[at]);
                let left = (at % self.width > 0).then(|| indices[at - 1]);
                let up = at.checked_sub(self.width).map(|above| indices[above]);
                for neighbour in [left, up].into_iter().flatten() {
                    let distance = nearest.distance(neighbour, found.feature, found.class);
                    if distance < least {
                        least = distance;
                        best = neighbour;
                    }
                }
            }
            indices.push(best);
        }
        indices
    }

    /// Floyd and Steinberg's error diffusion, every other row backwards. Pixels whose very colour is in the
    /// palette keep it and stop the errors: flat areas stay flat.
    fn dithered(&self, nearest: &Nearest, strength: f32) -> Vec<u8> {
        /// Squared error up to which a colour counts as being in the palette: rounding alone.
        const EXACT: f32 = 1.0;
        let width = self.width;
        let mut indices = vec![0; self.pixels.len()];
        // One more on each side, so that nothing has to be checked.
        let mut errors = vec![[0f32; 4]; width + 2];
        let mut below = vec![[0f32; 4]; width + 2];
        let mut cache = Cache::new();
        let rows = indices.chunks_exact_mut(width).zip(self.pixels.chunks_exact(width));
        for (y, (indices, pixels)) in rows.enumerate() {
            let backwards = y % 2 == 1;
            for step in 0..width {
                let x = if backwards { width - 1 - step } else { step };
                let (ahead, behind) = if backwards { (x, x + 2) } else { (x + 2, x) };
                let own = cache.find(pixels[x], nearest);
                if own.distance <= EXACT || own.class == Class::Transparent {
                    indices[x] = own.index;
                    continue;
                }
                let mut wanted = own.feature;
                for (wanted, error) in wanted.iter_mut().zip(errors[x + 1]) {
                    *wanted += error;
                }
                if own.class == Class::Opaque {
                    wanted[3] = own.feature[3];
                }
                let (index, _) = nearest.find(wanted, own.class);
                indices[x] = index;
                let strength = strength * masked(self.contrast[y * width + x]);
                let got = nearest.features[usize::from(index)];
                for channel in 0..4 {
                    // An error that no colour can make up for would pile up.
                    let error = (wanted[channel] - got[channel]).clamp(-48.0, 48.0) * strength / 16.0;
                    errors[ahead][channel] += error * 7.0;
                    below[behind][channel] += error * 3.0;
                    below[x + 1][channel] += error * 5.0;
                    below[ahead][channel] += error;
                }
            }
            std::mem::swap(&mut errors, &mut below);
            below.fill([0.0; 4]);
        }
        indices
    }
}

impl PaletteImage {
    /// The colours its indices stand for, four samples a pixel.
    #[cfg(test)]
    pub(crate) fn to_rgba(&self) -> Vec<u8> {
        self.indices.iter().flat_map(|&index| self.palette[usize::from(index)]).collect()
    }
}

/// Four samples a pixel; colours that cannot be seen are black.
fn rgba(samples: &[u8], channels: Channels) -> Vec<[u8; 4]> {
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
fn entries(pixels: &[[u8; 4]], contrast: &[u8]) -> Vec<Entry> {
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
fn contrast(pixels: &[[u8; 4]], width: usize) -> Vec<u8> {
    let luma: Vec<u8> = pixels
        .iter()
        .map(|&[r, g, b, alpha]| {
            let luma = (77 * u32::from(r) + 150 * u32::from(g) + 29 * u32::from(b)) >> 8;
            // As it shows on mid-grey.
            ((luma * u32::from(alpha) + 128 * (255 - u32::from(alpha))) / 255) as u8
        })
        .collect();
    let mut contrast = vec![0u8; luma.len()];
    for (y, row) in luma.chunks_exact(width).enumerate() {
        let at = y * width;
        for x in 1..width {
            let step = row[x].abs_diff(row[x - 1]);
            contrast[at + x] = contrast[at + x].max(step);
            contrast[at + x - 1] = contrast[at + x - 1].max(step);
        }
        if y > 0 {
            for x in 0..width {
                let step = row[x].abs_diff(luma[at + x - width]);
                contrast[at + x] = contrast[at + x].max(step);
                contrast[at + x - width] = contrast[at + x - width].max(step);
            }
        }
    }
    contrast
}

/// What an error counts at a pixel of this contrast, of 1.
fn masked(contrast: u8) -> f32 {
    MASKING / (MASKING + f32::from(contrast))
}

const fn class(alpha: u8) -> Class {
    match alpha {
        0 => Class::Transparent,
        255 => Class::Opaque,
        _ => Class::Partial,
    }
}

/// A colour's coordinates, in which the squared distance of two colours is the mean of their squared distances on
/// black and on white.
///
/// A channel `c` with alpha `a` shows as `p = c·a` on black and `p + 1 − a` on white. The mean of `Δp²` and
/// `(Δp − Δa)²` is `(Δp − Δa/2)² + (Δa/2)²`: coordinates `p − a/2` and `a/2`.
fn feature(color: [u8; 4]) -> Feature {
    let [r, g, b, alpha] = color.map(f32::from);
    let [r, g, b] = [r, g, b].map(|channel| channel * (alpha / 255.0) - alpha * 0.5);
    let luma = 0.299 * r + 0.587 * g + 0.114 * b;
    [luma * LUMA, (b - luma) * BLUE, (r - luma) * RED, alpha * 0.5 * LUMA]
}

/// The colour nearest to coordinates: [`feature`] backwards.
fn color(feature: Feature) -> [u8; 4] {
    let alpha = (feature[3] * 2.0 / LUMA).clamp(0.0, 255.0);
    if alpha < 0.5 {
        return [0; 4];
    }
    let luma = feature[0] / LUMA;
    let (b, r) = (luma + feature[1] / BLUE, luma + feature[2] / RED);
    let g = (luma - 0.299 * r - 0.114 * b) / 0.587;
    let channel = |value: f32| ((value + alpha * 0.5) * (255.0 / alpha) + 0.5).clamp(0.0, 255.0) as u8;
    [channel(r), channel(g), channel(b), (alpha + 0.5) as u8]
}

fn class_of(feature: Feature) -> Class {
    class((feature[3] * 2.0 / LUMA + 0.5).clamp(0.0, 255.0) as u8)
}

/// A box of colours: a range of the entries.
struct ColorBox {
    start: usize,
    end: usize,
    moments: Moments,
}

/// Weight, weighted sums and weighted sums of squares.
#[derive(Clone, Copy, Default)]
struct Moments {
    weight: f64,
    sums: [f64; 4],
    squares: [f64; 4],
}

impl Moments {
    fn of(entries: &[Entry]) -> Self {
        let mut moments = Self::default();
        for entry in entries {
            moments.add(entry);
        }
        moments
    }

    fn add(&mut self, entry: &Entry) {
        let weight = f64::from(entry.weight);
        self.weight += weight;
        for (channel, value) in entry.feature.into_iter().enumerate() {
            let value = f64::from(value);
            self.sums[channel] += weight * value;
            self.squares[channel] += weight * value * value;
        }
    }

    /// Squared error of one channel when the mean stands for all.
    fn error(&self, channel: usize) -> f64 {
        if self.weight > 0.0 {
            (self.squares[channel] - self.sums[channel] * self.sums[channel] / self.weight).max(0.0)
        } else {
            0.0
        }
    }

    fn total_error(&self) -> f64 {
        (0..4).map(|channel| self.error(channel)).sum()
    }

    fn mean(&self) -> Feature {
        self.sums.map(|sum| (sum / self.weight) as f32)
    }
}

impl ColorBox {
    fn new(entries: &[Entry], start: usize, end: usize) -> Self {
        Self { start, end, moments: Moments::of(&entries[start..end]) }
    }
}

/// The means of at most `count` boxes.
fn split(entries: &mut [Entry], count: usize) -> Vec<Feature> {
    if entries.is_empty() {
        return Vec::new();
    }
    // Opaque, transparent and in-between colours do not share a box, where there are boxes enough.
    entries.sort_by_key(|entry| entry.class as u8);
    let mut boxes = Vec::with_capacity(count);
    let mut start = 0;
    for group in entries.chunk_by(|a, b| a.class == b.class) {
        boxes.push(ColorBox::new(entries, start, start + group.len()));
        start += group.len();
    }
    if boxes.len() > count {
        let end = boxes[1].end;
        boxes.splice(0..2, [ColorBox::new(entries, 0, end)]);
    }
    while boxes.len() < count {
        let largest = boxes
            .iter()
            .enumerate()
            .filter(|(_, part)| part.end - part.start > 1)
            .map(|(index, part)| (index, part.moments.total_error()))
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        let Some((index, error)) = largest else { break };
        if error <= 0.0 {
            break;
        }
        let ColorBox { start, end, moments } = boxes.swap_remove(index);
        let middle = start + cut(&mut entries[start..end], &moments);
        boxes.push(ColorBox::new(entries, start, middle));
        boxes.push(ColorBox::new(entries, middle, end));
    }
    boxes.iter().map(|part| part.moments.mean()).collect()
}

/// Sorts a box along its longest side and gives the place to cut it: where the errors of both halves are least.
fn cut(entries: &mut [Entry], moments: &Moments) -> usize {
    let longest = (0..4).max_by(|&a, &b| moments.error(a).total_cmp(&moments.error(b))).unwrap_or(0);
    entries.sort_unstable_by(|a, b| {
        let by_value = a.feature[longest].total_cmp(&b.feature[longest]);
        // The rest only makes the order unique.
        (0..4).fold(by_value, |order, channel| {
            order.then_with(|| a.feature[channel].total_cmp(&b.feature[channel]))
        })
    });
    let mut left = Moments::default();
    let mut best = (f64::INFINITY, entries.len() / 2);
    for (index, entry) in entries.iter().enumerate().take(entries.len() - 1) {
        left.add(entry);
        let mut right = *moments;
        right.weight -= left.weight;
        for channel in 0..4 {
            right.sums[channel] -= left.sums[channel];
            right.squares[channel] -= left.squares[channel];
        }
        let error = left.total_error() + right.total_error();
        if error < best.0 {
            best = (error, index + 1);
        }
    }
    best.1
}

/// k-means: each centroid moves to the mean of the entries it is nearest to, and those that are badly met count
/// more in the next round. A centroid that is nearest to none goes to the entry with the largest error.
fn refined(mut centroids: Vec<Feature>, originals: &[Entry]) -> Vec<Feature> {
    let mut entries = originals.to_vec();
    for _ in 0..ROUNDS {
        let nearest = Nearest::new(centroids.iter().map(|&centroid| (centroid, class_of(centroid))));
        let assigned: Vec<(u8, f32)> = entries
            .par_chunks(CHUNK)
            .flat_map_iter(|entries| entries.iter().map(|entry| nearest.find(entry.feature, entry.class)))
            .collect();
        let mut clusters = vec![Moments::default(); centroids.len()];
        for (entry, &(index, _)) in entries.iter().zip(&assigned) {
            clusters[usize::from(index)].add(entry);
        }
        emphasize(&mut entries, originals, &assigned);
        let mut worst: Vec<usize> = Vec::new();
        let mut moved = false;
        let next: Vec<Feature> = clusters
            .iter()
            .zip(&nearest.features)
            .map(|(cluster, &old)| {
                let new = if cluster.weight > 0.0 {
                    cluster.mean()
                } else {
                    if worst.is_empty() {
                        worst = by_error(&entries, &assigned);
                    }
                    worst.pop().map_or(old, |index| entries[index].feature)
                };
                moved |= new.map(f32::to_bits) != old.map(f32::to_bits);
                new
            })
            .collect();
        centroids = next;
        if !moved {
            break;
        }
    }
    centroids
}

/// Moves the weights towards colours that are badly met: the mean error is not all, outliers are seen.
fn emphasize(entries: &mut [Entry], originals: &[Entry], assigned: &[(u8, f32)]) {
    let error = |&(_, distance): &(u8, f32)| f64::from(distance.min(CLASS_PENALTY)).sqrt();
    let (mut sum, mut total) = (0.0, 0.0);
    for (entry, assigned) in originals.iter().zip(assigned) {
        sum += f64::from(entry.weight) * error(assigned);
        total += f64::from(entry.weight);
    }
    if sum <= 0.0 {
        return;
    }
    let mean = sum / total;
    for ((entry, original), assigned) in entries.iter_mut().zip(originals).zip(assigned) {
        let wanted = f64::from(original.weight) * (1.0 + EMPHASIS * error(assigned) / mean);
        entry.weight = f64::midpoint(f64::from(entry.weight), wanted) as f32;
    }
}

/// Indices of the entries with an error, the largest last.
fn by_error(entries: &[Entry], assigned: &[(u8, f32)]) -> Vec<usize> {
    let mut order: Vec<(f32, usize)> = entries
        .iter()
        .zip(assigned)
        .enumerate()
        .map(|(index, (entry, &(_, distance)))| (distance * entry.weight, index))
        .filter(|&(error, _)| error > 0.0)
        .collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    order.into_iter().map(|(_, index)| index).collect()
}

/// Finds the nearest of up to 256 colours. Sorted by luma: the search goes outwards from a colour's own luma and
/// stops where the difference in luma alone is too large.
struct Nearest {
    features: Vec<Feature>,
    classes: Vec<Class>,
    /// Where each colour was in what was handed in.
    order: Vec<usize>,
}

impl Nearest {
    fn new(colors: impl Iterator<Item = (Feature, Class)>) -> Self {
        let colors: Vec<(Feature, Class)> = colors.take(256).collect();
        let mut order: Vec<usize> = (0..colors.len()).collect();
        order.sort_by(|&a, &b| colors[a].0[0].total_cmp(&colors[b].0[0]));
        Self {
            features: order.iter().map(|&index| colors[index].0).collect(),
            classes: order.iter().map(|&index| colors[index].1).collect(),
            order,
        }
    }

    /// Squared distance to one colour.
    fn distance(&self, index: u8, feature: Feature, class: Class) -> f32 {
        let index = usize::from(index);
        let other = self.features[index];
        let squares = [0, 1, 2, 3].map(|channel: usize| {
            let difference = feature[channel] - other[channel];
            difference * difference
        });
        let penalty = if self.classes[index] == class { 0.0 } else { CLASS_PENALTY };
        (squares[0] + squares[1]) + (squares[2] + squares[3]) + penalty
    }

    /// The nearest colour's index and squared distance; of equally near ones, always the same.
    fn find(&self, feature: Feature, class: Class) -> (u8, f32) {
        let start = self.features.partition_point(|other| other[0] < feature[0]);
        let (mut low, mut high) = (start, start);
        let mut best = (0, f32::INFINITY);
        loop {
            let mut open = false;
            if high < self.features.len() {
                let luma = self.features[high][0] - feature[0];
                if luma * luma < best.1 {
                    let distance = self.distance(high as u8, feature, class);
                    if distance < best.1 {
                        best = (high as u8, distance);
                    }
                    high += 1;
                    open = true;
                } else {
                    high = self.features.len();
                }
            }
            if low > 0 {
                let luma = self.features[low - 1][0] - feature[0];
                if luma * luma < best.1 {
                    let distance = self.distance((low - 1) as u8, feature, class);
                    if distance < best.1 {
                        best = ((low - 1) as u8, distance);
                    }
                    low -= 1;
                    open = true;
                } else {
                    low = 0;
                }
            }
            if !open {
                return best;
            }
        }
    }
}

/// Nearest colours found before. Only saves time: what it answers is what a search would find.
struct Cache(Vec<([u8; 4], Found)>);

/// A colour's coordinates and the palette colour nearest to it.
#[derive(Clone, Copy)]
struct Found {
    feature: Feature,
    class: Class,
    index: u8,
    distance: f32,
}

impl Cache {
    fn new() -> Self {
        let nothing = Found { feature: [0.0; 4], class: Class::Opaque, index: 0, distance: f32::NAN };
        Self(vec![([0; 4], nothing); CACHE])
    }

    fn find(&mut self, pixel: [u8; 4], nearest: &Nearest) -> Found {
        // Knuth's multiplicative hash: the high bits are the well mixed ones.
        let slot = (u32::from_ne_bytes(pixel).wrapping_mul(2_654_435_769) >> 20) as usize % CACHE;
        let (known, found) = &mut self.0[slot];
        if *known != pixel || found.distance.is_nan() {
            let feature = feature(pixel);
            let class = class(pixel[3]);
            let (index, distance) = nearest.find(feature, class);
            *known = pixel;
            *found = Found { feature, class, index, distance };
        }
        *found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Mapping = Mapping { dithering: 0.0, coherence: 0.0 };
    const DITHERED: Mapping = Mapping { dithering: 1.0, coherence: 0.0 };

    fn image(width: u32, channels: Channels, samples: Vec<u8>) -> PixelBuffer {
        let height = samples.len() / channels.count() / width as usize;
        PixelBuffer::new(width, height as u32, channels, Samples::U8(samples)).unwrap()
    }

    fn ramp() -> PixelBuffer {
        image(256, Channels::Rgb, (0..256 * 16u32).flat_map(|i| [(i % 256) as u8; 3]).collect())
    }

    #[test]
    fn a_color_survives_its_coordinates() {
        for alpha in [1u8, 7, 100, 254, 255] {
            for value in [[0, 0, 0], [255, 255, 255], [200, 30, 90], [3, 250, 128]] {
                let [r, g, b] = value;
                let back = color(feature([r, g, b, alpha]));
                assert_eq!(back[3], alpha);
                // At low alpha, colours are as far apart as they look.
                for (a, b) in back.into_iter().zip(value) {
                    assert!(a.abs_diff(b) <= 1, "{value:?} at alpha {alpha} became {back:?}");
                }
            }
        }
        assert_eq!(color(feature([9, 9, 9, 0])), [0; 4]);
    }

    #[test]
    fn distance_is_the_mean_of_what_shows_on_black_and_on_white() {
        let (a, b) = ([200.0f32, 80.0], [90.0f32, 255.0]);
        let shows =
            |[gray, alpha]: [f32; 2], matte: f32| gray * alpha / 255.0 + matte * (255.0 - alpha) / 255.0;
        let expected =
            [0.0, 255.0].map(|matte| (shows(a, matte) - shows(b, matte)).powi(2)).iter().sum::<f32>() / 2.0;
        let of = |[gray, alpha]: [f32; 2]| feature([gray as u8, gray as u8, gray as u8, alpha as u8]);
        let distance: f32 = of(a).iter().zip(of(b)).map(|(a, b)| (a - b).powi(2)).sum();
        assert!((distance - expected).abs() < 0.5, "{distance} is not {expected}");
    }

    #[test]
    fn few_colors_come_back_exactly() {
        let colors =
            [[255u8, 0, 0, 255], [0, 0, 0, 0], [10, 20, 30, 128], [255, 255, 255, 255], [254, 255, 255, 255]];
        let samples: Vec<u8> = (0..300usize).flat_map(|i| colors[i * i % 5]).collect();
        let original = image(20, Channels::Rgba, samples.clone());
        for mapping in [PLAIN, DITHERED] {
            let reduced = Colors::of(&original).reduced(256, mapping);
            assert_eq!(reduced.to_rgba(), samples);
        }
    }

    #[test]
    fn opaque_and_clear_pixels_stay_so() {
        let samples: Vec<u8> = (0..64 * 64u32)
            .flat_map(|i| [(i % 64 * 4) as u8, 90, (i / 64 * 4) as u8, (i % 64 * 5).min(255) as u8])
            .collect();
        let original = image(64, Channels::Rgba, samples.clone());
        for (count, mapping) in [(4, PLAIN), (4, DITHERED), (40, PLAIN), (40, DITHERED)] {
            let reduced = Colors::of(&original).reduced(count, mapping);
            assert!(reduced.palette.len() <= count);
            for (was, is) in samples.chunks_exact(4).zip(reduced.to_rgba().chunks_exact(4)) {
                assert_eq!((was[3] == 0, was[3] == 255), (is[3] == 0, is[3] == 255));
            }
        }
    }

    #[test]
    fn a_ramp_is_cut_into_even_steps_and_dithering_keeps_its_mean() {
        let colors = Colors::of(&ramp());
        let plain = colors.reduced(8, PLAIN);
        assert_eq!(plain.palette.len(), 8);
        let worst = (0..256).map(|x| plain.to_rgba()[x * 4].abs_diff(x as u8)).max();
        assert!(worst <= Some(20), "{worst:?}");
        let dithered = colors.reduced(4, DITHERED).to_rgba();
        let mean = |from: usize| {
            let sum: u32 = (0..16)
                .flat_map(|y| (from..from + 32).map(move |x| (y * 256 + x) * 4))
                .map(|at| u32::from(dithered[at]))
                .sum();
            f64::from(sum) / 512.0
        };
        for from in [32, 96, 160] {
            let expected = from as f64 + 15.5;
            assert!((mean(from) - expected).abs() < 4.0, "{} is not {expected}", mean(from));
        }
    }

    #[test]
    fn coherence_makes_longer_runs() {
        let mut state = 1u32;
        let samples = (0..64 * 64)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                100 + (state >> 24) as u8 % 24
            })
            .collect();
        let colors = Colors::of(&image(64, Channels::Gray, samples));
        let changes = |coherence| {
            let reduced = colors.reduced(4, Mapping { dithering: 0.0, coherence });
            reduced.indices.windows(2).filter(|pair| pair[0] != pair[1]).count()
        };
        assert!(changes(4.0) * 10 < changes(0.0) * 9, "{} {}", changes(4.0), changes(0.0));
    }

    #[test]
    fn many_colors_are_counted_together() {
        let samples = (0..512 * 512u32)
            .flat_map(|i| [(i % 512 / 2) as u8, (i / 512 / 2) as u8, (i * 31) as u8])
            .collect();
        let colors = Colors::of(&image(512, Channels::Rgb, samples));
        assert!(
            colors.entries.len() <= MAX_ENTRIES && colors.entries.len() > 4096,
            "{}",
            colors.entries.len()
        );
        assert_eq!(colors.reduced(256, PLAIN).palette.len(), 256);
    }
}
