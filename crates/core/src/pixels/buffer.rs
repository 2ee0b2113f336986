//! The one in-memory image type every stage speaks.

use crate::error::OptimizationError;

/// What one pixel is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channels {
    /// Luminance.
    Gray,
    /// Luminance and straight alpha.
    GrayAlpha,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue and straight alpha.
    Rgba,
}

impl Channels {
    /// Samples per pixel, 1 to 4.
    pub(crate) const fn count(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::GrayAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }

    /// Whether the last sample is alpha.
    pub(crate) const fn has_alpha(self) -> bool {
        matches!(self, Self::GrayAlpha | Self::Rgba)
    }

    /// The name in reports.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Gray => "gray",
            Self::GrayAlpha => "gray_alpha",
            Self::Rgb => "rgb",
            Self::Rgba => "rgba",
        }
    }

    /// The same without alpha.
    pub(crate) const fn without_alpha(self) -> Self {
        match self {
            Self::Gray | Self::GrayAlpha => Self::Gray,
            Self::Rgb | Self::Rgba => Self::Rgb,
        }
    }

    /// Whether there is colour at all.
    pub(crate) const fn is_gray(self) -> bool {
        matches!(self, Self::Gray | Self::GrayAlpha)
    }
}

/// Sample values: 0 to 255 or 0 to 65535, full range, in the image's own (non-linear) colour space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Samples {
    /// 8 bits.
    U8(Vec<u8>),
    /// 16 bits, native byte order.
    U16(Vec<u16>),
}

impl Samples {
    fn len(&self) -> usize {
        match self {
            Self::U8(samples) => samples.len(),
            Self::U16(samples) => samples.len(),
        }
    }
}

/// Interleaved pixels, straight alpha, rows contiguous from the top, upright (orientation applied).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PixelBuffer {
    width: u32,
    height: u32,
    channels: Channels,
    samples: Samples,
}

impl PixelBuffer {
    /// Wraps samples.
    ///
    /// # Errors
    /// [`OptimizationError::Internal`] when the number of samples is not width × height × channels: a decoder
    /// broke its promise.
    pub(crate) fn new(
        width: u32,
        height: u32,
        channels: Channels,
        samples: Samples,
    ) -> Result<Self, OptimizationError> {
        let expected = width as u64 * height as u64 * channels.count() as u64;
        if expected == 0 || samples.len() as u64 != expected {
            return Err(OptimizationError::Internal {
                message: format!(
                    "expected {expected} samples for {width} × {height} {channels:?}, got {}",
                    samples.len()
                ),
            });
        }
        Ok(Self { width, height, channels, samples })
    }

    /// The same pixels in another order: the number of samples is right by construction.
    pub(super) const fn rearranged(width: u32, height: u32, channels: Channels, samples: Samples) -> Self {
        Self { width, height, channels, samples }
    }

    /// Width in pixels, at least 1.
    pub(crate) const fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels, at least 1.
    pub(crate) const fn height(&self) -> u32 {
        self.height
    }

    /// What a pixel is made of.
    pub(crate) const fn channels(&self) -> Channels {
        self.channels
    }

    /// The samples.
    pub(crate) const fn samples(&self) -> &Samples {
        &self.samples
    }

    /// Bits per sample, 8 or 16.
    pub(crate) const fn bit_depth(&self) -> u8 {
        match self.samples {
            Samples::U8(_) => 8,
            Samples::U16(_) => 16,
        }
    }

    /// Width × height.
    pub(crate) fn pixel_count(&self) -> usize {
        self.width as usize * self.height as usize
    }

    /// The pixels with every sample at 8 bits, rounded to nearest. `None` when they are so already.
    pub(crate) fn to_8_bit(&self) -> Option<Self> {
        let Samples::U16(samples) = &self.samples else { return None };
        // v / 257, rounded: 65535 = 255 × 257.
        let samples = samples.iter().map(|&v| ((u32::from(v) + 128) / 257) as u8).collect();
        Some(Self { samples: Samples::U8(samples), ..*self })
    }

    /// The pixels without their alpha channel; `None` when there is none. Colours are left as they are, so this
    /// is only right for opaque images.
    pub(crate) fn without_alpha(&self) -> Option<Self> {
        if !self.channels.has_alpha() {
            return None;
        }
        let channels = self.channels.without_alpha();
        Some(Self { channels, samples: self.select(channels.count(), |index| index), ..*self })
    }

    /// Gray from pixels whose red, green and blue are equal; `None` when the image is gray already.
    pub(crate) fn red_as_gray(&self) -> Option<Self> {
        let channels = match self.channels {
            Channels::Rgb => Channels::Gray,
            Channels::Rgba => Channels::GrayAlpha,
            Channels::Gray | Channels::GrayAlpha => return None,
        };
        let alpha = channels.has_alpha();
        Some(Self {
            channels,
            samples: self.select(channels.count(), |index| if alpha && index == 1 { 3 } else { 0 }),
            ..*self
        })
    }

    /// Red, green and blue (and alpha) from gray; `None` when the image has colour already.
    pub(crate) fn gray_as_rgb(&self) -> Option<Self> {
        let channels = match self.channels {
            Channels::Gray => Channels::Rgb,
            Channels::GrayAlpha => Channels::Rgba,
            Channels::Rgb | Channels::Rgba => return None,
        };
        Some(Self {
            channels,
            samples: self.select(channels.count(), |index| usize::from(index == 3)),
            ..*self
        })
    }

    /// The alpha samples alone; `None` when there are none.
    pub(crate) fn alpha(&self) -> Option<Samples> {
        self.channels.has_alpha().then(|| {
            let last = self.channels.count() - 1;
            self.select(1, |_| last)
        })
    }

    /// New samples of `count` channels a pixel; output channel `i` is input channel
    /// `source(i)`.
    fn select(&self, count: usize, source: impl Fn(usize) -> usize) -> Samples {
        fn gather<T: Copy>(samples: &[T], from: usize, map: &[usize]) -> Vec<T> {
            let mut out = Vec::with_capacity(samples.len() / from * map.len());
            for pixel in samples.chunks_exact(from) {
                out.extend(map.iter().map(|&channel| pixel[channel]));
            }
            out
        }
        let map: Vec<usize> = (0..count).map(source).collect();
        let from = self.channels.count();
        match &self.samples {
            Samples::U8(samples) => Samples::U8(gather(samples, from, &map)),
            Samples::U16(samples) => Samples::U16(gather(samples, from, &map)),
        }
    }

    /// A part of the image.
    ///
    /// # Errors
    /// [`OptimizationError::Internal`] when it does not lie within the image.
    pub(crate) fn region(&self, x: u32, y: u32, width: u32, height: u32) -> Result<Self, OptimizationError> {
        fn cut<T: Copy>(samples: &[T], stride: usize, rows: (u32, u32), columns: (usize, usize)) -> Vec<T> {
            samples
                .chunks_exact(stride)
                .skip(rows.0 as usize)
                .take(rows.1 as usize)
                .flat_map(|row| row.get(columns.0..columns.0 + columns.1).into_iter().flatten().copied())
                .collect()
        }
        let count = self.channels.count();
        let (stride, rows) = (self.width as usize * count, (y, height));
        let columns = (x as usize * count, width as usize * count);
        let samples = match &self.samples {
            Samples::U8(samples) => Samples::U8(cut(samples, stride, rows, columns)),
            Samples::U16(samples) => Samples::U16(cut(samples, stride, rows, columns)),
        };
        Self::new(width, height, self.channels, samples)
    }

    /// Square tiles with these left upper corners, `per_row` side by side, row after row.
    ///
    /// # Errors
    /// [`OptimizationError::Internal`] when a tile does not lie within the image or a row is not full.
    pub(crate) fn mosaic(
        &self,
        tiles: &[(u32, u32)],
        tile: u32,
        per_row: u32,
    ) -> Result<Self, OptimizationError> {
        fn gather<T: Copy>(samples: &[T], rows: impl Iterator<Item = (usize, usize)>) -> Vec<T> {
            let mut out = Vec::new();
            for (start, length) in rows {
                out.extend(samples.get(start..start + length).into_iter().flatten().copied());
            }
            out
        }
        let count = self.channels.count();
        let stride = self.width as usize * count;
        let rows = || {
            tiles.chunks(per_row as usize).flat_map(move |row| {
                (0..tile).flat_map(move |y| {
                    row.iter().map(move |&(left, top)| {
                        ((top + y) as usize * stride + left as usize * count, tile as usize * count)
                    })
                })
            })
        };
        let samples = match &self.samples {
            Samples::U8(samples) => Samples::U8(gather(samples, rows())),
            Samples::U16(samples) => Samples::U16(gather(samples, rows())),
        };
        let rows = tiles.len() as u32 / per_row.max(1);
        Self::new(tile * per_row, tile * rows, self.channels, samples)
    }

    /// Consumes the buffer.
    pub(crate) fn into_samples(self) -> Samples {
        self.samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rgba() -> PixelBuffer {
        PixelBuffer::new(2, 1, Channels::Rgba, Samples::U8(vec![1, 2, 3, 4, 5, 6, 7, 8])).unwrap()
    }

    #[test]
    fn channels_are_dropped_and_found() {
        assert_eq!(rgba().without_alpha().unwrap().into_samples(), Samples::U8(vec![1, 2, 3, 5, 6, 7]));
        assert_eq!(rgba().alpha(), Some(Samples::U8(vec![4, 8])));
        let gray = rgba().red_as_gray().unwrap();
        assert_eq!(gray.samples(), &Samples::U8(vec![1, 4, 5, 8]));
        assert_eq!(gray.gray_as_rgb().unwrap().into_samples(), Samples::U8(vec![1, 1, 1, 4, 5, 5, 5, 8]));
    }

    #[test]
    fn sixteen_bits_round_to_the_nearest_eight() {
        let deep = Samples::U16(vec![0, 128, 129, 257, 65535, 65406]);
        let image = PixelBuffer::new(6, 1, Channels::Gray, deep).unwrap();
        assert_eq!(image.to_8_bit().unwrap().into_samples(), Samples::U8(vec![0, 0, 1, 1, 255, 254]));
    }

    #[test]
    fn a_wrong_number_of_samples_is_refused() {
        assert!(PixelBuffer::new(2, 2, Channels::Rgb, Samples::U8(vec![0; 11])).is_err());
        assert!(PixelBuffer::new(0, 2, Channels::Rgb, Samples::U8(vec![])).is_err());
    }
}
