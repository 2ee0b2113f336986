//! Fewer colours: the palette that stands for an image best, and the pixels mapped onto it.
//!
//! 1. The distinct colours are counted ([`Colors`]).
//! 2. They are split into boxes, always the box with the largest squared error, where that reduces the error
//!    most (Wu's criterion, on the colours themselves instead of a grid).
//! 3. A few rounds of k-means (Lloyd's) move the palette to the means of what is mapped to it.
//! 4. Each pixel gets an index: the nearest colour's, or its neighbour's where that is nearly as good
//!    ([`Mapping::coherence`]), or one that makes up for its neighbours' errors ([`Mapping::dithering`]).
//!
//! Quality is a number of colours: 1 to 31 stand for 2 to 32 colours, one by one; from there on each step is 3 %
//! more, so that 50 is 57 colours, 80 is 140 and 100 is 256. What a number of colours does to an image depends on
//! the image far more than with other encoders; a goal by score finds the number.
//!
//! Only additions, multiplications, divisions and square roots of `f32` and `f64` in a fixed order, which
//! IEEE 754 defines to the last bit: every platform and any number of threads gives the same palette. (quantizr
//! sums in the order of a hash map and takes powers from the platform's library; quantette has no alpha.)

mod coordinates;
mod count;
mod map;
mod nearest;
mod quality;
mod refine;
mod split;

use crate::pixels::{PixelBuffer, Samples};
use coordinates::{class, color, feature};
use count::{Entry, contrast, entries, rgba};
use nearest::Nearest;
pub(in crate::encode) use quality::in_few_colors;
use refine::refined;
use split::split;
use std::sync::{Mutex, MutexGuard, PoisonError};

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
}

impl PaletteImage {
    /// The colours its indices stand for, four samples a pixel.
    #[cfg(test)]
    pub(crate) fn to_rgba(&self) -> Vec<u8> {
        self.indices.iter().flat_map(|&index| self.palette[usize::from(index)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::count::MAX_ENTRIES;
    use super::*;
    use crate::pixels::Channels;

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
