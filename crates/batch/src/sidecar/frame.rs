//! Frames: how messages lie on the pipe. `native/PROTOCOL.md` is the reference, and the Node side reads the same
//! recorded frames (`native/test/recorded/frames.json`).
//!
//! ```text
//! 0        4        8    9       12
//! | length | id     |kind| header | header (JSON, UTF-8) … | body (bytes) … |
//! ```

use std::io::{self, Read, Write};

/// Bytes of the length field and what is fixed after it: id, kind, header length.
const HEAD: usize = 12;

/// The part of [`HEAD`] that the length counts.
const FIXED: usize = 8;

/// The longest JSON header, in bytes.
pub(crate) const MAX_HEADER: usize = 64 << 10;

/// The longest body, in bytes: 1 GiB.
pub(crate) const MAX_BODY: usize = 1 << 30;

/// What a frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Hello,
    Welcome,
    Request,
    Answer,
    Failure,
    Cancel,
    Ping,
    Pong,
}

impl Kind {
    const ALL: [Self; 8] = [
        Self::Hello,
        Self::Welcome,
        Self::Request,
        Self::Answer,
        Self::Failure,
        Self::Cancel,
        Self::Ping,
        Self::Pong,
    ];

    /// Its number on the pipe, from 1.
    fn number(self) -> u8 {
        let place = Self::ALL.iter().position(|kind| *kind == self).unwrap_or_default();
        place as u8 + 1
    }

    fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number).checked_sub(1)?).copied()
    }
}

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Frame {
    /// Which request it belongs to; 0 for the connection itself.
    pub(crate) id: u32,
    pub(crate) kind: Kind,
    /// A JSON object.
    pub(crate) header: serde_json::Map<String, serde_json::Value>,
    /// Empty where there is none.
    pub(crate) body: Vec<u8>,
}

/// Why the bytes of a peer could not be read any further.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    /// The pipe broke, or ended inside a frame.
    #[error("the connection broke: {0}")]
    Broken(#[from] io::Error),
    /// The peer does not speak the protocol.
    #[error("expected {expected}, got {actual}")]
    Garbage { expected: &'static str, actual: String },
}

fn garbage(expected: &'static str, actual: &impl ToString) -> FrameError {
    FrameError::Garbage { expected, actual: actual.to_string() }
}

/// Writes one frame.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] when it is larger than frames may be; whatever the pipe says.
pub(crate) fn write_frame(
    pipe: &mut impl Write,
    id: u32,
    kind: Kind,
    header: &impl serde::Serialize,
    body: &[u8],
) -> io::Result<()> {
    let header = serde_json::to_vec(header)?;
    if header.len() > MAX_HEADER || body.len() > MAX_BODY {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the message is larger than a frame may be"));
    }
    let mut head = Vec::with_capacity(HEAD + header.len());
    head.extend_from_slice(&((FIXED + header.len() + body.len()) as u32).to_le_bytes());
    head.extend_from_slice(&id.to_le_bytes());
    head.push(kind.number());
    head.extend_from_slice(&(header.len() as u32).to_le_bytes()[..3]);
    head.extend_from_slice(&header);
    pipe.write_all(&head)?;
    pipe.write_all(body)?;
    pipe.flush()
}

/// Reads one frame; `None` where the stream ends between two. Nothing is believed: a peer can make this fail, not
/// panic, and not take more memory than it sends bytes for.
///
/// # Errors
/// [`FrameError`]; the stream cannot be used any further then.
pub(crate) fn read_frame(pipe: &mut impl Read) -> Result<Option<Frame>, FrameError> {
    let mut head = [0; HEAD];
    if !fill(pipe, &mut head)? {
        return Ok(None);
    }
    let [l0, l1, l2, l3, i0, i1, i2, i3, kind, h0, h1, h2] = head;
    let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    let header_length = u32::from_le_bytes([h0, h1, h2, 0]) as usize;
    if !(FIXED..=FIXED + MAX_HEADER + MAX_BODY).contains(&length) {
        return Err(garbage("the length of a frame", &length));
    }
    let content = length - FIXED;
    if header_length > MAX_HEADER.min(content) {
        return Err(garbage("a header that fits its frame", &header_length));
    }
    let Some(kind) = Kind::from_number(kind) else { return Err(garbage("a kind of frame", &kind)) };
    let header = read_exactly(pipe, header_length)?;
    let header = serde_json::from_slice(&header).map_err(|_| {
        garbage("a JSON object as header", &String::from_utf8_lossy(&header[..header_length.min(80)]))
    })?;
    let body = read_exactly(pipe, content - header_length)?;
    Ok(Some(Frame { id: u32::from_le_bytes([i0, i1, i2, i3]), kind, header, body }))
}

/// Reads frames from bytes that anybody may have made, for `fuzz/`.
///
/// # Panics
/// Where a frame that was read and written again is another.
#[cfg(fuzzing)]
#[allow(clippy::expect_used, reason = "the fuzzer listens for panics")]
pub fn fuzz_frames(mut bytes: &[u8]) {
    while let Ok(Some(frame)) = read_frame(&mut bytes) {
        let mut written = Vec::new();
        match write_frame(&mut written, frame.id, frame.kind, &frame.header, &frame.body) {
            Ok(()) => {
                let again = read_frame(&mut written.as_slice()).expect("what was written can be read");
                assert_eq!(again, Some(frame));
            }
            // Numbers and escapes may take more room than they came in.
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::InvalidInput),
        }
    }
}

/// Fills the buffer; `false` where the stream ended before its first byte.
fn fill(pipe: &mut impl Read, buffer: &mut [u8]) -> Result<bool, FrameError> {
    let mut filled = 0;
    while filled < buffer.len() {
        match pipe.read(&mut buffer[filled..]) {
            Ok(0) if filled == 0 => return Ok(false),
            Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}

/// Grows with what comes: a length alone must not make anybody allocate a gibibyte.
fn read_exactly(pipe: &mut impl Read, length: usize) -> Result<Vec<u8>, FrameError> {
    let mut bytes = Vec::new();
    pipe.take(length as u64).read_to_end(&mut bytes)?;
    if bytes.len() == length { Ok(bytes) } else { Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()) }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    pub(in crate::sidecar) fn recorded(part: &str) -> Vec<Value> {
        let text = include_str!("../../../../native/test/recorded/frames.json");
        serde_json::from_str::<Value>(text).unwrap()[part].as_array().unwrap().clone()
    }

    pub(in crate::sidecar) fn bytes_of(value: &Value) -> Vec<u8> {
        let text = value.as_str().unwrap().as_bytes();
        text.chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    /// A pipe that gives so many bytes at a time.
    struct Pieces<'a> {
        bytes: &'a [u8],
        piece: usize,
    }

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.piece.min(buffer.len());
            self.bytes.read(&mut buffer[..length])
        }
    }

    #[test]
    fn recorded_frames_are_read() {
        for frame in recorded("valid") {
            let bytes = bytes_of(&frame["bytes"]);
            let mut pipe = bytes.as_slice();
            let read = read_frame(&mut pipe).unwrap().unwrap();
            assert_eq!(Value::from(read.id), frame["id"]);
            assert_eq!(Value::from(read.kind.number()), frame["kind"]);
            assert_eq!(Value::Object(read.header), frame["header"]);
            assert_eq!(read.body, bytes_of(&frame["body"]));
            assert!(read_frame(&mut pipe).unwrap().is_none(), "nothing is left");
        }
    }

    #[test]
    fn recorded_garbage_is_refused() {
        for frame in recorded("broken") {
            let bytes = bytes_of(&frame["bytes"]);
            assert!(read_frame(&mut bytes.as_slice()).is_err(), "{}", frame["name"]);
        }
    }

    #[test]
    fn a_stream_that_ends_inside_a_frame_is_broken() {
        let bytes = bytes_of(&recorded("valid")[2]["bytes"]);
        for end in 1..bytes.len() {
            assert!(matches!(read_frame(&mut &bytes[..end]), Err(FrameError::Broken(_))), "{end}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(id: u32, number in 1_u8..=8, text: String, body: Vec<u8>) {
            let kind = Kind::from_number(number).unwrap();
            let header = serde_json::json!({ "path": text });
            let mut pipe = Vec::new();
            write_frame(&mut pipe, id, kind, &header, &body).unwrap();
            let read = read_frame(&mut pipe.as_slice()).unwrap().unwrap();
            prop_assert_eq!((read.id, read.kind, &read.body), (id, kind, &body));
            prop_assert_eq!(Value::Object(read.header), header);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let mut pipe = bytes.as_slice();
            while let Ok(Some(_)) = read_frame(&mut pipe) {}
        }

        #[test]
        fn frames_come_out_one_by_one_however_the_pipe_cuts_them(
            frames in prop::collection::vec((any::<u32>(), any::<Vec<u8>>()), 0..5),
            piece in 1_usize..40,
        ) {
            let mut bytes = Vec::new();
            for (id, body) in &frames {
                write_frame(&mut bytes, *id, Kind::Answer, &serde_json::json!({ "length": body.len() }), body)
                    .unwrap();
            }
            let mut pipe = Pieces { bytes: &bytes, piece };
            for (id, body) in frames {
                let read = read_frame(&mut pipe).unwrap().unwrap();
                prop_assert_eq!((read.id, read.body), (id, body));
            }
            prop_assert!(read_frame(&mut pipe).unwrap().is_none());
        }

        #[test]
        fn a_frame_without_its_end_is_broken(body: Vec<u8>, at: prop::sample::Index, piece in 1_usize..40) {
            let mut bytes = Vec::new();
            write_frame(&mut bytes, 7, Kind::Request, &serde_json::json!({}), &body).unwrap();
            let end = 1 + at.index(bytes.len() - 1);
            let mut pipe = Pieces { bytes: &bytes[..end], piece };
            prop_assert!(matches!(read_frame(&mut pipe), Err(FrameError::Broken(_))));
        }

        #[test]
        fn no_change_to_a_frame_makes_it_panic(index in 0_usize..8, at: prop::sample::Index, byte: u8) {
            let mut bytes = bytes_of(&recorded("valid")[index]["bytes"]);
            let place = at.index(bytes.len());
            bytes[place] = byte;
            let _ = read_frame(&mut bytes.as_slice());
        }
    }
}
