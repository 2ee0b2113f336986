//! How much memory an image takes that goes through Sharp from file to file, in both processes together.
//!
//! libvips streams: it holds some rows. What holds the whole picture is named here, with bytes per pixel that were
//! measured: docs/decisions/0031-large-images-from-file-to-file.md.

use planish::settings::{Flip, ImageSettings, Rotation};
use planish::{FileHeader, Format, SampleTiles};

/// A Node process with Sharp loaded and our own, with what their allocators keep, in bytes.
const PROCESSES: u64 = 160 << 20;

/// Rows that libvips holds between two operations, per pixel of width.
const ROWS: u64 = 4_000;

/// Bytes of a sampled pixel: RGBA in Node, once more for the pipe, and here.
const SAMPLED: u64 = 12;

/// Samples of this many rows are cut out of the image, over its whole width.
const SAMPLED_ROWS: u64 = 6 * SampleTiles::EDGE as u64;

/// Whether a JPEG of so many pixels has to be written as it comes: trellis, scans and optimal tables need every
/// coefficient at once, 2 bytes each, of which there are 1.5 or 3 for each pixel.
pub(super) const fn jpeg_streams(pixels: u64, full_chroma: bool, memory: u64) -> bool {
    pixels.saturating_mul(if full_chroma { 6 } else { 3 }) > memory / 2
}

/// Bytes of a pixel and of its place in a palette.
const PALETTED: u64 = 6;

/// Whether a PNG of so many pixels may have a palette, for which libvips holds them all.
pub(super) const fn palette_fits(pixels: u64, memory: u64) -> bool {
    pixels.saturating_mul(PALETTED) <= memory / 2
}

/// Pixels of an image that the sidecar decodes once for all regions of a sample; `native/PROTOCOL.md`.
const SAMPLED_WHOLE: u64 = 1 << 24;

/// Bytes that encoding holds for each pixel.
pub(super) const fn held_per_pixel(format: Format, pixels: u64, memory: u64) -> u64 {
    match format {
        Format::Jpeg if jpeg_streams(pixels, false, memory) => 0,
        Format::Jpeg if jpeg_streams(pixels, true, memory) => 4,
        Format::Jpeg => 7,
        // Every pixel and its place in the palette; row by row without one.
        Format::Png if palette_fits(pixels, memory) => PALETTED,
        // Tile by tile; the last two are never written.
        Format::Png | Format::Tiff | Format::Bmp | Format::Ico => 0,
        Format::Gif => 5,
        Format::Webp | Format::Jxl => 12,
        Format::Avif => 24,
    }
}

/// An upper estimate of the memory that one image takes. `memory`: bytes that Sharp may use.
pub(super) fn peak_bytes(header: Option<&FileHeader>, settings: &ImageSettings, memory: u64) -> u64 {
    let Some((header, (width, height))) = header.and_then(|header| Some((header, header.size()?))) else {
        return PROCESSES;
    };
    let pixels = header.pixels();
    let resized = settings.resize.map_or(pixels, |resize| {
        let (width, height) = resize.plan(width, height).size;
        u64::from(width) * u64::from(height)
    });
    let candidates = settings.formats.candidates(header.format());
    let encoding = candidates.iter().map(|format| held_per_pixel(*format, resized, memory)).max();
    let rows = u64::from(width.max(height)) * (ROWS + SAMPLED * SAMPLED_ROWS);
    let largest = pixels.max(resized);
    let sampled =
        rows.min(pixels.saturating_mul(SAMPLED)) + if largest <= SAMPLED_WHOLE { largest * 4 } else { 0 };
    // Turned pictures are read from another side than they are written.
    let is_turned = settings.rotate != Rotation::None || settings.flip == Some(Flip::Vertical);
    let turned = if is_turned { pixels.saturating_mul(4) } else { 0 };
    let frames = if header.is_animated() { 8 } else { 0 };
    PROCESSES
        .saturating_add(sampled)
        .saturating_add(resized.saturating_mul(encoding.unwrap_or(0) + frames))
        .saturating_add(turned)
}

/// The formats that fit into the memory, or all of them where none does: an image that is too large for it runs alone.
pub(super) fn fitting(formats: Vec<Format>, pixels: u64, memory: u64) -> Vec<Format> {
    let fits = |format: &Format| {
        held_per_pixel(*format, pixels, memory).saturating_mul(pixels).saturating_add(PROCESSES) <= memory
    };
    let fitting: Vec<Format> = formats.iter().copied().filter(fits).collect();
    if fitting.is_empty() { formats } else { fitting }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::tests::png_header;
    use planish::FormatChoice;

    const GIB: u64 = 1 << 30;

    fn estimate(width: u32, height: u32, format: Format) -> u64 {
        let header = FileHeader::of(&png_header(width, height)).unwrap();
        let formats = FormatChoice::OneOf(vec![format]);
        peak_bytes(Some(&header), &ImageSettings { formats, ..ImageSettings::default() }, GIB)
    }

    #[test]
    fn four_hundred_megapixels_fit_into_a_gibibyte_where_the_format_streams() {
        for format in [Format::Jpeg, Format::Png, Format::Tiff] {
            let bytes = estimate(20_000, 20_000, format);
            assert!((GIB / 8..GIB / 2).contains(&bytes), "{format}: {bytes}");
        }
        assert!(estimate(16_000, 16_000, Format::Webp) > GIB * 2);
    }

    #[test]
    fn what_does_not_fit_is_left_out_where_something_else_does() {
        let all = vec![Format::Jpeg, Format::Png, Format::Webp, Format::Avif];
        assert_eq!(fitting(all.clone(), 400_000_000, GIB), [Format::Jpeg, Format::Png]);
        assert_eq!(fitting(all.clone(), 1_000_000, GIB), all);
        let none = vec![Format::Avif];
        assert_eq!(fitting(none.clone(), 400_000_000, GIB), none);
    }
}
