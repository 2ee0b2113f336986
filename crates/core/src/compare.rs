//! How much one file looks like another, whoever made them: the measure the search is steered by, from outside.

use crate::analyse::{AlphaKind, analyse};
use crate::context::OptimizeContext;
use crate::decode::decode;
use crate::error::OptimizationError;
use crate::measure::Measurer;
use crate::pixels::PixelBuffer;
use crate::settings::{ColorPolicy, ImageSettings};
use crate::sniff::sniff;
use crate::transform::transform;
use crate::units::Score;

/// A file that others are compared with: upright, in sRGB, transparency judged on black and on white.
pub struct Comparison {
    pixels: PixelBuffer,
    alpha: AlphaKind,
    measurer: Measurer,
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
    /// What [`optimize`](crate::optimize()) gives for a file it cannot read.
    pub fn with(reference: &[u8], context: &OptimizeContext<'_>) -> Result<Self, OptimizationError> {
        let pixels = srgb_pixels(reference, context)?;
        let alpha = analyse(&pixels).alpha;
        let measurer = Measurer::new(&pixels, alpha)?;
        Ok(Self { pixels, alpha, measurer })
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
        let candidate = srgb_pixels(candidate, context)?;
        let (width, height) = self.size();
        if (candidate.width(), candidate.height()) != (width, height) {
            return Err(OptimizationError::InvalidSetting {
                field: "the file to compare".into(),
                expected: format!("{width} × {height} pixels"),
                actual: format!("{} × {}", candidate.width(), candidate.height()),
            });
        }
        let transparent = analyse(&candidate).alpha;
        if self.alpha == AlphaKind::None && transparent != AlphaKind::None {
            // What was opaque has become transparent: that shows on a matte only.
            return Measurer::new(&self.pixels, transparent)?.score(&candidate);
        }
        self.measurer.score(&candidate)
    }
}

fn srgb_pixels(bytes: &[u8], context: &OptimizeContext<'_>) -> Result<PixelBuffer, OptimizationError> {
    context.limits.check_input(bytes.len())?;
    let mut decoded = decode(bytes, sniff(bytes)?, context)?;
    let settings = ImageSettings { color: ColorPolicy::Srgb, ..ImageSettings::default() };
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
}
