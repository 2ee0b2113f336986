//! LZW as GIF uses it (`GIF89a`, appendix F).
//!
//! When the dictionary is full it can be kept for as long as it serves, which the format allows and every decoder
//! understands; most encoders throw it away at once.

/// Longest codes have 12 bits.
const MAX_CODES: usize = 4096;
/// A full dictionary is judged by how many pixels so many codes stand for.
const JUDGED_CODES: usize = 256;

/// Codes of growing width, the lowest bits first.
struct Bits {
    bytes: Vec<u8>,
    pending: u32,
    count: u32,
}

impl Bits {
    fn push(&mut self, code: usize, width: u32) {
        self.pending |= (code as u32) << self.count;
        self.count += width;
        while self.count >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.count -= 8;
        }
    }
}

/// Strings that have a code: code `c` followed by index `i` is `children[c * 256 + i]`, 0 where there is none.
struct Dictionary {
    children: Vec<u16>,
    /// Which children are set.
    set: Vec<usize>,
    next: usize,
    clear: usize,
    width: u32,
}

impl Dictionary {
    fn reset(&mut self) {
        for &at in &self.set {
            self.children[at] = 0;
        }
        self.set.clear();
        self.next = self.clear + 2;
        self.width = self.clear.trailing_zeros() + 1;
    }
}

/// Minimum code size, then LZW data. `patient` keeps a full dictionary while it serves; otherwise it is thrown away
/// as soon as it is full.
pub(crate) fn compress(indices: &[u8], patient: bool) -> Vec<u8> {
    let highest = indices.iter().copied().max().unwrap_or(0);
    // The format wants at least 2 bits.
    let code_size = (u8::BITS - highest.leading_zeros()).max(2);
    let clear = 1usize << code_size;
    let mut dictionary = Dictionary {
        children: vec![0; MAX_CODES * 256],
        set: Vec::new(),
        next: clear + 2,
        clear,
        width: code_size + 1,
    };
    let mut bits = Bits { bytes: vec![code_size as u8], pending: 0, count: 0 };
    bits.push(clear, dictionary.width);
    // Since the dictionary is full: codes and pixels of the current stretch, and pixels of the best.
    let (mut codes, mut covered, mut best) = (0usize, 0usize, 0usize);
    let mut rest = indices.iter().copied().peekable();
    while let Some(first) = rest.next() {
        let (mut code, mut length) = (usize::from(first), 1);
        while let Some(&index) = rest.peek() {
            let slot = code * 256 + usize::from(index);
            let longer = dictionary.children[slot];
            if longer == 0 {
                break;
            }
            code = usize::from(longer);
            length += 1;
            rest.next();
        }
        bits.push(code, dictionary.width);
        // Decoders learn an entry one code later than it is made here, and widen their codes when they do.
        if dictionary.next >= 1 << dictionary.width && dictionary.width < 12 {
            dictionary.width += 1;
        }
        if dictionary.next < MAX_CODES {
            if let Some(&index) = rest.peek() {
                let slot = code * 256 + usize::from(index);
                dictionary.children[slot] = dictionary.next as u16;
                dictionary.set.push(slot);
                dictionary.next += 1;
            }
            continue;
        }
        codes += 1;
        covered += length;
        let judged = codes == JUDGED_CODES;
        let spent = !patient || judged && covered * 8 < best * 7;
        if judged {
            best = best.max(covered);
            (codes, covered) = (0, 0);
        }
        if spent {
            bits.push(clear, dictionary.width);
            dictionary.reset();
            (codes, covered, best) = (0, 0, 0);
        }
    }
    bits.push(clear + 1, dictionary.width);
    if bits.count > 0 {
        bits.bytes.push(bits.pending as u8);
    }
    bits.bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a decoder makes of it: one row of indices.
    fn decoded(lzw: &[u8], count: usize) -> Vec<u8> {
        use crate::container::gif::{Disposal, Frame, Writer};
        let mut writer = Writer::new(count as u16, 1, &[[0; 3]; 256]);
        writer.frame(&Frame {
            rect: [0, 0, count as u16, 1],
            delay: 0,
            disposal: Disposal::Keep,
            transparent: None,
            palette: None,
            lzw: lzw.to_vec(),
        });
        let file = writer.finish();
        let mut options = gif::DecodeOptions::new();
        options.check_lzw_end_code(true);
        let mut decoder = options.read_info(file.as_slice()).unwrap();
        decoder.read_next_frame().unwrap().unwrap().buffer.to_vec()
    }

    #[test]
    fn decoders_read_it_at_every_width_and_with_a_full_dictionary() {
        let mut state = 1u32;
        for values in [1, 2, 3, 5, 17, 128, 256] {
            for count in [1, 2, 300, 5_000, 60_000] {
                let indices: Vec<u8> = std::iter::repeat_with(|| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    ((state >> 16) % values) as u8
                })
                .take(count)
                .collect();
                for patient in [false, true] {
                    let lzw = compress(&indices, patient);
                    assert!(decoded(&lzw, count) == indices, "{values} {count} {patient}");
                }
            }
        }
    }

    #[test]
    fn patience_pays_where_patterns_stay_and_clearing_where_they_change() {
        let mut state = 1u32;
        let mut pattern = |values: u32| -> Vec<u8> {
            std::iter::repeat_with(|| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                ((state >> 16) % values) as u8
            })
            .take(2000)
            .collect()
        };
        let same = pattern(64).repeat(25);
        assert!(compress(&same, true).len() < compress(&same, false).len());
        let changing = [pattern(64).repeat(8), vec![9; 50_000]].concat();
        let (patient, hasty) = (compress(&changing, true).len(), compress(&changing, false).len());
        assert!(patient < hasty + hasty / 10, "{patient} {hasty}");
    }
}
