//! The blocks of a GIF (`GIF89a` specification, 1990): read without decoding any pixels, and written.
//!
//! Everything here works on slices of the file: nothing is allocated per block, so a file of many tiny blocks costs
//! time in proportion to its size and no memory.

use crate::error::OptimizationError;
use crate::format::Format;

/// Logical screen: header, descriptor and global palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Screen {
    /// Width of the picture in pixels; may be 0 in a damaged file.
    pub(crate) width: u16,
    /// Height of the picture in pixels; may be 0 in a damaged file.
    pub(crate) height: u16,
    /// Where the first block starts.
    blocks_at: usize,
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind<'a> {
    /// One frame.
    Image,
    /// Delay, disposal and transparency of the frame that follows.
    Control,
    /// An application extension: its 11-byte name, and what its first sub-block holds.
    Application { name: &'a [u8], first: &'a [u8] },
    /// A comment, plain text, or an extension nobody knows.
    Other,
}

/// What the blocks of a GIF add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Summary {
    /// The logical screen.
    pub(crate) screen: Screen,
    /// Number of frames, at least 1.
    pub(crate) frames: u32,
    /// How often it plays; 0 is for ever.
    pub(crate) plays: u32,
    /// Where the last whole block ends.
    pub(crate) end: usize,
    /// Whether the trailer comes there.
    pub(crate) has_trailer: bool,
    /// Whether there are blocks that change nothing on the screen: comments, text, unknown applications.
    pub(crate) has_comments: bool,
}

/// Reads the header.
pub(crate) fn read_screen(bytes: &[u8]) -> Option<Screen> {
    let header = bytes.get(..13)?;
    if !header.starts_with(b"GIF8") {
        return None;
    }
    Some(Screen {
        width: u16::from_le_bytes([header[6], header[7]]),
        height: u16::from_le_bytes([header[8], header[9]]),
        blocks_at: 13 + palette_length(header[10]),
    })
}

/// Bytes of the palette that a packed field announces.
fn palette_length(packed: u8) -> usize {
    if packed & 0x80 == 0 { 0 } else { 3 << ((packed & 7) + 1) }
}

/// A block and where it ends; `None` where the data ends within it or no block starts here.
fn block_at(bytes: &[u8], at: usize) -> Option<(Kind<'_>, usize)> {
    match bytes.get(at)? {
        0x2c => {
            let packed = *bytes.get(at + 9)?;
            // Descriptor, palette, minimum code size, then the data.
            let data = at + 10 + palette_length(packed) + 1;
            Some((Kind::Image, sub_blocks_end(bytes, data)?))
        }
        0x21 => {
            let label = *bytes.get(at + 1)?;
            let end = sub_blocks_end(bytes, at + 2)?;
            let kind = match label {
                0xf9 => Kind::Control,
                0xff if bytes.get(at + 2) == Some(&11) => {
                    let name = bytes.get(at + 3..at + 14)?;
                    let length = usize::from(*bytes.get(at + 14)?);
                    Kind::Application { name, first: bytes.get(at + 15..at + 15 + length)? }
                }
                _ => Kind::Other,
            };
            Some((kind, end))
        }
        _ => None,
    }
}

/// Where a sequence of sub-blocks ends, behind its terminator.
fn sub_blocks_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    }
}

/// How often a `NETSCAPE2.0` extension says to play; 0 is for ever. It counts repetitions, so one play is no
/// extension at all.
fn plays_of(name: &[u8], first: &[u8]) -> Option<u32> {
    if !matches!(name, b"NETSCAPE2.0" | b"ANIMEXTS1.0") {
        return None;
    }
    match first {
        [1, low, high] => Some(match u16::from_le_bytes([*low, *high]) {
            0 => 0,
            repetitions => u32::from(repetitions) + 1,
        }),
        _ => None,
    }
}

/// Reads all blocks.
///
/// # Errors
/// [`OptimizationError::Corrupt`] when there is no frame, or the data ends within a block.
pub(crate) fn summarise(bytes: &[u8]) -> Result<Summary, OptimizationError> {
    let corrupt = |message: &str| OptimizationError::corrupt(Format::Gif, message);
    let screen = read_screen(bytes).ok_or_else(|| corrupt("the file ends within its header"))?;
    let mut summary = Summary {
        screen,
        frames: 0,
        plays: 1,
        end: screen.blocks_at,
        has_trailer: false,
        has_comments: false,
    };
    loop {
        match bytes.get(summary.end) {
            Some(0x3b) => {
                summary.has_trailer = true;
                break;
            }
            Some(0x2c | 0x21) => {}
            // Writers forget the trailer, and leave padding in its place.
            _ if summary.frames > 0 => break,
            _ => return Err(corrupt("there is no frame in it")),
        }
        let (kind, end) =
            block_at(bytes, summary.end).ok_or_else(|| corrupt("the file ends within a block"))?;
        match kind {
            Kind::Image => summary.frames = summary.frames.saturating_add(1),
            Kind::Control => {}
            Kind::Application { name, first } => match plays_of(name, first) {
                Some(plays) => summary.plays = plays,
                None => summary.has_comments |= !matches!(name, b"ICCRGBG1012" | b"XMP DataXMP"),
            },
            Kind::Other => summary.has_comments = true,
        }
        summary.end = end;
    }
    if summary.frames == 0 {
        return Err(corrupt("there is no frame in it"));
    }
    Ok(summary)
}

/// The file up to its last whole block with a trailer behind it: without what follows, or with what was missing.
pub(crate) fn with_trailer(bytes: &[u8], summary: &Summary) -> Vec<u8> {
    let mut whole = bytes.get(..summary.end).unwrap_or(bytes).to_vec();
    whole.push(0x3b);
    whole
}

/// The same frames, bit for bit, without comments, text and unknown extensions. The profile and XMP stay where
/// they are to be kept.
pub(crate) fn stripped(bytes: &[u8], keep_icc: bool, keep_xmp: bool) -> Result<Vec<u8>, OptimizationError> {
    let summary = summarise(bytes)?;
    let mut at = summary.screen.blocks_at;
    let mut out = bytes.get(..at).unwrap_or_default().to_vec();
    while at < summary.end {
        let Some((kind, end)) = block_at(bytes, at) else { break };
        let keep = match kind {
            Kind::Image | Kind::Control => true,
            Kind::Application { name: b"ICCRGBG1012", .. } => keep_icc,
            Kind::Application { name: b"XMP DataXMP", .. } => keep_xmp,
            Kind::Application { name, first } => plays_of(name, first).is_some(),
            Kind::Other => false,
        };
        if keep {
            out.extend_from_slice(bytes.get(at..end).unwrap_or_default());
        }
        at = end;
    }
    out.push(0x3b);
    Ok(out)
}

/// What happens to a frame's rectangle before the next frame is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disposal {
    /// It stays.
    Keep = 1,
    /// It becomes transparent.
    Background = 2,
    /// It becomes what it was before the frame was drawn.
    Previous = 3,
}

/// One frame as it is written.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// Left, top, width, height in pixels.
    pub(crate) rect: [u16; 4],
    /// Delay in hundredths of a second.
    pub(crate) delay: u16,
    /// What happens to it afterwards.
    pub(crate) disposal: Disposal,
    /// The palette index that leaves the screen as it is.
    pub(crate) transparent: Option<u8>,
    /// The frame's own palette, 1 to 256 colours; without one the global palette is used.
    pub(crate) palette: Option<Vec<[u8; 3]>>,
    /// Minimum code size, then LZW data.
    pub(crate) lzw: Vec<u8>,
}

/// Writes a GIF.
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Starts a file. An empty palette is none.
    pub(crate) fn new(width: u16, height: u16, palette: &[[u8; 3]]) -> Self {
        let mut bytes = b"GIF89a".to_vec();
        bytes.extend_from_slice(&width.to_le_bytes());
        bytes.extend_from_slice(&height.to_le_bytes());
        // Eight bits a channel in the original; background colour and aspect ratio unset.
        bytes.extend_from_slice(&[0x70 | packed_size(palette), 0, 0]);
        write_palette(&mut bytes, palette);
        Self { bytes }
    }

    /// How often it plays, 0 for ever, up to 65 536 times. One play is the default of the format.
    pub(crate) fn plays(&mut self, plays: u32) {
        if plays != 1 {
            let repetitions = u16::try_from(plays.saturating_sub(1)).unwrap_or(u16::MAX);
            self.application(b"NETSCAPE2.0", &[&[1], repetitions.to_le_bytes().as_slice()].concat());
        }
    }

    /// An ICC profile.
    pub(crate) fn icc(&mut self, profile: &[u8]) {
        self.application(b"ICCRGBG1012", profile);
    }

    /// An XMP packet. It is no sequence of sub-blocks; the trailer of 257 descending bytes lets readers that take it
    /// for one find its end (XMP specification, part 3, 1.1.2).
    pub(crate) fn xmp(&mut self, packet: &[u8]) {
        self.bytes.extend_from_slice(b"\x21\xff\x0bXMP DataXMP");
        self.bytes.extend_from_slice(packet);
        self.bytes.push(1);
        self.bytes.extend((0..=255u8).rev());
        self.bytes.push(0);
    }

    fn application(&mut self, name: &[u8; 11], data: &[u8]) {
        self.bytes.extend_from_slice(&[0x21, 0xff, 11]);
        self.bytes.extend_from_slice(name);
        self.sub_blocks(data);
    }

    fn sub_blocks(&mut self, data: &[u8]) {
        for block in data.chunks(255) {
            self.bytes.push(block.len() as u8);
            self.bytes.extend_from_slice(block);
        }
        self.bytes.push(0);
    }

    /// One frame.
    pub(crate) fn frame(&mut self, frame: &Frame) {
        if frame.delay != 0 || frame.transparent.is_some() || frame.disposal != Disposal::Keep {
            let packed = (frame.disposal as u8) << 2 | u8::from(frame.transparent.is_some());
            self.bytes.extend_from_slice(&[0x21, 0xf9, 4, packed]);
            self.bytes.extend_from_slice(&frame.delay.to_le_bytes());
            self.bytes.extend_from_slice(&[frame.transparent.unwrap_or(0), 0]);
        }
        self.bytes.push(0x2c);
        for value in frame.rect {
            self.bytes.extend_from_slice(&value.to_le_bytes());
        }
        let palette = frame.palette.as_deref().unwrap_or_default();
        self.bytes.push(packed_size(palette));
        write_palette(&mut self.bytes, palette);
        let (code_size, data) = frame.lzw.split_first().unwrap_or((&2, &[]));
        self.bytes.push(*code_size);
        self.sub_blocks(data);
    }

    /// The file.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.bytes.push(0x3b);
        self.bytes
    }
}

/// The flag and size of a palette in a packed field.
fn packed_size(palette: &[[u8; 3]]) -> u8 {
    if palette.is_empty() { 0 } else { 0x80 | (padded_length(palette).trailing_zeros() as u8 - 1) }
}

/// A palette holds 2, 4, 8, … 256 colours.
fn padded_length(palette: &[[u8; 3]]) -> usize {
    palette.len().clamp(2, 256).next_power_of_two()
}

fn write_palette(bytes: &mut Vec<u8>, palette: &[[u8; 3]]) {
    if palette.is_empty() {
        return;
    }
    let used = &palette[..palette.len().min(256)];
    bytes.extend(used.iter().flatten());
    bytes.resize(bytes.len() + (padded_length(palette) - used.len()) * 3, 0);
}

/// Bytes a palette takes in the file.
pub(crate) fn palette_bytes(palette: &[[u8; 3]]) -> usize {
    if palette.is_empty() { 0 } else { padded_length(palette) * 3 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compress(indices: &[u8]) -> Vec<u8> {
        crate::container::gif_lzw::compress(indices, false)
    }

    fn two_frames() -> Vec<u8> {
        let mut writer = Writer::new(2, 1, &[[0; 3], [255; 3]]);
        writer.plays(4);
        writer.bytes.extend_from_slice(b"\x21\xfe\x05hello\0");
        for delay in [3, 0] {
            writer.frame(&Frame {
                rect: [0, 0, 2, 1],
                delay,
                disposal: Disposal::Keep,
                transparent: None,
                palette: None,
                lzw: compress(&[0, 1]),
            });
        }
        writer.finish()
    }

    #[test]
    fn blocks_are_counted_and_comments_leave_without_touching_frames() {
        let file = two_frames();
        let summary = summarise(&file).unwrap();
        assert_eq!((summary.frames, summary.plays, summary.has_comments), (2, 4, true));
        let bare = stripped(&file, true, true).unwrap();
        assert_eq!(bare.len() + 9, file.len());
        let summary = summarise(&bare).unwrap();
        assert_eq!((summary.frames, summary.plays, summary.has_comments), (2, 4, false));
    }

    #[test]
    fn a_missing_trailer_is_no_loss_and_a_cut_frame_is() {
        let file = two_frames();
        let summary = summarise(&file[..file.len() - 1]).unwrap();
        assert!(!summary.has_trailer);
        assert_eq!(with_trailer(&file[..file.len() - 1], &summary), file);
        assert_eq!(summarise(&file[..file.len() - 3]).unwrap_err().code(), "corrupt");
    }

    #[test]
    fn loop_counts_are_repetitions_in_the_file_and_plays_here() {
        for plays in [0, 1, 2, 65_536] {
            let mut writer = Writer::new(1, 1, &[]);
            writer.plays(plays);
            writer.frame(&Frame {
                rect: [0, 0, 1, 1],
                delay: 0,
                disposal: Disposal::Keep,
                transparent: None,
                palette: Some(vec![[1, 2, 3]]),
                lzw: compress(&[0]),
            });
            assert_eq!(summarise(&writer.finish()).unwrap().plays, plays);
        }
    }
}
