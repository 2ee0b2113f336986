//! How much one file looks like another, whoever made them: the measure the search is steered by, from outside.

use crate::analyse::{AlphaKind, analyse};
use crate::context::OptimizeContext;
use crate::decode::decode;
use crate::error::OptimizationError;
use crate::heat_map::heat_map;
use crate::measure::Measurer;
use crate::metrics::ErrorMap;
use crate::picture::Picture;
use crate::pixels::PixelBuffer;
use crate::settings::{Background, ColorPolicy, ImageSettings};
use crate::sniff::sniff;
use crate::transform::{flattened, transform};
use crate::units::Score;

/// A file that others are compared with: upright, in sRGB, transparency judged on black and on white.
///
/// # Examples
/// ```
/// use planish::{Comparison, ImageSettings, OptimizeContext, optimize};
///
/// // The bytes of two image files of one size; the second may be of any format.
/// # let mut original = Vec::new();
/// # let mut encoder = png::Encoder::new(&mut original, 64, 48);
/// # encoder.set_color(png::ColorType::Rgb);
/// # let pixels: Vec<u8> = (0..64 * 48 * 3).map(|at| (at % 192 + at / 192) as u8).collect();
/// # encoder.write_header()?.write_image_data(&pixels)?;
/// # let context = OptimizeContext::default();
/// # let candidate = optimize(&original, &ImageSettings::default(), &context)?.bytes;
/// let comparison = Comparison::with(&original, &OptimizeContext::default())?;
/// let score = comparison.score(&candidate, &OptimizeContext::default())?;
/// assert!(score.get() >= 80.0);
///
/// // The same score, and where the two differ, as a picture of at most 800 pixels.
/// let difference = comparison.difference(&candidate, &OptimizeContext::default())?;
/// let png: Vec<u8> = difference.heat_map(800).to_png()?;
/// assert_eq!(difference.score, score);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Comparison {
    pixels: PixelBuffer,
    alpha: AlphaKind,
    background: Option<Background>,
    measurer: Measurer,
}

/// How much another file differs, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// SSIMULACRA2, the same as [`Comparison::score`] gives.
    pub score: Score,
    /// What each part of the picture costs; half its size. From the pass that gave the score.
    pub map: ErrorMap,
}

impl Difference {
    /// The map in colours: black where nothing changed, lighter and hotter where more did; see
    /// [`heat_colors`](crate::heat_colors). Half the size of the pictures that were compared, and averaged until no
    /// edge is longer than `longest_edge` pixels.
    pub fn heat_map(&self, longest_edge: u32) -> Picture {
        heat_map(&self.map, longest_edge)
    }
}

impl std::fmt::Debug for Comparison {
    /// The size alone: nobody wants to read millions of pixels.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Comparison").field("size", &self.size()).finish_non_exhaustive()
    }
}

impl Comparison {
    /// Decodes the file to compare with.
    ///
    /// # Errors
    /// What [`optimize`](crate::optimize()) gives for a file it cannot read, and
    /// [`OptimizationError::Unsupported`] for an animation.
    pub fn with(reference: &[u8], context: &OptimizeContext<'_>) -> Result<Self, OptimizationError> {
        Self::after(reference, &ImageSettings::default(), context)
    }

    /// Decodes the file to compare with, and does to its picture what these settings say: crop, turn, resize. A
    /// candidate without transparency is held against it on the background they name. For comparing an output with
    /// the input it was made from.
    ///
    /// # Errors
    /// As for [`Self::with`], and what the settings ask for may be impossible:
    /// [`OptimizationError::InvalidSetting`], [`OptimizationError::LimitExceeded`].
    pub fn after(
        reference: &[u8],
        settings: &ImageSettings,
        context: &OptimizeContext<'_>,
    ) -> Result<Self, OptimizationError> {
        let pixels = srgb_pixels(reference, settings, context)?;
        let alpha = analyse(&pixels).alpha;
        let measurer = Measurer::new(&pixels, alpha)?;
        Ok(Self { pixels, alpha, background: settings.background, measurer })
    }

    /// Width and height in pixels, upright.
    pub const fn size(&self) -> (u32, u32) {
        (self.pixels.width(), self.pixels.height())
    }

    /// SSIMULACRA2 of another file against this one; 100 where they are equal.
    ///
    /// # Errors
    /// As for [`Self::with`], and [`OptimizationError::InvalidSetting`] for a file of another size.
    pub fn score(&self, candidate: &[u8], context: &OptimizeContext<'_>) -> Result<Score, OptimizationError> {
        self.measure(candidate, context, Measurer::score)
    }

    /// The score of another file, and where it differs, from one pass over the pixels.
    ///
    /// # Errors
    /// As for [`Self::score`].
    pub fn difference(
        &self,
        candidate: &[u8],
        context: &OptimizeContext<'_>,
    ) -> Result<Difference, OptimizationError> {
        let (score, map) = self.measure(candidate, context, Measurer::score_with_map)?;
        Ok(Difference { score, map })
    }

    fn measure<T>(
        &self,
        candidate: &[u8],
        context: &OptimizeContext<'_>,
        measure: impl FnOnce(&Measurer, &PixelBuffer) -> Result<T, OptimizationError>,
    ) -> Result<T, OptimizationError> {
        let candidate = srgb_pixels(candidate, &ImageSettings::default(), context)?;
        let (width, height) = self.size();
        if (candidate.width(), candidate.height()) != (width, height) {
            return Err(OptimizationError::InvalidSetting {
                field: "the file to compare".into(),
                expected: format!("{width} × {height} pixels"),
                actual: format!("{} × {}", candidate.width(), candidate.height()),
            });
        }
        context.check_cancelled()?;
        let transparent = analyse(&candidate).alpha;
        if self.alpha == AlphaKind::None && transparent != AlphaKind::None {
            // What was opaque has become transparent: that shows on a matte only.
            return measure(&Measurer::new(&self.pixels, transparent)?, &candidate);
        }
        if transparent == AlphaKind::None
            && self.background.is_some()
            && let Some(flat) = flattened(&self.pixels, self.alpha, self.background)
        {
            return measure(&Measurer::new(&flat, AlphaKind::None)?, &candidate);
        }
        measure(&self.measurer, &candidate)
    }
}

/// The pixels with what the settings say done to them, in sRGB whatever they say of that.
fn srgb_pixels(
    bytes: &[u8],
    settings: &ImageSettings,
    context: &OptimizeContext<'_>,
) -> Result<PixelBuffer, OptimizationError> {
    context.limits.check_input(bytes.len())?;
    let mut decoded = decode(bytes, sniff(bytes)?, context)?;
    let settings = ImageSettings { color: ColorPolicy::Srgb, ..settings.clone() };
    transform(decoded.pixels, &mut decoded.metadata.icc, &settings, &context.limits).map(|(pixels, _)| pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, color: png::ColorType, pixels: &[u8]) -> Vec<u8> {
        let height = (pixels.len() / color.samples() / width as usize) as u32;
        let mut info = png::Info::with_size(width, height);
        info.color_type = color;
        info.bit_depth = png::BitDepth::Eight;
        let mut bytes = Vec::new();
        let mut writer = png::Encoder::with_info(&mut bytes, info).unwrap().write_header().unwrap();
        writer.write_image_data(pixels).unwrap();
        writer.finish().unwrap();
        bytes
    }

    /// A slanted gradient with `change` added to every ninth pixel.
    fn gradient(channels: usize, change: u8) -> Vec<u8> {
        (0..32 * 32)
            .flat_map(|at: usize| {
                let shade = (at % 32 * 4 + at / 32 * 3) as u8 + if at.is_multiple_of(9) { change } else { 0 };
                [shade, shade / 2, 255 - shade, 255].into_iter().take(channels)
            })
            .collect()
    }

    #[test]
    fn equal_pictures_score_100_however_they_are_stored_and_changed_ones_less() {
        let context = OptimizeContext::default();
        let reference = Comparison::with(&png(32, png::ColorType::Rgb, &gradient(3, 0)), &context).unwrap();
        let score = |file: &[u8]| reference.score(file, &context).unwrap().get();
        assert!(score(&png(32, png::ColorType::Rgba, &gradient(4, 0))) > 99.999);
        let (little, much) = (
            score(&png(32, png::ColorType::Rgb, &gradient(3, 4))),
            score(&png(32, png::ColorType::Rgb, &gradient(3, 30))),
        );
        assert!(much < little && little < 99.0, "{much} {little}");
    }

    #[test]
    fn transparency_that_was_not_there_costs_score() {
        let context = OptimizeContext::default();
        let reference = Comparison::with(&png(32, png::ColorType::Rgb, &gradient(3, 0)), &context).unwrap();
        let mut faded = gradient(4, 0);
        for pixel in faded.chunks_exact_mut(4).take(200) {
            pixel[3] = 0;
        }
        let faded = png(32, png::ColorType::Rgba, &faded);
        assert!(reference.score(&faded, &context).unwrap().get() < 80.0);
    }

    #[test]
    fn another_size_is_refused_with_both_sizes() {
        let context = OptimizeContext::default();
        let reference = Comparison::with(&png(32, png::ColorType::Rgb, &gradient(3, 0)), &context).unwrap();
        let error = reference.score(&png(16, png::ColorType::Rgb, &gradient(3, 0)), &context).unwrap_err();
        assert!(error.to_string().contains("32 × 32") && error.to_string().contains("16 × 64"), "{error}");
    }

    #[test]
    fn a_defect_in_a_corner_lights_up_there_and_nowhere_else() {
        let side = 256;
        let picture = |coarse: bool| {
            let samples: Vec<u8> = (0..side * side)
                .flat_map(|at| {
                    let (mut x, mut y) = (at % side, at / side);
                    if coarse && x >= 192 && y >= 192 {
                        // Blocks of 8 × 8, as from a hard JPEG.
                        (x, y) = (x / 8 * 8, y / 8 * 8);
                    }
                    let wave = (x as f32 * 0.35).sin() * 40.0 + (y as f32 * 0.23).cos() * 40.0;
                    [(128.0 + wave) as u8, (120.0 + wave * 0.7) as u8, (90 + x / 4) as u8]
                })
                .collect();
            png(side as u32, png::ColorType::Rgb, &samples)
        };
        let context = OptimizeContext::default();
        let reference = Comparison::with(&picture(false), &context).unwrap();
        let defect = reference.difference(&picture(true), &context).unwrap();
        assert_eq!(defect.score, reference.score(&picture(true), &context).unwrap());
        let heat = defect.heat_map(u32::MAX);
        assert_eq!((heat.width(), heat.height()), (128, 128));
        let brightness = |x: u32, y: u32| {
            let at = (y * heat.width() + x) as usize * 4;
            heat.rgba()[at..at + 3].iter().map(|&v| u32::from(v)).sum::<u32>()
        };
        assert!(brightness(112, 112) > 250, "{}", brightness(112, 112));
        for (x, y) in [(5, 5), (60, 60), (120, 10), (10, 120), (70, 120)] {
            assert!(brightness(x, y) < 12, "{x} {y}: {}", brightness(x, y));
        }
        let small = defect.heat_map(16);
        assert_eq!((small.width(), small.height()), (16, 16));
        let none = reference.difference(&picture(false), &context).unwrap();
        assert!(none.heat_map(16).rgba().chunks_exact(4).all(|pixel| pixel == [0, 0, 0, 255]));
    }

    #[test]
    fn threads_do_not_change_the_map() {
        let (reference, candidate) = (
            png(96, png::ColorType::Rgb, &gradient(3, 0).repeat(9)),
            png(96, png::ColorType::Rgb, &gradient(3, 12).repeat(9)),
        );
        let on_threads = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let context = OptimizeContext::default();
                Comparison::with(&reference, &context).unwrap().difference(&candidate, &context).unwrap()
            })
        };
        assert_eq!(on_threads(1), on_threads(4));
    }

    #[test]
    fn what_was_resized_or_put_on_a_matte_is_compared_with_the_same_done_to_the_original() {
        let context = OptimizeContext::default();
        let mut seen_through = gradient(4, 0);
        for pixel in seen_through.chunks_exact_mut(4).take(300) {
            pixel[3] = 90;
        }
        let original = png(32, png::ColorType::Rgba, &seen_through);
        let settings = ImageSettings {
            resize: Some(crate::settings::Resize::to_width(20)),
            background: Some(Background { rgb: [255, 0, 0] }),
            formats: crate::settings::FormatChoice::OneOf(vec![crate::Format::Jpeg]),
            goal: crate::Goal::Quality(crate::Quality::new(95).unwrap()),
            ..ImageSettings::default()
        };
        let optimized = crate::optimize(&original, &settings, &context).unwrap();
        let difference =
            Comparison::after(&original, &settings, &context).unwrap().difference(&optimized.bytes, &context);
        assert_eq!(difference.unwrap().score, optimized.result.score);
    }
}
