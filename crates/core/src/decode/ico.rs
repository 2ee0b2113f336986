//! ICO: the largest of its images.

use super::{DecodedImage, SourceTraits, dib, png};
use crate::container::dib::DibHeader;
use crate::container::ico::{self, Entry};
use crate::context::Limits;
use crate::error::OptimizationError;
use crate::format::Format;
use crate::metadata::Metadata;
use crate::pixels::{Channels, Orientation, PixelBuffer, Samples};
use crate::result::Warning;

/// More sizes than these are not named one by one.
const MOST_NAMED: usize = 8;

/// Width and height of the largest image.
pub(super) fn read_dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    ico::largest(&ico::entries(bytes)).map(|entry| entry.size)
}

/// Decodes the largest image.
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<DecodedImage, OptimizationError> {
    let entries = ico::entries(bytes);
    let largest = ico::largest(&entries)
        .ok_or_else(|| OptimizationError::corrupt(Format::Ico, "there is no complete list of images"))?;
    limits.check_dimensions(largest.size.0, largest.size.1)?;
    let mut image = if largest.is_png {
        png::decode(largest.data, limits).map_err(of_the_icon)?
    } else {
        DecodedImage {
            pixels: bitmap(largest.data, limits)?,
            metadata: Metadata::default(),
            orientation: Orientation::Upright,
            source: SourceTraits { lossless: true, ..SourceTraits::default() },
            warnings: Vec::new(),
        }
    };
    // A palette in there says nothing about whether the icon was made small before.
    image.source.indexed = false;
    if entries.len() > 1 {
        image.warnings.push(left_out(&entries, &largest));
    }
    Ok(image)
}

/// What is wrong with a PNG in an icon is wrong with the icon.
fn of_the_icon(error: OptimizationError) -> OptimizationError {
    match error {
        OptimizationError::Corrupt { message, .. } => {
            OptimizationError::corrupt(Format::Ico, format!("the PNG of an image: {message}"))
        }
        other => other,
    }
}

/// Says which images are not in the output.
fn left_out(entries: &[Entry<'_>], largest: &Entry<'_>) -> Warning {
    let mut others: Vec<String> = entries
        .iter()
        .filter(|entry| *entry != largest)
        .map(|entry| format!("{} × {}", entry.size.0, entry.size.1))
        .collect();
    others.dedup();
    let more = others.len().saturating_sub(MOST_NAMED);
    others.truncate(MOST_NAMED);
    let others = others.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() };
    let (width, height) = largest.size;
    Warning::new(
        "sizes_dropped",
        format!(
            "the icon has {} images; the output has the largest only, {width} × {height}, and not {others}",
            entries.len()
        ),
    )
}

/// An image that is a bitmap, with a mask of one bit per pixel behind its rows.
fn bitmap(data: &[u8], limits: &Limits) -> Result<PixelBuffer, OptimizationError> {
    let corrupt = |what: &str| OptimizationError::corrupt(Format::Ico, what);
    let mut header = DibHeader::read(data, true, Format::Ico)?;
    header.height /= 2;
    if header.height == 0 {
        return Err(corrupt("an image has no rows"));
    }
    limits.check_dimensions(header.width, header.height)?;
    let stored = data.get(header.palette.end..).unwrap_or_default();
    let image = dib::decode(data, &header, stored, Format::Ico)?;
    // Alpha of its own makes the mask superfluous.
    if image.channels().has_alpha() {
        return Ok(image);
    }
    let rows = DibHeader::row_bytes(header.width, header.bits) * u64::from(header.height);
    let mask = usize::try_from(rows).ok().and_then(|rows| stored.get(rows..)).unwrap_or_default();
    masked(image, mask, header.top_down)
}

/// The image, transparent where the mask has a one. A mask that is missing or cut hides nothing.
fn masked(image: PixelBuffer, mask: &[u8], top_down: bool) -> Result<PixelBuffer, OptimizationError> {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let row = DibHeader::row_bytes(image.width(), 1) as usize;
    if mask.len() < row * height {
        return Ok(image);
    }
    let image = image.to_8_bit().unwrap_or(image);
    let Samples::U8(samples) = image.samples() else { return Ok(image) };
    let mut out = Vec::with_capacity(width * height * 4);
    for (at, pixel) in samples.chunks_exact(3).enumerate() {
        let (x, y) = (at % width, at / width);
        let stored_row = if top_down { y } else { height - 1 - y };
        let hidden = mask[stored_row * row + x / 8] >> (7 - x % 8) & 1 == 1;
        out.extend_from_slice(pixel);
        out.push(if hidden { 0 } else { 255 });
    }
    PixelBuffer::new(image.width(), image.height(), Channels::Rgba, Samples::U8(out))
}
