//! Plays a GIF: frames are drawn on the logical screen as browsers draw them.

use super::changes::Rect;
use super::{Delay, FrameStream};
use crate::container::gif::Summary;
use crate::context::Limits;
use crate::error::OptimizationError;
use crate::format::Format;
use gif::{ColorOutput, DecodeOptions, Decoder, DecodingError, DisposalMethod, MemoryLimit};
use std::num::NonZeroU64;

/// A GIF being played.
pub(crate) struct GifReader<'a> {
    decoder: Decoder<&'a [u8]>,
    limits: Limits,
    width: u32,
    height: u32,
    canvas: Vec<u8>,
    /// Palette indices of one frame.
    indices: Vec<u8>,
    /// Pixels of all frames so far: in a damaged file they may be larger than the picture.
    decoded: u64,
    /// What to do before the next frame is drawn.
    disposal: Option<Undo>,
}

/// How a frame is taken off the screen.
struct Undo {
    rect: Rect,
    /// What was there before; without it the rectangle becomes transparent: browsers take no notice of the
    /// background colour.
    saved: Option<Vec<u8>>,
}

/// Opens a GIF whose blocks are known, and whose size is within the limits.
pub(crate) fn open<'a>(
    bytes: &'a [u8],
    summary: &Summary,
    limits: &Limits,
) -> Result<GifReader<'a>, OptimizationError> {
    let (width, height) = (u32::from(summary.screen.width), u32::from(summary.screen.height));
    limits.check_dimensions(width, height)?;
    if width == 0 || height == 0 {
        return Err(corrupt("the picture has no pixels"));
    }
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.allow_unknown_blocks(true);
    let memory = limits.max_pixels.0.saturating_add(limits.max_metadata_bytes.0).max(1);
    options.set_memory_limit(NonZeroU64::new(memory).map_or(MemoryLimit::Unlimited, MemoryLimit::Bytes));
    let decoder = options.read_info(bytes).map_err(|problem| error(&problem))?;
    Ok(GifReader {
        decoder,
        limits: *limits,
        width,
        height,
        canvas: vec![0; width as usize * height as usize * 4],
        indices: Vec::new(),
        decoded: 0,
        disposal: None,
    })
}

/// The first frame on its screen: RGBA.
///
/// # Errors
/// As [`FrameStream::next_frame`].
pub(crate) fn first_frame(
    bytes: &[u8],
    summary: &Summary,
    limits: &Limits,
) -> Result<Vec<u8>, OptimizationError> {
    let mut reader = open(bytes, summary, limits)?;
    match reader.next_frame()? {
        Some(_) => Ok(reader.canvas),
        None => Err(corrupt("there is no frame in it")),
    }
}

/// The ICC profile and XMP packet; they may stand anywhere in the file.
pub(crate) fn metadata(bytes: &[u8], limits: &Limits) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    let mut options = DecodeOptions::new();
    options.skip_frame_decoding(true);
    options.allow_unknown_blocks(true);
    // A block that is over the limit is noticed as such further on.
    let memory = limits.max_metadata_bytes.0.saturating_mul(4).max(1);
    options.set_memory_limit(NonZeroU64::new(memory).map_or(MemoryLimit::Unlimited, MemoryLimit::Bytes));
    let Ok(mut decoder) = options.read_info(bytes) else { return (None, None) };
    while let Ok(Some(_)) = decoder.next_frame_info() {}
    (decoder.icc_profile().map(<[u8]>::to_vec), decoder.xmp_metadata().map(<[u8]>::to_vec))
}

impl FrameStream for GifReader<'_> {
    fn next_frame(&mut self) -> Result<Option<Delay>, OptimizationError> {
        if let Some(undo) = self.disposal.take() {
            undo.apply(&mut self.canvas, self.width);
        }
        let Some(frame) = self.decoder.next_frame_info().map_err(|problem| error(&problem))? else {
            return Ok(None);
        };
        let delay = Delay::new(u32::from(frame.delay), 100);
        let (left, top) = (u32::from(frame.left), u32::from(frame.top));
        let (width, height) = (u32::from(frame.width), u32::from(frame.height));
        let (dispose, transparent) = (frame.dispose, frame.transparent);
        if width == 0 || height == 0 {
            return Ok(Some(delay));
        }
        if left >= self.width || top >= self.height {
            return Err(corrupt("a frame lies outside the picture"));
        }
        self.limits.check_dimensions(width, height)?;
        self.decoded += u64::from(width) * u64::from(height);
        if self.decoded > self.limits.max_animation_pixels.0 {
            return Err(OptimizationError::LimitExceeded {
                limit: "pixels in all frames",
                allowed: self.limits.max_animation_pixels.0,
                actual: self.decoded,
            });
        }
        self.indices.clear();
        self.indices.resize(width as usize * height as usize, 0);
        self.decoder.read_into_buffer(&mut self.indices).map_err(|problem| error(&problem))?;
        // What of a frame reaches over the edge is not shown.
        let rect =
            Rect { left, top, width: width.min(self.width - left), height: height.min(self.height - top) };
        self.disposal = match dispose {
            DisposalMethod::Any | DisposalMethod::Keep => None,
            DisposalMethod::Background => Some(Undo { rect, saved: None }),
            DisposalMethod::Previous => Some(Undo { rect, saved: Some(rect.cut(&self.canvas, self.width)) }),
        };
        let palette = self.decoder.palette().map_err(|problem| error(&problem))?;
        for (row, indices) in rect.rows(self.width).zip(self.indices.chunks_exact(width as usize)) {
            for (pixel, &index) in self.canvas[row].chunks_exact_mut(4).zip(indices) {
                // An index without a colour draws nothing, as in browsers.
                let color = palette.get(usize::from(index) * 3..usize::from(index) * 3 + 3);
                if let Some(color) = color.filter(|_| transparent != Some(index)) {
                    pixel[..3].copy_from_slice(color);
                    pixel[3] = 255;
                }
            }
        }
        Ok(Some(delay))
    }

    fn canvas(&self) -> &[u8] {
        &self.canvas
    }
}

impl Undo {
    fn apply(self, canvas: &mut [u8], canvas_width: u32) {
        let length = self.rect.width as usize * 4;
        for (index, row) in self.rect.rows(canvas_width).enumerate() {
            match &self.saved {
                Some(saved) => canvas[row].copy_from_slice(&saved[index * length..(index + 1) * length]),
                None => canvas[row].fill(0),
            }
        }
    }
}

fn corrupt(message: &str) -> OptimizationError {
    OptimizationError::corrupt(Format::Gif, message)
}

fn error(error: &DecodingError) -> OptimizationError {
    match error {
        DecodingError::Io(_) | DecodingError::UnexpectedEof => corrupt("the file ends early"),
        DecodingError::OutOfMemory | DecodingError::MemoryLimit => {
            corrupt("decoding needs more memory than the limits allow")
        }
        other => OptimizationError::corrupt(Format::Gif, other),
    }
}
