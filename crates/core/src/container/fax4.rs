//! CCITT Group 4 (ITU-T T.6): rows of one bit per pixel, coded as changes against the row above.

use fax::decoder::{DecodeStatus, Group4Decoder, pels};
use fax::encoder::Encoder;
use fax::{Color, VecWriter};
use std::convert::Infallible;
use std::panic::catch_unwind;

/// Decodes `rows` rows of `width` pixels: bytes from the left, highest bit first, set where "black". `None` when the
/// data is damaged or ends early.
pub(crate) fn decode(data: &[u8], width: u16, rows: usize) -> Option<Vec<u8>> {
    let row_bytes = usize::from(width).div_ceil(8);
    // The library is young: a panic of its own costs no more than this image.
    catch_unwind(|| {
        let mut out = vec![0; row_bytes.checked_mul(rows)?];
        let input = data.iter().map(|&byte| Ok::<u8, Infallible>(byte));
        let mut decoder = Group4Decoder::new(input, width).ok()?;
        for row in out.chunks_exact_mut(row_bytes) {
            let Ok(DecodeStatus::Incomplete) = decoder.advance() else { return None };
            for (index, color) in pels(decoder.transition(), width).enumerate() {
                if color == Color::Black {
                    row[index / 8] |= 0x80 >> (index % 8);
                }
            }
        }
        Some(out)
    })
    .ok()
    .flatten()
}

/// Encodes rows laid out as [`decode`] gives them. `None` when that does not decode to the same rows.
pub(crate) fn encode(rows: &[u8], width: u16) -> Option<Vec<u8>> {
    let row_bytes = usize::from(width).div_ceil(8);
    let coded = catch_unwind(|| {
        let mut encoder = Encoder::new(VecWriter::new());
        for row in rows.chunks_exact(row_bytes) {
            let pixels = (0..usize::from(width)).map(|index| {
                if row[index / 8] & 0x80 >> (index % 8) == 0 { Color::White } else { Color::Black }
            });
            encoder.encode_line(pixels, width).ok()?;
        }
        Some(encoder.finish().ok()?.finish())
    })
    .ok()
    .flatten()?;
    let decoded = decode(&coded, width, rows.len() / row_bytes)?;
    (decoded == rows).then_some(coded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_survive() {
        // Slanted stripes, an all-black row, an all-white one.
        let (width, mut rows) = (77u16, Vec::new());
        for y in 0..40u32 {
            let mut row = vec![0u8; 10];
            for x in 0..u32::from(width) {
                let black = y == 7 || y != 9 && (x + y / 2) % 31 < 11;
                if black {
                    row[x as usize / 8] |= 0x80 >> (x % 8);
                }
            }
            rows.extend(row);
        }
        let coded = encode(&rows, width).unwrap();
        assert!(coded.len() < rows.len());
        assert_eq!(decode(&coded, width, 40).unwrap(), rows);
        assert_eq!(decode(&coded[..coded.len() / 2], width, 40), None);
    }
}
