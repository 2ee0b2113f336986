//! Plays an APNG (PNG third edition, 11.3.2): frames are decoded by the png crate and drawn on the canvas here.

use super::changes::Rect;
use super::{Delay, FrameStream};
use crate::context::Limits;
use crate::error::OptimizationError;
use crate::format::Format;
use png::{BitDepth, BlendOp, ColorType, Decoder, DisposeOp, Reader, Transformations};
use std::io::Cursor;

/// An APNG being played.
pub(crate) struct ApngReader<'a> {
    reader: Reader<Cursor<&'a [u8]>>,
    width: u32,
    height: u32,
    canvas: Vec<u8>,
    /// Samples of one frame, as the png crate gives them.
    samples: Vec<u8>,
    frames: u32,
    next: u32,
    /// What to do before the next frame is drawn: a rectangle, and what goes there (transparent without).
    disposal: Option<(Rect, Option<Vec<u8>>)>,
}

/// Number of frames and plays (0 is for ever) that the `acTL` chunk announces; `None` for a still image.
pub(crate) fn announced(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 8usize;
    loop {
        let header = bytes.get(at..at.checked_add(8)?)?;
        let (length, kind) = header.split_first_chunk::<4>()?;
        match kind {
            b"acTL" => {
                let data = bytes.get(at + 8..at + 16)?;
                let (frames, plays) = data.split_first_chunk::<4>()?;
                return Some((u32::from_be_bytes(*frames), u32::from_be_bytes(plays.try_into().ok()?)));
            }
            // Behind the pixels it has no meaning.
            b"IDAT" | b"IEND" => return None,
            _ => {}
        }
        // Length, type and CRC take four bytes each.
        at = at.checked_add(u32::from_be_bytes(*length) as usize)?.checked_add(12)?;
    }
}

/// Opens an APNG whose size is within the limits.
pub(crate) fn open<'a>(bytes: &'a [u8], limits: &Limits) -> Result<ApngReader<'a>, OptimizationError> {
    let reader = reader(bytes, limits)?;
    let info = reader.info();
    let (width, height) = (info.width, info.height);
    limits.check_dimensions(width, height)?;
    let frames = info.animation_control.map_or(0, |control| control.num_frames);
    let separate_default = info.frame_control.is_none();
    let size = reader
        .output_buffer_size()
        .ok_or_else(|| OptimizationError::corrupt(Format::Png, "the image is too large for memory"))?;
    let mut player = ApngReader {
        reader,
        width,
        height,
        canvas: vec![0; width as usize * height as usize * 4],
        samples: vec![0; size],
        frames,
        next: 0,
        disposal: None,
    };
    if separate_default {
        // The image that viewers without animation show is not one of the frames.
        player.reader.next_frame(&mut player.samples).map_err(error)?;
    }
    Ok(player)
}

/// The decoder as the player and the metadata reader use it: every palette and depth expanded, always with alpha.
pub(crate) fn reader<'a>(
    bytes: &'a [u8],
    limits: &Limits,
) -> Result<Reader<Cursor<&'a [u8]>>, OptimizationError> {
    let memory = limits.max_pixels.0.saturating_mul(8).saturating_add(limits.max_metadata_bytes.0 * 4);
    let mut decoder = Decoder::new_with_limits(
        Cursor::new(bytes),
        png::Limits { bytes: usize::try_from(memory).unwrap_or(usize::MAX) },
    );
    decoder.set_transformations(Transformations::EXPAND | Transformations::ALPHA);
    decoder.read_info().map_err(error)
}

impl FrameStream for ApngReader<'_> {
    fn next_frame(&mut self) -> Result<Option<Delay>, OptimizationError> {
        if self.next == self.frames {
            return Ok(None);
        }
        if let Some((rect, saved)) = self.disposal.take() {
            put(&mut self.canvas, self.width, rect, saved.as_deref());
        }
        // The control chunk of the first frame comes before the pixels, and has been read if it is one of them.
        let control = match self.reader.info().frame_control {
            Some(control) if self.next == 0 => control,
            _ => *self.reader.next_frame_info().map_err(error)?,
        };
        let output = self.reader.next_frame(&mut self.samples).map_err(error)?;
        let rect = Rect {
            left: control.x_offset,
            top: control.y_offset,
            width: control.width,
            height: control.height,
        };
        let inside = |start: u32, length: u32, edge: u32| {
            length > 0 && start.checked_add(length).is_some_and(|end| end <= edge)
        };
        let fits = inside(rect.left, rect.width, self.width) && inside(rect.top, rect.height, self.height);
        if !fits || (output.width, output.height) != (rect.width, rect.height) {
            return Err(OptimizationError::corrupt(Format::Png, "a frame lies outside the picture"));
        }
        // Interlaced frames are spread over rows as long as the canvas's.
        let bytes_per_pixel = output.line_size / rect.width as usize;
        let stride = if self.reader.info().interlaced {
            self.width as usize * bytes_per_pixel
        } else {
            output.line_size
        };
        self.disposal = match control.dispose_op {
            DisposeOp::None => None,
            // There is nothing before the first frame to go back to.
            DisposeOp::Previous if self.next > 0 => Some((rect, Some(rect.cut(&self.canvas, self.width)))),
            DisposeOp::Previous | DisposeOp::Background => Some((rect, None)),
        };
        let deep = output.bit_depth == BitDepth::Sixteen;
        let over = control.blend_op == BlendOp::Over;
        for (row, samples) in rect.rows(self.width).zip(self.samples.chunks(stride)) {
            let pixels = self.canvas[row].chunks_exact_mut(4);
            for (pixel, sample) in pixels.zip(samples.chunks_exact(bytes_per_pixel)) {
                let value = |index: usize| {
                    if deep {
                        let wide = u16::from_be_bytes([sample[index * 2], sample[index * 2 + 1]]);
                        ((u32::from(wide) + 128) / 257) as u8
                    } else {
                        sample[index]
                    }
                };
                let new = match output.color_type {
                    ColorType::GrayscaleAlpha => [value(0), value(0), value(0), value(1)],
                    ColorType::Rgba => [value(0), value(1), value(2), value(3)],
                    ColorType::Grayscale => [value(0), value(0), value(0), 255],
                    ColorType::Rgb => [value(0), value(1), value(2), 255],
                    ColorType::Indexed => {
                        return Err(OptimizationError::corrupt(Format::Png, "the palette is missing"));
                    }
                };
                let drawn =
                    if over { drawn_over([pixel[0], pixel[1], pixel[2], pixel[3]], new) } else { new };
                pixel.copy_from_slice(&drawn);
            }
        }
        self.next += 1;
        Ok(Some(Delay::new(u32::from(control.delay_num), u32::from(control.delay_den))))
    }

    fn canvas(&self) -> &[u8] {
        &self.canvas
    }
}

/// Straight-alpha "over" (PNG third edition, 13.16), rounded to nearest.
fn drawn_over(below: [u8; 4], above: [u8; 4]) -> [u8; 4] {
    match above[3] {
        255 => above,
        0 => below,
        alpha => {
            let (alpha, below_alpha) = (u32::from(alpha), u32::from(below[3]));
            // Weights of both colours, in 255 × 255ths.
            let (upper, lower) = (alpha * 255, (255 - alpha) * below_alpha);
            let sum = upper + lower;
            let mix = |index: usize| {
                let mixed = u32::from(above[index]) * upper + u32::from(below[index]) * lower;
                ((mixed + sum / 2) / sum) as u8
            };
            [mix(0), mix(1), mix(2), ((sum + 127) / 255) as u8]
        }
    }
}

fn put(canvas: &mut [u8], canvas_width: u32, rect: Rect, pixels: Option<&[u8]>) {
    let length = rect.width as usize * 4;
    for (index, row) in rect.rows(canvas_width).enumerate() {
        match pixels {
            Some(pixels) => canvas[row].copy_from_slice(&pixels[index * length..(index + 1) * length]),
            None => canvas[row].fill(0),
        }
    }
}

fn error(error: png::DecodingError) -> OptimizationError {
    crate::decode::png_error(error)
}

#[cfg(test)]
mod tests {
    use super::drawn_over;

    #[test]
    fn drawing_over_mixes_by_alpha() {
        assert_eq!(drawn_over([0, 0, 0, 255], [255, 100, 0, 128]), [128, 50, 0, 255]);
        assert_eq!(drawn_over([0, 0, 0, 0], [9, 8, 7, 100]), [9, 8, 7, 100]);
        assert_eq!(drawn_over([9, 8, 7, 200], [1, 1, 1, 0]), [9, 8, 7, 200]);
    }
}
