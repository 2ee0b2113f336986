//! Stage 9: decodes what is about to be handed out and checks that it is what it should be.

use crate::analyse::AlphaKind;
use crate::context::OptimizeContext;
use crate::decode::{DecodedImage, decode};
use crate::error::OptimizationError;
use crate::format::Format;
use crate::pixels::{PixelBuffer, Samples};

/// What a file must be.
pub(crate) struct Expected<'a> {
    /// The pixels it stands for, upright.
    pub(crate) pixels: &'a PixelBuffer,
    /// Their transparency.
    pub(crate) alpha: AlphaKind,
    /// The profile it must carry.
    pub(crate) icc: Option<&'a [u8]>,
    /// How close the pixels must be.
    pub(crate) fidelity: Fidelity,
    /// Whether "exact" includes the colour of fully transparent pixels.
    pub(crate) exact: bool,
}

/// How close a file's pixels must be to what they stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fidelity {
    /// Every pixel is equal.
    Exact,
    /// The same coefficients, rounded to pixels by another standard's rules.
    Rerendered,
    /// As close as the score says.
    Lossy,
}

/// Mean difference, in steps of 255, up to which two decoders' pixels of one JPEG may differ. Measured over JPEGs of
/// quality 3 to 98: at most 1.0 (opaque alpha counted); a decoder that has gone wrong is off by far more.
const RERENDERED_MEAN: f64 = 2.0;

/// Decodes and checks a file.
///
/// # Errors
/// [`OptimizationError::Verify`] with the check that failed, or what the decoder said.
pub(crate) fn verify(
    bytes: &[u8],
    format: Format,
    expected: &Expected<'_>,
    context: &OptimizeContext<'_>,
) -> Result<DecodedImage, OptimizationError> {
    let decoded = decode(bytes, format, context)?;
    check(&decoded, expected)?;
    Ok(decoded)
}

/// Checks a decoded file.
///
/// # Errors
/// [`OptimizationError::Verify`] with the check that failed.
pub(crate) fn check(decoded: &DecodedImage, expected: &Expected<'_>) -> Result<(), OptimizationError> {
    let failed = |check: String| OptimizationError::Verify { check };
    let size = |image: &PixelBuffer| (image.width(), image.height());
    if size(&decoded.pixels) != size(expected.pixels) {
        return Err(failed(format!(
            "dimensions: expected {:?}, got {:?}",
            size(expected.pixels),
            size(&decoded.pixels)
        )));
    }
    if expected.alpha != AlphaKind::None && !decoded.pixels.channels().has_alpha() {
        return Err(failed("alpha: the transparency is gone".into()));
    }
    let profile_kept = match (expected.icc, decoded.metadata.icc.as_deref()) {
        (Some(expected), Some(actual)) => expected == actual,
        // An sRGB profile may be said in one byte instead.
        (Some(_), None) => decoded.source.declares_srgb,
        (None, _) => true,
    };
    if !profile_kept {
        return Err(failed("profile: the colour profile is not the original's".into()));
    }
    let same = match expected.fidelity {
        Fidelity::Exact => same_pixels(expected.pixels, &decoded.pixels, expected.exact),
        Fidelity::Rerendered => mean_difference(expected.pixels, &decoded.pixels) <= RERENDERED_MEAN,
        Fidelity::Lossy => true,
    };
    if !same {
        return Err(failed("pixels: a lossless file differs from its original".into()));
    }
    Ok(())
}

/// Whether two images show the same, whatever their channels and depths. Unless `exact`, the colour of fully
/// transparent pixels does not matter.
pub(crate) fn same_pixels(a: &PixelBuffer, b: &PixelBuffer, exact: bool) -> bool {
    if (a.width(), a.height()) != (b.width(), b.height()) {
        return false;
    }
    if a.channels() == b.channels() && a.samples() == b.samples() {
        return true;
    }
    (0..a.pixel_count()).all(|index| {
        let (a, b) = (rgba(a, index), rgba(b, index));
        a == b || !exact && a[3] == 0 && b[3] == 0
    })
}

/// Mean absolute difference of two images' samples, as red, green, blue and alpha, in steps of 255.
fn mean_difference(a: &PixelBuffer, b: &PixelBuffer) -> f64 {
    let count = a.pixel_count();
    let sum: u64 = (0..count)
        .map(|index| {
            let (a, b) = (rgba(a, index), rgba(b, index));
            a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(b))).sum::<u64>()
        })
        .sum();
    sum as f64 / (count as f64 * 4.0 * 257.0)
}

/// One pixel as 16-bit red, green, blue, alpha.
fn rgba(image: &PixelBuffer, index: usize) -> [u16; 4] {
    let channels = image.channels();
    let count = channels.count();
    let sample = |channel: usize| match image.samples() {
        Samples::U8(samples) => u16::from(samples[index * count + channel]) * 257,
        Samples::U16(samples) => samples[index * count + channel],
    };
    let alpha = if channels.has_alpha() { sample(count - 1) } else { u16::MAX };
    if channels.is_gray() {
        [sample(0), sample(0), sample(0), alpha]
    } else {
        [sample(0), sample(1), sample(2), alpha]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::Channels;

    #[test]
    fn images_are_compared_by_what_they_show() {
        let image = |channels, samples| PixelBuffer::new(1, 1, channels, samples).unwrap();
        let gray = image(Channels::Gray, Samples::U8(vec![7]));
        let deep = image(Channels::Rgba, Samples::U16(vec![7 * 257, 7 * 257, 7 * 257, 65_535]));
        assert!(same_pixels(&gray, &deep, true));
        let hidden = image(Channels::Rgba, Samples::U8(vec![1, 2, 3, 0]));
        let other = image(Channels::Rgba, Samples::U8(vec![9, 9, 9, 0]));
        assert!(same_pixels(&hidden, &other, false) && !same_pixels(&hidden, &other, true));
    }
}
