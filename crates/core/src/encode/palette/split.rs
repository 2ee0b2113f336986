//! Boxes of colours, split where the squared error falls most (Wu's criterion).

use super::coordinates::Feature;
use super::count::Entry;

/// A box of colours: a range of the entries.
struct ColorBox {
    start: usize,
    end: usize,
    moments: Moments,
}

/// Weight, weighted sums and weighted sums of squares.
#[derive(Clone, Copy, Default)]
pub(super) struct Moments {
    pub(super) weight: f64,
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

    pub(super) fn add(&mut self, entry: &Entry) {
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

    pub(super) fn mean(&self) -> Feature {
        self.sums.map(|sum| (sum / self.weight) as f32)
    }
}

impl ColorBox {
    fn new(entries: &[Entry], start: usize, end: usize) -> Self {
        Self { start, end, moments: Moments::of(&entries[start..end]) }
    }
}

/// The means of at most `count` boxes.
pub(super) fn split(entries: &mut [Entry], count: usize) -> Vec<Feature> {
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
