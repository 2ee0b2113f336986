//! Strips and tiles: from the file's bytes to rows of raw samples.

use super::deep;
use super::layout::{Compression, Layout, Photometric, Predictor};
use super::{corrupt, unsupported};
use crate::container::fax4;
use crate::container::tiff::{ByteOrder, TiffFile};
use crate::error::OptimizationError;
use ruzstd::decoding::StreamingDecoder;
use std::io::Read;
use std::panic::catch_unwind;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

/// The compressed data of all chunks together may be this many times as long as the file: some writers let equal
/// tiles share their data, but a small file that is read a million times over is an attack.
const MAX_SHARING: u64 = 16;
/// As in JPEG files: more scans than this only burn time.
const MAX_JPEG_SCANS: usize = 100;

/// Where a chunk's pixels go.
pub(super) struct Block {
    /// Column and row of the first pixel.
    pub(super) at: (u32, u32),
    /// Width and height.
    pub(super) size: (u32, u32),
}

/// Decodes chunk by chunk and hands each one's samples on, 16 bits wide, not yet scaled.
pub(super) fn decode(
    file: &TiffFile<'_>,
    layout: &Layout<'_>,
    mut receive: impl FnMut(&Block, &[u16]),
) -> Result<(), OptimizationError> {
    let total = layout.byte_counts.iter().fold(0u64, |sum, &count| sum.saturating_add(count));
    let length = file.bytes().len() as u64;
    if layout.compression != Compression::None && total > length.saturating_mul(MAX_SHARING) {
        return Err(corrupt("its strips or tiles claim many times the bytes the file has"));
    }
    let (across, down) = (layout.chunks_across(), layout.chunks_down());
    let planes = if layout.planar { layout.samples } else { 1 };
    let mut raw = Vec::new();
    let mut samples = Vec::new();
    let mut fine = layout.is_rounded().then(|| deep::Row::new(layout, file.order));
    for chunk_y in 0..down {
        for chunk_x in 0..across {
            let at = (chunk_x * layout.chunk_width, chunk_y * layout.chunk_height);
            let size =
                (layout.chunk_width.min(layout.width - at.0), layout.chunk_height.min(layout.height - at.1));
            // Tiles are padded to their full height; the last strip is not.
            let rows = if layout.tiled { layout.chunk_height } else { size.1 };
            let row_bytes = row_bytes(layout);
            samples.clear();
            samples.resize(size.0 as usize * size.1 as usize * layout.samples, 0);
            for plane in 0..planes {
                let index = (plane * down as usize + chunk_y as usize) * across as usize + chunk_x as usize;
                raw.clear();
                raw.resize(row_bytes * rows as usize, 0);
                decompress(file, layout, index, rows, &mut raw)?;
                if layout.low_bit_first && layout.bits < 8 && layout.compression != Compression::Fax4 {
                    for byte in &mut raw {
                        *byte = byte.reverse_bits();
                    }
                }
                let mut target = Target { samples: &mut samples, plane, width: size.0 as usize };
                unpack(&raw, (row_bytes, size.1 as usize), layout, file.order, fine.as_mut(), &mut target)?;
            }
            receive(&Block { at, size }, &samples);
        }
    }
    Ok(())
}

/// Bytes of one row of a chunk.
fn row_bytes(layout: &Layout<'_>) -> usize {
    (layout.chunk_width as usize * layout.samples_per_chunk() * layout.bits as usize).div_ceil(8)
}

/// Fills `out`, which has exactly the size of the chunk.
fn decompress(
    file: &TiffFile<'_>,
    layout: &Layout<'_>,
    index: usize,
    rows: u32,
    out: &mut [u8],
) -> Result<(), OptimizationError> {
    let short = || corrupt("a strip or tile lies beyond the end of the file");
    let offset = *layout.offsets.get(index).ok_or_else(short)?;
    if layout.compression == Compression::None {
        // The length in the file is not looked at: writers get it wrong, and nothing depends on it.
        out.copy_from_slice(file.slice(offset, out.len() as u64).ok_or_else(short)?);
        return Ok(());
    }
    let count = *layout.byte_counts.get(index).ok_or_else(|| corrupt("a strip or tile has no length"))?;
    let data = file.slice(offset, count).ok_or_else(short)?;
    let early = || corrupt("the compressed data of a strip or tile ends early or is damaged");
    match layout.compression {
        Compression::None => Ok(()),
        Compression::Deflate => flate2::read::ZlibDecoder::new(data).read_exact(out).map_err(|_| early()),
        Compression::Lzw => unpack_lzw(data, out).ok_or_else(early),
        Compression::PackBits => unpack_bits(data, out).ok_or_else(early),
        Compression::Fax4 => unpack_fax4(data, layout, out),
        Compression::Jpeg => unpack_jpeg(data, layout, rows, out),
        Compression::Zstd => unpack_zstd(data, out).ok_or_else(early),
    }
}

fn unpack_lzw(data: &[u8], out: &mut [u8]) -> Option<()> {
    // Before TIFF 6.0 some writers packed codes the other way round: their first code, "clear", begins with a
    // zero byte.
    let (order, old) = match data {
        [0, second, ..] if second & 1 == 1 => (weezl::BitOrder::Lsb, true),
        _ => (weezl::BitOrder::Msb, false),
    };
    let mut decoder = if old {
        weezl::decode::Configuration::new(order, 8).with_yield_on_full_buffer(true).build()
    } else {
        weezl::decode::Configuration::with_tiff_size_switch(order, 8).with_yield_on_full_buffer(true).build()
    };
    let (mut read, mut written) = (0, 0);
    while written < out.len() {
        let result = decoder.decode_bytes(&data[read..], &mut out[written..]);
        read += result.consumed_in;
        written += result.consumed_out;
        match result.status {
            Ok(weezl::LzwStatus::Ok) if result.consumed_in > 0 || result.consumed_out > 0 => {}
            Ok(_) => break,
            Err(_) => return None,
        }
    }
    (written == out.len()).then_some(())
}

/// Its window takes at most 128 MiB, the bound that its decoder has.
fn unpack_zstd(data: &[u8], out: &mut [u8]) -> Option<()> {
    // What is left after a panic is dropped with the file.
    let mut target = std::panic::AssertUnwindSafe(out);
    catch_unwind(move || StreamingDecoder::new(data).ok()?.read_exact(&mut target).ok()).ok()?
}

/// `PackBits` (TIFF 6.0, section 9).
fn unpack_bits(mut data: &[u8], out: &mut [u8]) -> Option<()> {
    let mut written = 0;
    while written < out.len() {
        let (&control, rest) = data.split_first()?;
        data = rest;
        let room = out.len() - written;
        match control as i8 {
            -128 => {}
            repeat @ -127..=-1 => {
                let (&value, rest) = data.split_first()?;
                data = rest;
                let length = (1 + usize::from(repeat.unsigned_abs())).min(room);
                out[written..written + length].fill(value);
                written += length;
            }
            literal => {
                let length = literal as usize + 1;
                let values = data.get(..length)?;
                data = &data[length..];
                let length = length.min(room);
                out[written..written + length].copy_from_slice(&values[..length]);
                written += length;
            }
        }
    }
    Some(())
}

fn unpack_fax4(data: &[u8], layout: &Layout<'_>, out: &mut [u8]) -> Result<(), OptimizationError> {
    let width = u16::try_from(layout.chunk_width)
        .map_err(|_| unsupported(format!("CCITT Group 4 rows of {} pixels", layout.chunk_width)))?;
    let reversed: Vec<u8>;
    let data = if layout.low_bit_first {
        reversed = data.iter().map(|byte| byte.reverse_bits()).collect();
        &reversed
    } else {
        data
    };
    let rows = out.len() / row_bytes(layout);
    let rows = fax4::decode(data, width, rows)
        .ok_or_else(|| corrupt("the CCITT Group 4 data of a strip ends early or is damaged"))?;
    out.copy_from_slice(&rows);
    Ok(())
}

fn unpack_jpeg(data: &[u8], layout: &Layout<'_>, rows: u32, out: &mut [u8]) -> Result<(), OptimizationError> {
    let damaged = |message: String| corrupt(format!("the JPEG data of a strip or tile: {message}"));
    // Tables that all chunks share come first: a JPEG without image data, whose end marker and the chunk's start
    // marker are left out where the two are joined.
    let joined = match layout.jpeg_tables {
        Some(tables) if tables.len() >= 4 && data.len() >= 2 => {
            [&tables[..tables.len() - 2], &data[2..]].concat()
        }
        _ => data.to_vec(),
    };
    let samples = layout.samples_per_chunk();
    let decoded = catch_unwind(|| {
        let options = DecoderOptions::default()
            .set_max_width(layout.chunk_width as usize)
            .set_max_height(layout.chunk_height as usize + 16)
            .jpeg_set_max_scans(MAX_JPEG_SCANS);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(joined), options);
        decoder.decode_headers().map_err(|error| error.to_string())?;
        let info = decoder.info().ok_or("there is no frame header")?;
        let (width, height) = (u32::from(info.width), u32::from(info.height));
        if width != layout.chunk_width || height < rows || usize::from(info.components) != samples {
            return Err(format!(
                "{} × {} pixels of {} samples, not {} × {rows} of {samples}",
                width, height, info.components, layout.chunk_width
            ));
        }
        let input = decoder.input_colorspace().ok_or("there is no frame header")?;
        let output = match layout.photometric {
            Photometric::YCbCr => ColorSpace::RGB,
            // Red, green and blue without a marker are taken for YCbCr: "no conversion" leaves them alone.
            Photometric::Rgb => input,
            _ => ColorSpace::Luma,
        };
        decoder.set_options(options.jpeg_set_out_colorspace(output));
        decoder.decode().map_err(|error| error.to_string())
    });
    let pixels = decoded
        .map_err(|_| damaged("the decoder stopped on it".into()))?
        .map_err(|message| damaged(message.trim_matches('"').to_owned()))?;
    let pixels = pixels.get(..out.len()).ok_or_else(|| damaged("it holds too few pixels".into()))?;
    out.copy_from_slice(pixels);
    Ok(())
}

/// Where unpacked samples go.
struct Target<'a> {
    /// Interleaved samples of the part of the chunk that is in the image.
    samples: &'a mut [u16],
    /// The sample this chunk holds, where each has its own.
    plane: usize,
    /// Pixels per row that are in the image.
    width: usize,
}

/// Takes rows apart into samples, undoing differences. `fine`: what reads samples that are rounded.
fn unpack(
    raw: &[u8],
    (row_bytes, rows): (usize, usize),
    layout: &Layout<'_>,
    order: ByteOrder,
    mut fine: Option<&mut deep::Row>,
    target: &mut Target<'_>,
) -> Result<(), OptimizationError> {
    let per_pixel = layout.samples_per_chunk();
    let count = layout.chunk_width as usize * per_pixel;
    let used = target.width * per_pixel;
    let step = layout.samples;
    let mut row_samples = vec![0u16; count];
    for (row, bytes) in raw.chunks_exact(row_bytes).take(rows).enumerate() {
        match layout.bits {
            _ if fine.is_some() => {}
            8 => row_samples.iter_mut().zip(bytes).for_each(|(sample, &byte)| *sample = u16::from(byte)),
            16 => row_samples
                .iter_mut()
                .zip(bytes.chunks_exact(2))
                .for_each(|(sample, pair)| *sample = order.u16([pair[0], pair[1]])),
            bits => unpack_bit_fields(bytes, bits, &mut row_samples),
        }
        if let Some(fine) = &mut fine {
            // What pads a row may be anything.
            fine.read(bytes, target.plane, &mut row_samples[..used])?;
        } else if layout.predictor == Predictor::Differences {
            let mask = if layout.bits == 8 { 0xff } else { 0xffff };
            for index in per_pixel..count {
                row_samples[index] = row_samples[index].wrapping_add(row_samples[index - per_pixel]) & mask;
            }
        }
        let start = row * target.width * step;
        let out = &mut target.samples[start..start + target.width * step];
        if layout.planar {
            for (pixel, &sample) in out.chunks_exact_mut(step).zip(&row_samples) {
                pixel[target.plane] = sample;
            }
        } else {
            out.copy_from_slice(&row_samples[..used]);
        }
    }
    Ok(())
}

/// Samples of any width up to 16 bits, packed without gaps, most significant bit first.
fn unpack_bit_fields(bytes: &[u8], bits: u32, samples: &mut [u16]) {
    let mut bytes = bytes.iter();
    let (mut store, mut held) = (0u32, 0);
    for sample in samples {
        while held < bits {
            store = store << 8 | u32::from(bytes.next().copied().unwrap_or(0));
            held += 8;
        }
        held -= bits;
        *sample = (store >> held & ((1 << bits) - 1)) as u16;
        // What was used is cut off, so that the store never overflows.
        store &= (1 << held) - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pack_bits_example_of_the_specification() {
        let packed =
            [0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7, 0xaa];
        let mut out = [0; 24];
        unpack_bits(&packed, &mut out).unwrap();
        assert_eq!(out[..6], [0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a]);
        assert_eq!(out[14..], [0xaa; 10]);
        assert_eq!(unpack_bits(&packed[..14], &mut out), None);
    }

    #[test]
    fn samples_of_odd_widths_cross_bytes() {
        let mut samples = [0; 4];
        unpack_bit_fields(&[0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc], 12, &mut samples);
        assert_eq!(samples, [0x123, 0x456, 0x789, 0xabc]);
        unpack_bit_fields(&[0b1011_0000], 1, &mut samples);
        assert_eq!(samples, [1, 0, 1, 1]);
    }
}
