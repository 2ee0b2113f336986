//! The chunks of a WebP file (RFC 9649, section 2): animations are read and put together here; the frames' own
//! bitstreams are libwebp's business.

use crate::error::OptimizationError;
use crate::format::Format;

/// Flags of the VP8X chunk (RFC 9649, 2.7).
const FLAG_ICC: u8 = 0x20;
const FLAG_ALPHA: u8 = 0x10;
const FLAG_EXIF: u8 = 0x08;
const FLAG_XMP: u8 = 0x04;
const FLAG_ANIMATION: u8 = 0x02;

/// Bytes of an ANMF chunk in front of the frame's own chunks.
const FRAME_HEADER: usize = 16;

/// A chunk.
#[derive(Debug, Clone, Copy)]
struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
}

/// The chunks of a sequence. Ends where the data ends, even within a chunk.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (kind, after) = rest.split_first_chunk::<4>()?;
        let (size, after) = after.split_first_chunk::<4>()?;
        let size = usize::try_from(u32::from_le_bytes(*size)).ok()?;
        let data = after.get(..size)?;
        // Chunks are padded to even lengths; the last padding may be missing.
        rest = after.get(size + size % 2..).unwrap_or_default();
        Some(Chunk { kind: *kind, data })
    })
}

/// What follows the RIFF header.
fn body(bytes: &[u8]) -> &[u8] {
    bytes.get(12..).unwrap_or_default()
}

/// What the chunks of an animation say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Summary {
    /// How often it plays; 0 is for ever.
    pub(crate) plays: u32,
    /// Number of frames.
    pub(crate) frames: u32,
    /// How long all frames together are shown, in milliseconds.
    pub(crate) duration: u64,
    /// How long each frame is shown, in milliseconds; as many as were asked for.
    pub(crate) durations: Vec<u32>,
    /// Whether all frames are coded without loss.
    pub(crate) lossless: bool,
}

/// Reads the chunks of an animation; keeps at most `max_frames` durations.
pub(crate) fn summarise(bytes: &[u8], max_frames: u32) -> Summary {
    let mut summary = Summary { plays: 0, frames: 0, duration: 0, durations: Vec::new(), lossless: true };
    for chunk in chunks(body(bytes)) {
        match &chunk.kind {
            b"ANIM" => {
                if let Some(&[low, high]) = chunk.data.get(4..6) {
                    summary.plays = u32::from(u16::from_le_bytes([low, high]));
                }
            }
            b"ANMF" => {
                let duration = match chunk.data.get(12..15) {
                    Some(&[a, b, c]) => u32::from_le_bytes([a, b, c, 0]),
                    _ => 0,
                };
                if summary.frames < max_frames {
                    summary.durations.push(duration);
                }
                summary.frames = summary.frames.saturating_add(1);
                summary.duration += u64::from(duration);
                let parts = chunk.data.get(FRAME_HEADER..).unwrap_or_default();
                summary.lossless &= !chunks(parts).any(|part| part.kind == *b"VP8 ");
            }
            _ => {}
        }
    }
    summary
}

/// The profile, EXIF and XMP of a file, in this order.
pub(crate) fn metadata_chunks(bytes: &[u8]) -> [Option<&[u8]>; 3] {
    [*b"ICCP", *b"EXIF", *b"XMP "]
        .map(|kind| chunks(body(bytes)).find(|chunk| chunk.kind == kind).map(|chunk| chunk.data))
}

/// One frame of an animation as it is written.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// Left and top, even; width and height; in pixels.
    pub(crate) rect: [u32; 4],
    /// Milliseconds, less than 2^24.
    pub(crate) duration: u32,
    /// Whether transparent pixels leave the canvas as it is; otherwise the rectangle is replaced.
    pub(crate) blend: bool,
    /// Whether any of its pixels is not opaque.
    pub(crate) alpha: bool,
    /// Its ALPH, `VP8 ` or VP8L chunks.
    pub(crate) chunks: Vec<u8>,
}

/// What goes round the frames.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Extras<'a> {
    /// ICC profile.
    pub(crate) icc: Option<&'a [u8]>,
    /// EXIF, as a TIFF stream.
    pub(crate) exif: Option<&'a [u8]>,
    /// XMP packet.
    pub(crate) xmp: Option<&'a [u8]>,
}

/// The image chunks of a still WebP file, as a frame holds them.
pub(crate) fn image_chunks(file: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(file.len());
    for chunk in chunks(body(file)) {
        if matches!(&chunk.kind, b"ALPH" | b"VP8 " | b"VP8L") {
            push_chunk(&mut out, chunk.kind, &[chunk.data]);
        }
    }
    out
}

/// Puts an animation together. `plays` of 0 is for ever; it has 16 bits.
pub(crate) fn assemble(width: u32, height: u32, plays: u16, frames: &[Frame], extras: Extras<'_>) -> Vec<u8> {
    let flag = |set: bool, flag: u8| if set { flag } else { 0 };
    let flags = FLAG_ANIMATION
        | flag(frames.iter().any(|frame| frame.alpha), FLAG_ALPHA)
        | flag(extras.icc.is_some(), FLAG_ICC)
        | flag(extras.exif.is_some(), FLAG_EXIF)
        | flag(extras.xmp.is_some(), FLAG_XMP);
    let mut out = start();
    push_chunk(
        &mut out,
        *b"VP8X",
        &[&[flags, 0, 0, 0], &u24(width.saturating_sub(1)), &u24(height.saturating_sub(1))],
    );
    if let Some(icc) = extras.icc {
        push_chunk(&mut out, *b"ICCP", &[icc]);
    }
    // The background colour is a hint that viewers ignore: transparent.
    push_chunk(&mut out, *b"ANIM", &[&[0; 4], &plays.to_le_bytes()]);
    for frame in frames {
        let [left, top, width, height] = frame.rect;
        let header = [
            u24(left / 2),
            u24(top / 2),
            u24(width.saturating_sub(1)),
            u24(height.saturating_sub(1)),
            u24(frame.duration),
        ]
        .concat();
        // Bit 1 set: do not blend. Bit 0, clear to background afterwards, is never needed: frames replace pixels.
        let method = if frame.blend { 0 } else { 2 };
        push_chunk(&mut out, *b"ANMF", &[&header, &[method], &frame.chunks]);
    }
    if let Some(exif) = extras.exif {
        push_chunk(&mut out, *b"EXIF", &[exif]);
    }
    if let Some(xmp) = extras.xmp {
        push_chunk(&mut out, *b"XMP ", &[xmp]);
    }
    finish(out)
}

/// The same frames, bit for bit, without metadata but what is handed in and without unknown chunks.
///
/// # Errors
/// [`OptimizationError::Corrupt`] without a VP8X chunk.
pub(crate) fn stripped(bytes: &[u8], extras: Extras<'_>) -> Result<Vec<u8>, OptimizationError> {
    let mut out = start();
    let header = chunks(body(bytes))
        .find(|chunk| chunk.kind == *b"VP8X")
        .and_then(|chunk| chunk.data.get(..10))
        .ok_or_else(|| OptimizationError::corrupt(Format::Webp, "the VP8X chunk is missing"))?;
    let flag = |set: bool, flag: u8| if set { flag } else { 0 };
    let flags = header[0] & (FLAG_ALPHA | FLAG_ANIMATION)
        | flag(extras.icc.is_some(), FLAG_ICC)
        | flag(extras.exif.is_some(), FLAG_EXIF)
        | flag(extras.xmp.is_some(), FLAG_XMP);
    push_chunk(&mut out, *b"VP8X", &[&[flags], &header[1..]]);
    if let Some(icc) = extras.icc {
        push_chunk(&mut out, *b"ICCP", &[icc]);
    }
    for chunk in chunks(body(bytes)) {
        if matches!(&chunk.kind, b"ANIM" | b"ANMF") {
            push_chunk(&mut out, chunk.kind, &[chunk.data]);
        }
    }
    if let Some(exif) = extras.exif {
        push_chunk(&mut out, *b"EXIF", &[exif]);
    }
    if let Some(xmp) = extras.xmp {
        push_chunk(&mut out, *b"XMP ", &[xmp]);
    }
    Ok(finish(out))
}

fn start() -> Vec<u8> {
    b"RIFF\0\0\0\0WEBP".to_vec()
}

/// Writes the size of the file into its header.
fn finish(mut out: Vec<u8>) -> Vec<u8> {
    let size = (out.len() as u32).saturating_sub(8).to_le_bytes();
    if let Some(field) = out.get_mut(4..8) {
        field.copy_from_slice(&size);
    }
    out
}

fn push_chunk(out: &mut Vec<u8>, kind: [u8; 4], parts: &[&[u8]]) {
    let size: usize = parts.iter().map(|part| part.len()).sum();
    out.extend_from_slice(&kind);
    out.extend_from_slice(&(size as u32).to_le_bytes());
    for part in parts {
        out.extend_from_slice(part);
    }
    if size % 2 == 1 {
        out.push(0);
    }
}

fn u24(value: u32) -> [u8; 3] {
    let [a, b, c, _] = value.to_le_bytes();
    [a, b, c]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_animation_is_read_as_it_was_written() {
        let frame = |duration, kind: &[u8; 4]| {
            let mut chunks = Vec::new();
            push_chunk(&mut chunks, *kind, &[&[1, 2, 3]]);
            Frame { rect: [2, 4, 5, 6], duration, blend: true, alpha: false, chunks }
        };
        let extras = Extras { exif: Some(b"exif"), ..Extras::default() };
        let file = assemble(10, 20, 3, &[frame(40, b"VP8L"), frame(70_000, b"VP8L")], extras);
        let summary = summarise(&file, 10);
        assert_eq!((summary.plays, summary.frames, summary.duration), (3, 2, 70_040));
        assert_eq!(summary.durations, [40, 70_000]);
        assert!(summary.lossless);
        assert_eq!(u32::from_le_bytes(file[4..8].try_into().unwrap()) as usize, file.len() - 8);
        assert_eq!(metadata_chunks(&file), [None, Some(b"exif".as_slice()), None]);
        let bare = stripped(&file, Extras::default()).unwrap();
        assert_eq!(bare.len() + 12, file.len());
        assert_eq!(summarise(&bare, 10), summary);
        assert!(!summarise(&assemble(10, 20, 0, &[frame(1, b"VP8 ")], extras), 10).lossless);
    }
}
