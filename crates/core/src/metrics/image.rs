//! What a metric looks at: opaque sRGB pixels, borrowed.

/// Why two images could not be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetricError {
    /// There is nothing to look at.
    #[error("expected an image of at least 1×1 pixels, got {width}×{height}")]
    Empty {
        /// Width given, in pixels.
        width: u32,
        /// Height given, in pixels.
        height: u32,
    },
    /// The buffer is shorter or longer than the dimensions say.
    #[error("expected {expected} samples for {width}×{height} pixels, got {actual}")]
    WrongLength {
        /// Width given, in pixels.
        width: u32,
        /// Height given, in pixels.
        height: u32,
        /// Samples the dimensions ask for: width × height × channels.
        expected: u64,
        /// Samples in the buffer.
        actual: u64,
    },
    /// Reference and candidate must be of the same size.
    #[error(
        "expected a candidate of {}×{} pixels like the reference, got {}×{}",
        reference.0, reference.1, candidate.0, candidate.1
    )]
    SizeMismatch {
        /// Width and height of the reference, in pixels.
        reference: (u32, u32),
        /// Width and height of the candidate, in pixels.
        candidate: (u32, u32),
    },
}

/// sRGB-encoded samples, rows contiguous from top to bottom, channels interleaved.
///
/// Gray counts as red, green and blue being equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SrgbPixels<'a> {
    /// One sample per pixel, 0–255.
    Gray8(&'a [u8]),
    /// Red, green, blue, 0–255 each.
    Rgb8(&'a [u8]),
    /// One sample per pixel, 0–65535.
    Gray16(&'a [u16]),
    /// Red, green, blue, 0–65535 each.
    Rgb16(&'a [u16]),
}

impl SrgbPixels<'_> {
    /// Samples per pixel: 1 or 3.
    pub const fn channels(&self) -> usize {
        match self {
            Self::Gray8(_) | Self::Gray16(_) => 1,
            Self::Rgb8(_) | Self::Rgb16(_) => 3,
        }
    }

    /// Samples in the buffer.
    const fn len(&self) -> usize {
        match self {
            Self::Gray8(samples) | Self::Rgb8(samples) => samples.len(),
            Self::Gray16(samples) | Self::Rgb16(samples) => samples.len(),
        }
    }
}

/// An opaque image, at least 1×1, whose buffer has exactly the length its dimensions ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SrgbImage<'a> {
    width: u32,
    height: u32,
    pixels: SrgbPixels<'a>,
}

impl<'a> SrgbImage<'a> {
    /// Checks the dimensions, in pixels, against the buffer.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when a side is 0, [`MetricError::WrongLength`] when the buffer does not hold
    /// width × height × channels samples.
    pub fn new(width: u32, height: u32, pixels: SrgbPixels<'a>) -> Result<Self, MetricError> {
        if width == 0 || height == 0 {
            return Err(MetricError::Empty { width, height });
        }
        let actual = pixels.len() as u64;
        // Saturation is far above any buffer's length, so an overflow is reported as a wrong length.
        let expected = (u64::from(width) * u64::from(height)).saturating_mul(pixels.channels() as u64);
        if expected != actual {
            return Err(MetricError::WrongLength { width, height, expected, actual });
        }
        Ok(Self { width, height, pixels })
    }

    /// Width, in pixels.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Height, in pixels.
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// The samples.
    pub const fn pixels(&self) -> SrgbPixels<'a> {
        self.pixels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_holds_what_its_dimensions_say() {
        assert!(SrgbImage::new(2, 3, SrgbPixels::Gray8(&[0; 6])).is_ok());
        assert!(SrgbImage::new(2, 3, SrgbPixels::Rgb16(&[0; 18])).is_ok());
        assert_eq!(
            SrgbImage::new(2, 3, SrgbPixels::Rgb8(&[0; 6])),
            Err(MetricError::WrongLength { width: 2, height: 3, expected: 18, actual: 6 })
        );
        assert_eq!(
            SrgbImage::new(0, 3, SrgbPixels::Gray16(&[])),
            Err(MetricError::Empty { width: 0, height: 3 })
        );
        assert!(SrgbImage::new(u32::MAX, u32::MAX, SrgbPixels::Rgb8(&[0; 3])).is_err());
    }
}
