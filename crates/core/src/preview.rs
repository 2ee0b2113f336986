//! A picture of any file that can be read, small enough for a screen: browsers show no TIFF and hardly any JPEG XL.

use crate::animation;
use crate::context::OptimizeContext;
use crate::decode::decode;
use crate::error::OptimizationError;
use crate::picture::Picture;
use crate::pixels::{PixelBuffer, Samples};
use crate::settings::{ColorPolicy, ImageSettings, Resize};
use crate::sniff::sniff;
use crate::transform::transform;

/// A file as it is to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Upright, in sRGB; of an animation the first frame.
    pub picture: Picture,
    /// Width of the file's image in pixels, upright.
    pub width: u32,
    /// Height of the file's image in pixels, upright.
    pub height: u32,
}

/// Decodes a file and shrinks it so that neither edge is longer than `longest_edge` pixels; smaller images stay as
/// they are. A profile that cannot be converted is passed over: some colours are better than no picture.
///
/// # Errors
/// What [`optimize`](crate::optimize()) gives for a file it cannot read, and
/// [`OptimizationError::InvalidSetting`] for an edge of 0.
pub fn preview(
    bytes: &[u8],
    longest_edge: u32,
    context: &OptimizeContext<'_>,
) -> Result<Preview, OptimizationError> {
    context.limits.check_input(bytes.len())?;
    let resize = Resize { long_edge: Some(longest_edge), ..Resize::default() };
    resize.check()?;
    let format = sniff(bytes)?;
    let (image, mut profile) = if animation::announced(bytes, format).is_some() {
        animation::first_frame(bytes, format, &context.limits)?
    } else {
        let decoded = decode(bytes, format, context)?;
        (decoded.pixels, decoded.metadata.icc)
    };
    context.check_cancelled()?;
    let (width, height) = (image.width(), image.height());
    // Most of the way by plain averages: resizing in linear light takes several times the memory of the image.
    let block = width.max(height) / longest_edge.saturating_mul(2);
    let image = if block > 1 { averaged(&image, block)? } else { image };
    let settings =
        ImageSettings { color: ColorPolicy::Srgb, resize: Some(resize), ..ImageSettings::default() };
    let image = match transform(image.clone(), &mut profile, &settings, &context.limits) {
        Err(OptimizationError::Unsupported { .. }) => {
            let settings = ImageSettings { color: ColorPolicy::Keep, ..settings };
            transform(image, &mut None, &settings, &context.limits)?
        }
        done => done?,
    };
    Ok(Preview { picture: Picture::of(&image.0), width, height })
}

/// Every square of `block` pixels a side becomes one pixel, its average; at the right and at the bottom what is there.
/// Colours count as much as they are opaque.
fn averaged(image: &PixelBuffer, block: u32) -> Result<PixelBuffer, OptimizationError> {
    let narrow = image.to_8_bit();
    let image = narrow.as_ref().unwrap_or(image);
    let Samples::U8(samples) = image.samples() else {
        return Err(OptimizationError::Internal { message: "8 bits are not 8 bits".into() });
    };
    let (channels, block) = (image.channels(), block as usize);
    let (count, has_alpha) = (channels.count(), channels.has_alpha());
    let stride = image.width() as usize * count;
    let out_width = (image.width() as usize).div_ceil(block);
    let mut out = Vec::new();
    // For each pixel of the output: weighted sums of the samples, the sum of the weights, and how many pixels.
    let mut sums = vec![([0u64; 4], 0u64, 0u64); out_width];
    for rows in samples.chunks(stride * block) {
        sums.fill(([0; 4], 0, 0));
        for row in rows.chunks_exact(stride) {
            for (square, (sums, weights, pixels)) in row.chunks(block * count).zip(&mut sums) {
                for pixel in square.chunks_exact(count) {
                    let weight = if has_alpha { u64::from(pixel[count - 1]) } else { 1 };
                    for (sum, &sample) in sums.iter_mut().zip(pixel) {
                        *sum += u64::from(sample) * weight;
                    }
                    *weights += weight;
                    *pixels += 1;
                }
            }
        }
        for &(sums, weights, pixels) in &sums {
            let color = count - usize::from(has_alpha);
            out.extend(sums[..color].iter().map(|sum| ((sum + weights / 2) / weights.max(1)) as u8));
            if has_alpha {
                out.push(((weights + pixels / 2) / pixels.max(1)) as u8);
            }
        }
    }
    let height = out.len() / (out_width * count).max(1);
    PixelBuffer::new(out_width as u32, height as u32, channels, Samples::U8(out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::Channels;

    #[test]
    fn squares_become_their_average_and_hidden_colours_do_not_count() {
        let image = PixelBuffer::new(3, 2, Channels::Gray, Samples::U8(vec![10, 20, 7, 30, 40, 9])).unwrap();
        let small = averaged(&image, 2).unwrap();
        assert_eq!((small.width(), small.height(), small.into_samples()), (2, 1, Samples::U8(vec![25, 8])));
        let pixels = Samples::U8(vec![200, 255, 0, 0]);
        let image = PixelBuffer::new(2, 1, Channels::GrayAlpha, pixels).unwrap();
        assert_eq!(averaged(&image, 2).unwrap().into_samples(), Samples::U8(vec![200, 128]));
    }

    #[test]
    fn a_large_picture_comes_back_small_and_says_how_large_it_was() {
        let gray: Vec<u8> = (0..640 * 401u32).map(|at| if at % 640 < 320 { 20 } else { 220 }).collect();
        let rgba = gray.iter().flat_map(|&v| [v, v, v, 255]).collect();
        let file = Picture::new(640, 401, rgba).to_png().unwrap();
        let context = OptimizeContext::default();
        for edge in [1, 7, 64, 300, 640, 5000] {
            let Preview { picture, width, height } = preview(&file, edge, &context).unwrap();
            assert_eq!((width, height), (640, 401));
            assert_eq!(picture.width(), edge.min(640), "{edge}");
            assert!(picture.height().abs_diff((picture.width() * 401 + 320) / 640) <= 1, "{edge}");
        }
        let small = preview(&file, 64, &context).unwrap().picture;
        let (left, right) = (small.rgba()[4 * 10], small.rgba()[4 * 50]);
        assert!(left.abs_diff(20) < 3 && right.abs_diff(220) < 3, "{left} {right}");
        assert_eq!(preview(&file, 0, &context).unwrap_err().code(), "invalid_setting");
    }
}
