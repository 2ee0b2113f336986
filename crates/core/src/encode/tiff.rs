//! Lossless TIFF: the fewest bits per sample that hold the pixels, deflated with or without differences, or as
//! CCITT Group 4 where they are black and white.
//!
//! LZW and plain samples are not tried: deflate is read wherever LZW is, and is smaller on everything measured.

use super::{EncodeInput, EncodeSettings, EncoderKind, failed};
use crate::container::fax4;
use crate::container::tiff::{self, ByteOrder, TiffFile, Tree, kind, tag};
use crate::context::OptimizeContext;
use crate::error::OptimizationError;
use crate::pixels::{Channels, PixelBuffer, Samples};
use libdeflater::{CompressionLvl, Compressor};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Bytes of samples per strip, about: more compress no better, as deflate looks back 32 KiB, and readers hold one
/// strip at a time.
const STRIP_BYTES: usize = 1 << 20;

/// Numbers of the compression schemes (TIFF 6.0, section 3 and Adobe's supplement 2).
const NO_COMPRESSION: u16 = 1;
const GROUP_4: u16 = 4;
const DEFLATE: u16 = 8;

/// Samples as they are to be stored.
struct Stored {
    photometric: u16,
    bits: u16,
    samples: u16,
    width: usize,
    row_bytes: usize,
    rows: Vec<u8>,
    /// Red, then green, then blue values of a palette, 16 bits each.
    palette: Vec<u16>,
}

/// One way to store them.
struct Coded {
    compression: u16,
    differences: bool,
    rows_per_strip: usize,
    strips: Vec<Vec<u8>>,
}

/// Encodes without loss.
pub(super) fn encode(
    input: &EncodeInput<'_>,
    settings: EncodeSettings,
    context: &OptimizeContext<'_>,
) -> Result<Vec<u8>, OptimizationError> {
    let exif = input.metadata.exif.as_deref().and_then(TiffFile::open);
    // The file takes the EXIF block's byte order: its fields go into the directory as they are.
    let order = exif.map_or(ByteOrder::Little, |exif| exif.order);
    let stored = Stored::new(input.pixels, order);
    let level = match settings.effort.get() {
        1 => 1,
        2 | 3 => 6,
        4..=6 => 9,
        _ => 12,
    };
    let coded = smallest(&stored, level, order, context)?;
    let mut directory = described(exif.as_ref(), input)
        .ok_or_else(|| failed(EncoderKind::TiffLossless, "the EXIF block's fields share their data"))?;
    let too_large = || failed(EncoderKind::TiffLossless, "more than 4 GiB do not fit a TIFF");
    let mut file = tiff::header(order);
    let mut offsets = Vec::with_capacity(coded.strips.len());
    for strip in &coded.strips {
        offsets.push(tiff::append_aligned(&mut file, strip).ok_or_else(too_large)?);
    }
    let counts: Vec<u32> = coded.strips.iter().map(|strip| strip.len() as u32).collect();
    stored.describe(&mut directory, order, input.pixels);
    directory.set_shorts(order, tag::COMPRESSION, &[coded.compression]);
    directory.set_longs(order, tag::ROWS_PER_STRIP, &[coded.rows_per_strip as u32]);
    directory.set_longs(order, tag::STRIP_OFFSETS, &offsets);
    directory.set_longs(order, tag::STRIP_BYTE_COUNTS, &counts);
    if coded.differences {
        directory.set_shorts(order, tag::PREDICTOR, &[2]);
    }
    if let Some(icc) = &input.metadata.icc {
        directory.set(tag::ICC_PROFILE, kind::UNDEFINED, icc.clone());
    }
    if let Some(xmp) = &input.metadata.xmp {
        directory.set(tag::XMP, kind::BYTE, xmp.clone());
    }
    tiff::finish(file, order, &directory).ok_or_else(too_large)
}

/// What the metadata says about the picture, and the resolution of an original that was a TIFF: it decides how large
/// the picture is printed. `None` for an EXIF block whose fields share their data: copied one by one they could fill
/// any memory, and no camera writes such a thing.
fn described(exif: Option<&TiffFile<'_>>, input: &EncodeInput<'_>) -> Option<Tree> {
    let mut tree = match exif.and_then(|file| Some((file, file.directory(file.first)?))) {
        Some((file, directory)) => {
            // Twice, as short values are counted with the field they are in and once more.
            let mut budget = file.bytes().len() as u64 * 2;
            Tree::copy(file, &directory, is_descriptive, &mut budget)?
        }
        None => Tree::default(),
    };
    if tree.fields.iter().any(|field| field.tag == tag::X_RESOLUTION) {
        return Some(tree);
    }
    let order = exif.map_or(ByteOrder::Little, |exif| exif.order);
    let original = input.original.and_then(TiffFile::open).filter(|file| file.order == order);
    if let Some((file, directory)) = original.and_then(|file| Some((file, file.directory(file.first)?))) {
        // Two fractions and a unit.
        let resolution = Tree::copy(&file, &directory, is_resolution, &mut 64);
        tree.fields.extend(resolution.unwrap_or_default().fields);
    }
    Some(tree)
}

fn is_resolution(tag: u16) -> bool {
    matches!(tag, tag::X_RESOLUTION | tag::Y_RESOLUTION | tag::RESOLUTION_UNIT)
}

/// Fields of EXIF's first directory that say nothing about how pixels are stored.
fn is_descriptive(tag: u16) -> bool {
    is_resolution(tag)
        || matches!(
            tag,
            tag::IMAGE_DESCRIPTION
                | tag::MAKE
                | tag::MODEL
                | tag::SOFTWARE
                | tag::DATE_TIME
                | tag::ARTIST
                | tag::HOST_COMPUTER
                | tag::COPYRIGHT
                | tag::EXIF_IFD
                | tag::GPS_IFD
        )
}

/// The smallest coding; of equals, the first.
fn smallest(
    stored: &Stored,
    level: i32,
    order: ByteOrder,
    context: &OptimizeContext<'_>,
) -> Result<Coded, OptimizationError> {
    let mut coded = vec![stored.deflated(&stored.rows, false, level, context)?];
    // Differences of indices and of single bits mean nothing.
    if stored.bits >= 8 && stored.palette.is_empty() {
        coded.push(stored.deflated(&stored.differences(order), true, level, context)?);
    }
    if stored.bits == 1
        && let Some(strip) =
            u16::try_from(stored.width).ok().and_then(|width| fax4::encode(&stored.rows, width))
    {
        coded.push(Coded {
            compression: GROUP_4,
            differences: false,
            rows_per_strip: stored.rows.len() / stored.row_bytes,
            strips: vec![strip],
        });
    }
    context.check_cancelled()?;
    let size = |coded: &Coded| coded.strips.iter().map(Vec::len).sum::<usize>();
    let smallest = coded.into_iter().min_by_key(size);
    Ok(match smallest {
        Some(coded) if size(&coded) < stored.rows.len() => coded,
        _ => Coded {
            compression: NO_COMPRESSION,
            differences: false,
            rows_per_strip: stored.rows_per_strip(),
            strips: stored
                .rows
                .chunks(stored.rows_per_strip() * stored.row_bytes)
                .map(<[u8]>::to_vec)
                .collect(),
        },
    })
}

impl Stored {
    fn new(pixels: &PixelBuffer, order: ByteOrder) -> Self {
        let width = pixels.width() as usize;
        match (pixels.samples(), pixels.channels()) {
            (Samples::U8(samples), Channels::Gray) => Self::gray(samples, width),
            (Samples::U8(samples), Channels::Rgb) => {
                Self::indexed(samples, width).unwrap_or_else(|| Self::bytes(samples.clone(), 3, width))
            }
            (Samples::U8(samples), channels) => Self::bytes(samples.clone(), channels.count() as u16, width),
            (Samples::U16(samples), channels) => {
                let count = channels.count() as u16;
                let rows = samples.iter().flat_map(|&value| order.put_u16(value)).collect();
                Self {
                    bits: 16,
                    row_bytes: width * usize::from(count) * 2,
                    ..Self::bytes(rows, count, width)
                }
            }
        }
    }

    /// Whole bytes.
    fn bytes(rows: Vec<u8>, samples: u16, width: usize) -> Self {
        // 1: black is zero; 2: red, green, blue.
        let photometric = if samples <= 2 { 1 } else { 2 };
        let row_bytes = width * usize::from(samples);
        Self { photometric, bits: 8, samples, width, row_bytes, rows, palette: Vec::new() }
    }

    /// Gray in 1, 4 or 8 bits, whichever holds all values.
    fn gray(samples: &[u8], width: usize) -> Self {
        let (bits, step) = if samples.iter().all(|&value| value == 0 || value == 255) {
            (1, 255)
        } else if samples.iter().all(|&value| value % 17 == 0) {
            (4, 17)
        } else {
            return Self::bytes(samples.to_vec(), 1, width);
        };
        // Black and white is stored with white as zero, as fax machines and scanners do.
        let invert = bits == 1;
        let levels = samples.iter().map(|&value| if invert { 1 - value / step } else { value / step });
        let rows = packed(levels, width, bits);
        Self {
            photometric: u16::from(!invert),
            bits,
            row_bytes: (width * usize::from(bits)).div_ceil(8),
            rows,
            ..Self::bytes(Vec::new(), 1, width)
        }
    }

    /// Indices into a palette, where there are at most 256 colours.
    fn indexed(samples: &[u8], width: usize) -> Option<Self> {
        let colors = || samples.chunks_exact(3).map(|pixel| [pixel[0], pixel[1], pixel[2]]);
        let mut indices = BTreeMap::new();
        for color in colors() {
            indices.insert(color, 0u8);
            if indices.len() > 256 {
                return None;
            }
        }
        indices.values_mut().zip(0..=255).for_each(|(index, number)| *index = number);
        // TIFF 6.0 knows palettes of 4 and 8 bits.
        let bits = if indices.len() <= 16 { 4 } else { 8 };
        let mut palette = vec![0; 3 << bits];
        for (color, index) in &indices {
            for (channel, value) in color.iter().enumerate() {
                palette[(channel << bits) + usize::from(*index)] = u16::from(*value) * 257;
            }
        }
        let rows = packed(colors().filter_map(|color| indices.get(&color).copied()), width, bits);
        Some(Self {
            photometric: 3,
            bits,
            row_bytes: (width * usize::from(bits)).div_ceil(8),
            rows,
            palette,
            ..Self::bytes(Vec::new(), 1, width)
        })
    }

    fn rows_per_strip(&self) -> usize {
        (STRIP_BYTES / self.row_bytes).clamp(1, (self.rows.len() / self.row_bytes).max(1))
    }

    fn deflated(
        &self,
        rows: &[u8],
        differences: bool,
        level: i32,
        context: &OptimizeContext<'_>,
    ) -> Result<Coded, OptimizationError> {
        let rows_per_strip = self.rows_per_strip();
        let error = |message: &str| failed(EncoderKind::TiffLossless, message);
        let strips = rows
            .par_chunks(rows_per_strip * self.row_bytes)
            .map(|strip| {
                context.check_cancelled()?;
                let level = CompressionLvl::new(level).map_err(|_| error("no such deflate level"))?;
                let mut compressor = Compressor::new(level);
                let mut out = vec![0; compressor.zlib_compress_bound(strip.len())];
                let length = compressor
                    .zlib_compress(strip, &mut out)
                    .map_err(|_| error("deflate needs more room than it said"))?;
                out.truncate(length);
                Ok(out)
            })
            .collect::<Result<_, OptimizationError>>()?;
        Ok(Coded { compression: DEFLATE, differences, rows_per_strip, strips })
    }

    /// The rows as differences to the pixel on the left, sample by sample (TIFF 6.0, section 14).
    fn differences(&self, order: ByteOrder) -> Vec<u8> {
        let step = usize::from(self.samples);
        let mut rows = self.rows.clone();
        for row in rows.chunks_exact_mut(self.row_bytes) {
            if self.bits == 8 {
                for index in (step..row.len()).rev() {
                    row[index] = row[index].wrapping_sub(row[index - step]);
                }
            } else {
                for index in (step..row.len() / 2).rev() {
                    let sample = |at: usize| order.u16([row[at * 2], row[at * 2 + 1]]);
                    let difference = sample(index).wrapping_sub(sample(index - step));
                    row[index * 2..index * 2 + 2].copy_from_slice(&order.put_u16(difference));
                }
            }
        }
        rows
    }

    /// The fields that say how pixels are stored.
    fn describe(&self, directory: &mut Tree, order: ByteOrder, pixels: &PixelBuffer) {
        directory.set_longs(order, tag::IMAGE_WIDTH, &[pixels.width()]);
        directory.set_longs(order, tag::IMAGE_LENGTH, &[pixels.height()]);
        directory.set_shorts(order, tag::BITS_PER_SAMPLE, &vec![self.bits; usize::from(self.samples)]);
        directory.set_shorts(order, tag::PHOTOMETRIC_INTERPRETATION, &[self.photometric]);
        directory.set_shorts(order, tag::SAMPLES_PER_PIXEL, &[self.samples]);
        directory.set_shorts(order, tag::PLANAR_CONFIGURATION, &[1]);
        if !self.palette.is_empty() {
            directory.set_shorts(order, tag::COLOR_MAP, &self.palette);
        }
        if pixels.channels().has_alpha() {
            // 2: straight alpha.
            directory.set_shorts(order, tag::EXTRA_SAMPLES, &[2]);
        }
    }
}

/// Values of fewer than 8 bits, or of 8, packed into rows that begin at a byte.
fn packed(values: impl Iterator<Item = u8>, width: usize, bits: u16) -> Vec<u8> {
    let per_byte = 8 / usize::from(bits);
    let mut rows = Vec::new();
    for (index, value) in values.enumerate() {
        let column = index % width;
        if column.is_multiple_of(per_byte) {
            rows.push(0);
        }
        if let Some(byte) = rows.last_mut() {
            *byte |= value << (8 - usize::from(bits) * (column % per_byte + 1));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn low_depths_begin_every_row_at_a_byte() {
        assert_eq!(packed([1, 0, 1, 1, 1, 1].into_iter(), 3, 1), [0b1010_0000, 0b1110_0000]);
        assert_eq!(packed([1, 2, 3, 4, 5, 6].into_iter(), 3, 4), [0x12, 0x30, 0x45, 0x60]);
        assert_eq!(packed([7, 8].into_iter(), 1, 8), [7, 8]);
    }

    #[test]
    fn the_depth_follows_the_values() {
        let stored = |samples: &[u8]| {
            Stored::new(
                &PixelBuffer::new(samples.len() as u32, 1, Channels::Gray, Samples::U8(samples.to_vec()))
                    .unwrap(),
                ByteOrder::Little,
            )
        };
        assert_eq!((stored(&[0, 255, 0]).bits, stored(&[0, 255, 0]).photometric), (1, 0));
        assert_eq!((stored(&[0, 17, 255]).bits, stored(&[0, 17, 255]).photometric), (4, 1));
        assert_eq!(stored(&[0, 1, 255]).bits, 8);
    }
}
