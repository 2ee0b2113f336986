//! Run-length coding of 4 and 8 bits (`BI_RLE4`, `BI_RLE8`: "Bitmap Compression" in Microsoft's "Windows GDI" reference).

use crate::container::dib::DibHeader;

/// What follows a zero instead of a run.
const END_OF_ROW: u8 = 0;
const END_OF_BITMAP: u8 = 1;
const MOVE: u8 = 2;

/// Calls `set` with column, row as stored, and index of every pixel that the runs cover within the image.
///
/// # Errors
/// Where the data ends before the last row or an end mark.
pub(super) fn decode(
    data: &[u8],
    header: &DibHeader,
    mut set: impl FnMut(usize, usize, u8),
) -> Result<(), ()> {
    let (width, height) = (header.width as usize, header.height as usize);
    let mut data = data.iter().copied();
    let (mut x, mut y) = (0, 0);
    while y < height {
        let (Some(count), Some(value)) = (data.next(), data.next()) else {
            // Some writers leave the end mark out.
            return if y + 1 == height && x >= width { Ok(()) } else { Err(()) };
        };
        match (count, value) {
            (0, END_OF_ROW) => (x, y) = (0, y + 1),
            (0, END_OF_BITMAP) => return Ok(()),
            (0, MOVE) => {
                let (right, down) = (data.next().ok_or(())?, data.next().ok_or(())?);
                (x, y) = (x + usize::from(right), y + usize::from(down));
            }
            (0, length) => {
                let length = usize::from(length);
                // Padded to 16 bits.
                let bytes = (length * header.bits as usize).div_ceil(8).next_multiple_of(2);
                let mut stored = [0; 256];
                for byte in &mut stored[..bytes] {
                    *byte = data.next().ok_or(())?;
                }
                for at in 0..length.min(width.saturating_sub(x)) {
                    set(x + at, y, index(&stored, at, header.bits));
                }
                x += length;
            }
            (length, value) => {
                // Two indices of 4 bits alternate.
                for at in 0..usize::from(length).min(width.saturating_sub(x)) {
                    set(x + at, y, index(&[value], if header.bits == 4 { at % 2 } else { 0 }, header.bits));
                }
                x += usize::from(length);
            }
        }
    }
    Ok(())
}

fn index(stored: &[u8], at: usize, bits: u32) -> u8 {
    match (bits, at % 2) {
        (4, 0) => stored[at / 2] >> 4,
        (4, _) => stored[at / 2] & 15,
        _ => stored[at],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Format;

    fn decoded(bits: u32, data: &[u8]) -> Result<Vec<u8>, ()> {
        let mut header = vec![0; 40];
        for (at, value) in [(0, 40), (4, 4), (8, 2), (14, bits), (16, if bits == 8 { 1 } else { 2 })] {
            header[at] = value as u8;
        }
        let header = DibHeader::read(&header, false, Format::Bmp).unwrap();
        let mut out = vec![99; 8];
        decode(data, &header, |x, y, index| out[y * 4 + x] = index)?;
        Ok(out)
    }

    #[test]
    fn runs_literals_and_moves() {
        let data = [3, 7, 0, 0, 0, 2, 1, 0, 0, 3, 4, 5, 6, 0, 0, 1];
        assert_eq!(decoded(8, &data), Ok(vec![7, 7, 7, 99, 99, 4, 5, 6]));
        let data = [3, 0x12, 0, 0, 0, 4, 0x34, 0x56, 0, 1];
        assert_eq!(decoded(4, &data), Ok(vec![1, 2, 1, 99, 3, 4, 5, 6]));
    }

    #[test]
    fn what_goes_beyond_a_row_is_cut_and_what_ends_early_is_told() {
        assert_eq!(decoded(8, &[9, 7, 0, 0, 4, 8]), Ok(vec![7, 7, 7, 7, 8, 8, 8, 8]));
        assert_eq!(decoded(8, &[0, 2, 255, 255, 1, 1]), Ok(vec![99; 8]));
        assert_eq!(decoded(8, &[4, 7, 0, 0, 3, 8]), Err(()));
        assert_eq!(decoded(8, &[0, 200, 1, 2]), Err(()));
    }
}
