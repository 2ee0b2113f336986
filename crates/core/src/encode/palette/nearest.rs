//! The palette colour that is nearest to a colour.

use super::coordinates::{Class, Feature, class, feature};

/// What it costs to map a pixel that is opaque, transparent or in between to a colour that is not: more than any
/// difference in colour.
pub(super) const CLASS_PENALTY: f32 = 1e7;
/// Remembered nearest colours, a power of two.
const CACHE: usize = 1 << 12;

/// Finds the nearest of up to 256 colours. Sorted by luma: the search goes outwards from a colour's own luma and
/// stops where the difference in luma alone is too large.
pub(super) struct Nearest {
    pub(super) features: Vec<Feature>,
    classes: Vec<Class>,
    /// Where each colour was in what was handed in.
    pub(super) order: Vec<usize>,
}

impl Nearest {
    pub(super) fn new(colors: impl Iterator<Item = (Feature, Class)>) -> Self {
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
    #[inline]
    pub(super) fn distance(&self, index: u8, feature: Feature, class: Class) -> f32 {
        let index = usize::from(index);
        let other = self.features[index];
        let square = |channel: usize| {
            let difference = feature[channel] - other[channel];
            difference * difference
        };
        let penalty = if self.classes[index] == class { 0.0 } else { CLASS_PENALTY };
        (square(0) + square(1)) + (square(2) + square(3)) + penalty
    }

    /// The nearest colour's index and squared distance; of equally near ones, always the same.
    pub(super) fn find(&self, feature: Feature, class: Class) -> (u8, f32) {
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
pub(super) struct Cache(Vec<([u8; 4], Found)>);

/// A colour's coordinates and the palette colour nearest to it.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub(super) feature: Feature,
    pub(super) class: Class,
    pub(super) index: u8,
    pub(super) distance: f32,
}

impl Cache {
    pub(super) fn new() -> Self {
        let nothing = Found { feature: [0.0; 4], class: Class::Opaque, index: 0, distance: f32::NAN };
        Self(vec![([0; 4], nothing); CACHE])
    }

    pub(super) fn find(&mut self, pixel: [u8; 4], nearest: &Nearest) -> Found {
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
