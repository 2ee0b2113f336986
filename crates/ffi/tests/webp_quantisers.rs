//! The file of libwebp that planish changes is the one that is linked: what it does stands in the header of each lossy file.

#![allow(clippy::pedantic, clippy::unwrap_used, missing_docs)]

use planish_ffi::webp::{Config, encode};

/// Flags and numbers of a VP8 frame header: a boolean decoder in which either bit is as likely (RFC 6386, 7.3).
struct Header<'a> {
    bytes: std::slice::Iter<'a, u8>,
    value: u32,
    range: u32,
    shifted: u32,
}

impl<'a> Header<'a> {
    /// `data` begins behind the frame's ten plain bytes.
    fn new(data: &'a [u8]) -> Self {
        let value = u32::from(data[0]) << 8 | u32::from(data[1]);
        Self { bytes: data[2..].iter(), value, range: 255, shifted: 0 }
    }

    fn flag(&mut self) -> bool {
        let split = 1 + ((self.range - 1) >> 1);
        let is_set = self.value >= split << 8;
        if is_set {
            self.range -= split;
            self.value -= split << 8;
        } else {
            self.range = split;
        }
        while self.range < 128 {
            self.range <<= 1;
            self.value <<= 1;
            self.shifted += 1;
            if self.shifted == 8 {
                self.shifted = 0;
                self.value |= u32::from(*self.bytes.next().unwrap());
            }
        }
        is_set
    }

    fn number(&mut self, bits: u32) -> i32 {
        (0..bits).fold(0, |number, _| number << 1 | i32::from(self.flag()))
    }

    /// A number with a sign, and a flag before it that says whether it is there.
    fn change(&mut self, bits: u32) -> i32 {
        if !self.flag() {
            return 0;
        }
        let number = self.number(bits);
        if self.flag() { -number } else { number }
    }
}

/// How the quantisers of a lossy WebP differ from the quality's: luma's first coefficient, means' first and others, chroma's first
/// and others (RFC 6386, 9.2 to 9.6).
fn changes(webp: &[u8]) -> [i32; 5] {
    let frame = webp.windows(4).position(|name| name == b"VP8 ").unwrap() + 8;
    let mut header = Header::new(&webp[frame + 10..]);
    header.number(2);
    if header.flag() {
        let (new_map, new_values) = (header.flag(), header.flag());
        if new_values {
            header.flag();
            for bits in [7, 7, 7, 7, 6, 6, 6, 6] {
                header.change(bits);
            }
        }
        if new_map {
            for _ in 0..3 {
                if header.flag() {
                    header.number(8);
                }
            }
        }
    }
    header.number(1 + 6 + 3);
    if header.flag() && header.flag() {
        for _ in 0..8 {
            header.change(6);
        }
    }
    header.number(2 + 7);
    std::array::from_fn(|_| header.change(4))
}

#[test]
fn averages_are_quantised_more_finely() {
    let pixels: Vec<u8> = (0..96 * 64u32)
        .flat_map(|at| [(at % 96 * 2) as u8, (at / 96 * 3) as u8, (at * at % 89) as u8])
        .collect();
    for quality in [5.0, 50.0, 90.0] {
        for method in [0, 4, 6] {
            let config = Config { quality, method, ..Config::default() };
            let webp = encode(&pixels, 96, 64, false, &config, &|| true).unwrap();
            let [luma, means, mean_coefficients, chroma, _] = changes(&webp);
            assert_eq!((luma, means, mean_coefficients), (-8, -4, -6), "quality {quality}, method {method}");
            // libwebp's own is -4 at most, by how even the picture is.
            assert!((-10..=-6).contains(&chroma), "{chroma} at quality {quality}, method {method}");
        }
    }
}
