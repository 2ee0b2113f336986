//! What a file says about itself before it is read whole.
//!
//! Callers decide by it what becomes of a file: whether it fits into memory, and who works on it. Nothing here looks
//! at pixels, and a header that lies costs a wrong decision, nothing else.

use crate::animation;
use crate::decode::read_dimensions;
use crate::error::OptimizationError;
use crate::estimate::{Kind, peak_bytes};
use crate::format::Format;
use crate::settings::ImageSettings;
use crate::sniff::sniff;
use std::io::{self, Read, Seek, SeekFrom};

/// As much is read of every file. Most formats say their size in the first hundred bytes.
const WINDOW: u64 = 256 << 10;

/// As much is read where that is not enough: profiles and previews stand before a JPEG's size, and a GIF has to be
/// followed to its second frame.
const WIDE_WINDOW: u64 = 16 << 20;

/// The most fields of a TIFF directory that are looked at.
const MOST_FIELDS: u64 = 4096;

/// What the first bytes of a file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileHeader {
    /// The format.
    pub(crate) format: Format,
    /// Bytes of the whole file.
    pub(crate) bytes: u64,
    /// Width and height of the first image as stored; `None` where they were not found.
    pub(crate) size: Option<(u32, u32)>,
    /// Frames of an animation, `u32::MAX` where they were not counted; `None` for a still image.
    pub(crate) frames: Option<u32>,
    /// What the pixels are.
    pub(crate) kind: Kind,
}

impl FileHeader {
    /// The header of a file that is in memory.
    ///
    /// # Errors
    /// As [`sniff`].
    pub fn of(file: &[u8]) -> Result<Self, OptimizationError> {
        let format = sniff(file)?;
        let animation = animation::announced(file, format);
        Ok(Self {
            format,
            bytes: file.len() as u64,
            size: read_dimensions(file, format),
            frames: animation.map(|animation| animation.frames),
            kind: Kind::of(file, format),
        })
    }

    /// The header of a file that is not: at most 16 MiB of it are read, mostly far less. The outer error is
    /// the reader's.
    ///
    /// # Errors
    /// Of the inner result: as [`sniff`].
    pub fn read(file: &mut (impl Read + Seek)) -> io::Result<Result<Self, OptimizationError>> {
        let bytes = file.seek(SeekFrom::End(0))?;
        let mut head = start_of(file, WINDOW)?;
        let mut found = match Self::of(&head) {
            Ok(found) => Self { bytes, ..found },
            Err(error) => return Ok(Err(error)),
        };
        let is_cut = |head: &[u8]| (head.len() as u64) < bytes;
        if is_cut(&head) && found.format == Format::Tiff {
            // Its directory lies wherever the writer put it, mostly at the end.
            found.size = tiff_size(file, &head)?;
            return Ok(Ok(found));
        }
        if is_cut(&head) && (found.size.is_none() || found.format == Format::Gif) {
            head = start_of(file, WIDE_WINDOW)?;
            found = match Self::of(&head) {
                Ok(found) => Self { bytes, ..found },
                Err(error) => return Ok(Err(error)),
            };
        }
        // What goes on behind the window may go on for any number of frames.
        if is_cut(&head) && (found.frames.is_some() || found.format == Format::Gif) {
            found.frames = Some(u32::MAX);
        }
        Ok(Ok(found))
    }

    /// The format, by the first bytes.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Bytes of the whole file.
    pub const fn file_bytes(&self) -> u64 {
        self.bytes
    }

    /// Width and height of the first image as stored; `None` where they were not found.
    pub const fn size(&self) -> Option<(u32, u32)> {
        self.size
    }

    /// Pixels of one frame; 0 where the size was not found.
    pub fn pixels(&self) -> u64 {
        self.size.map_or(0, |(width, height)| u64::from(width) * u64::from(height))
    }

    /// Whether it announces more than one frame.
    pub const fn is_animated(&self) -> bool {
        self.frames.is_some()
    }

    /// As [`estimate_peak_bytes`](crate::estimate_peak_bytes), without the file.
    pub fn peak_bytes(&self, settings: &ImageSettings, threads: usize) -> u64 {
        peak_bytes(self, settings, threads)
    }
}

fn start_of(file: &mut (impl Read + Seek), length: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    file.take(length).read_to_end(&mut head)?;
    Ok(head)
}

/// Width and height in a TIFF's first directory (TIFF 6.0, section 2; `BigTIFF`).
fn tiff_size(file: &mut (impl Read + Seek), head: &[u8]) -> io::Result<Option<(u32, u32)>> {
    const WIDTH: u64 = 256;
    const HEIGHT: u64 = 257;
    let little = head.first() == Some(&b'I');
    let number = |bytes: &[u8]| {
        let digit = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        if little { bytes.iter().rev().fold(0, digit) } else { bytes.iter().fold(0, digit) }
    };
    let Some(start) = head.get(..16) else { return Ok(None) };
    let is_big = number(&start[2..4]) == 43;
    let (directory, count_length, field_length) =
        if is_big { (number(&start[8..16]), 8, 20) } else { (number(&start[4..8]), 2, 12) };
    file.seek(SeekFrom::Start(directory))?;
    let mut count = Vec::new();
    file.take(count_length).read_to_end(&mut count)?;
    let mut fields = Vec::new();
    file.take(number(&count).min(MOST_FIELDS) * field_length).read_to_end(&mut fields)?;
    let side = |wanted: u64| {
        let field = fields.chunks_exact(field_length as usize).find(|field| number(&field[..2]) == wanted)?;
        let value = &field[if is_big { 12 } else { 8 }..];
        let length = match number(&field[2..4]) {
            3 => 2,
            4 => 4,
            16 if is_big => 8,
            _ => return None,
        };
        u32::try_from(number(&value[..length])).ok()
    };
    Ok(side(WIDTH).zip(side(HEIGHT)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn read(file: &[u8]) -> Result<FileHeader, OptimizationError> {
        FileHeader::read(&mut Cursor::new(file)).unwrap()
    }

    /// A TIFF whose directory stands at its end, behind more bytes than are read of a file.
    fn tiff(big: bool, little: bool, width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let push = |bytes: &mut Vec<u8>, value: u64, length: usize| {
            let all = value.to_be_bytes();
            let mut part = all[8 - length..].to_vec();
            if little {
                part.reverse();
            }
            bytes.extend(part);
        };
        let directory = 400_000;
        bytes.extend(if little { b"II" } else { b"MM" });
        push(&mut bytes, if big { 43 } else { 42 }, 2);
        if big {
            push(&mut bytes, 8, 2);
            push(&mut bytes, 0, 2);
        }
        push(&mut bytes, directory, if big { 8 } else { 4 });
        bytes.resize(directory as usize, 0);
        push(&mut bytes, 3, if big { 8 } else { 2 });
        for (tag, kind, value) in
            [(254, 4, 0), (256, 4, width), (257, if height < 65_536 { 3 } else { 4 }, height)]
        {
            push(&mut bytes, tag, 2);
            push(&mut bytes, kind, 2);
            push(&mut bytes, 1, if big { 8 } else { 4 });
            let (length, room) = (if kind == 3 { 2 } else { 4 }, if big { 8 } else { 4 });
            push(&mut bytes, u64::from(value), length);
            bytes.extend(std::iter::repeat_n(0, room - length));
        }
        bytes
    }

    #[test]
    fn a_tiff_says_its_size_wherever_its_directory_is() {
        for big in [false, true] {
            for little in [false, true] {
                let file = tiff(big, little, 20_000, 70_000);
                let header = read(&file).unwrap();
                assert_eq!(header.size(), Some((20_000, 70_000)), "{big} {little}");
                assert_eq!((header.format(), header.file_bytes()), (Format::Tiff, file.len() as u64));
                assert_eq!(read(&tiff(big, little, 9, 5)).unwrap().size(), Some((9, 5)), "{big} {little}");
                assert_eq!(read(&file[..399_999]).unwrap().size(), None, "cut: {big} {little}");
            }
        }
    }

    #[test]
    fn a_jpeg_is_followed_past_its_metadata() {
        let mut file = b"\xff\xd8".to_vec();
        for _ in 0..6 {
            file.extend(b"\xff\xe2\xff\xff");
            file.resize(file.len() + 65_533, 0);
        }
        file.extend(b"\xff\xc0\0\x0b\x08\x01\x02\x03\x04\x01\x01\x11\0");
        assert!(file.len() as u64 > WINDOW);
        assert_eq!(read(&file).unwrap().size(), Some((0x304, 0x102)));
    }

    #[test]
    fn the_estimate_is_that_of_the_whole_file() {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 700, 500);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::NoCompression);
        encoder.write_header().unwrap().write_image_data(&vec![7; 700 * 500 * 3]).unwrap();
        assert!(file.len() as u64 > WINDOW);
        let (header, settings) = (read(&file).unwrap(), ImageSettings::default());
        assert_eq!(
            (header.size(), header.pixels(), header.is_animated()),
            (Some((700, 500)), 350_000, false)
        );
        assert_eq!(header.peak_bytes(&settings, 2), crate::estimate_peak_bytes(&file, &settings, 2));
    }

    #[test]
    fn what_is_no_image_or_not_read_is_named() {
        assert_eq!(read(b"").unwrap_err().code(), "unknown_format");
        assert!(read(b"\0\0\0\x14ftypheic\0\0\0\0mif1").unwrap_err().to_string().contains("HEIC"));
        // Cut right behind its first bytes.
        assert_eq!(read(b"II\x2a\0").unwrap().size(), None);
    }

    #[test]
    fn a_gif_that_is_not_followed_to_its_end_may_have_any_number_of_frames() {
        let mut file = b"GIF89a\x10\0\x10\0\0\0\0".to_vec();
        file.resize(WIDE_WINDOW as usize + 1, 0);
        let header = read(&file).unwrap();
        assert_eq!((header.size(), header.is_animated()), (Some((16, 16)), true));
    }
}
