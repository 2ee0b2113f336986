//! Pixels to look at: what previews and heat maps are handed out as.

use crate::error::OptimizationError;
use crate::pixels::{PixelBuffer, Samples};

/// sRGB, 8 bits, red, green, blue and straight alpha, rows contiguous from the top: what a browser's `ImageData` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
}

impl Picture {
    /// Wraps pixels that are of this size by construction.
    pub(crate) fn new(width: u32, height: u32, rgba: Vec<u8>) -> Self {
        debug_assert_eq!(rgba.len() as u64, u64::from(width) * u64::from(height) * 4);
        Self { width, height, rgba }
    }

    /// The pixels at 8 bits, with colour and alpha channels whether they need them or not.
    pub(crate) fn of(image: &PixelBuffer) -> Self {
        let narrow = image.to_8_bit();
        let image = narrow.as_ref().unwrap_or(image);
        let channels = image.channels();
        let Samples::U8(samples) = image.samples() else {
            // Every image has been narrowed to 8 bits.
            return Self::new(0, 0, Vec::new());
        };
        let mut rgba = Vec::with_capacity(image.pixel_count() * 4);
        for pixel in samples.chunks_exact(channels.count()) {
            match *pixel {
                [gray] => rgba.extend_from_slice(&[gray, gray, gray, 255]),
                [gray, alpha] => rgba.extend_from_slice(&[gray, gray, gray, alpha]),
                [red, green, blue] => rgba.extend_from_slice(&[red, green, blue, 255]),
                _ => rgba.extend_from_slice(pixel),
            }
        }
        Self::new(image.width(), image.height(), rgba)
    }

    /// Width in pixels.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// Four bytes per pixel.
    pub fn rgba(&self) -> &[u8] {
        &self.rgba
    }

    /// The pixels, by themselves.
    pub fn into_rgba(self) -> Vec<u8> {
        self.rgba
    }

    /// A PNG file of it, made quickly rather than small.
    ///
    /// # Errors
    /// [`OptimizationError::Encode`] when the encoder fails.
    pub fn to_png(&self) -> Result<Vec<u8>, OptimizationError> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
        encoder.set_compression(png::Compression::Balanced);
        let failed = |error: png::EncodingError| OptimizationError::Encode {
            encoder: "png",
            message: error.to_string(),
        };
        let mut writer = encoder.write_header().map_err(failed)?;
        writer.write_image_data(&self.rgba).map_err(failed)?;
        writer.finish().map_err(failed)?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::Channels;

    #[test]
    fn every_kind_of_pixel_becomes_rgba() {
        let of =
            |channels, samples| Picture::of(&PixelBuffer::new(1, 1, channels, samples).unwrap()).into_rgba();
        assert_eq!(of(Channels::Gray, Samples::U8(vec![9])), [9, 9, 9, 255]);
        assert_eq!(of(Channels::GrayAlpha, Samples::U8(vec![9, 3])), [9, 9, 9, 3]);
        assert_eq!(of(Channels::Rgb, Samples::U16(vec![257, 514, 65_535])), [1, 2, 255, 255]);
        assert_eq!(of(Channels::Rgba, Samples::U8(vec![1, 2, 3, 4])), [1, 2, 3, 4]);
    }

    #[test]
    fn its_png_holds_the_same_pixels() {
        let picture = Picture::new(2, 1, vec![1, 2, 3, 255, 9, 8, 7, 0]);
        let file = picture.to_png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!((reader.info().width, reader.info().height, pixels.as_slice()), (2, 1, picture.rgba()));
    }
}
