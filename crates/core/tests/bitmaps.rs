//! BMP and ICO: what they can hold comes out as it is, and what is wrong with them is told.

#![allow(clippy::pedantic, clippy::unwrap_used, clippy::expect_used)]

mod support;

use planish::{Format, Limits, Optimized, Pixels};
use support::{Picture, display_p3, graphic, photo, run};

/// A bitmap's parts, put together by [`Bitmap::dib`].
#[derive(Clone)]
struct Bitmap {
    width: i32,
    height: i32,
    bits: u16,
    compression: u32,
    /// Bytes of the header: 12, 40 or 124.
    header: u32,
    /// What follows 40 bytes of header: masks, where it is 40; the rest of it, where it is longer.
    more: Vec<u8>,
    palette: Vec<u8>,
    rows: Vec<u8>,
}

impl Bitmap {
    fn new(width: i32, height: i32, bits: u16, rows: Vec<u8>) -> Self {
        Self { width, height, bits, compression: 0, header: 40, more: Vec::new(), palette: Vec::new(), rows }
    }

    fn dib(&self) -> Vec<u8> {
        let mut dib = self.header.to_le_bytes().to_vec();
        if self.header == 12 {
            dib.extend((self.width as u16).to_le_bytes());
            dib.extend((self.height as u16).to_le_bytes());
        } else {
            dib.extend(self.width.to_le_bytes());
            dib.extend(self.height.to_le_bytes());
        }
        dib.extend([1, 0]);
        dib.extend(self.bits.to_le_bytes());
        if self.header > 12 {
            dib.extend(self.compression.to_le_bytes());
            dib.resize(32, 0);
            dib.extend((self.palette.len() as u32 / 4).to_le_bytes());
            dib.resize(40, 0);
            dib.extend(&self.more);
        }
        dib.extend(&self.palette);
        dib.extend(&self.rows);
        dib
    }

    fn file(&self) -> Vec<u8> {
        let dib = self.dib();
        let mut file = b"BM".to_vec();
        file.extend((14 + dib.len() as u32).to_le_bytes());
        file.extend([0; 4]);
        file.extend((14 + dib.len() as u32 - self.rows.len() as u32).to_le_bytes());
        file.extend(dib);
        file
    }
}

/// The picture as blue, green, red, with padded rows, the bottom one first.
fn rows_of(picture: &Picture) -> Vec<u8> {
    let mut rows = Vec::new();
    for row in picture.pixels.chunks_exact(picture.width as usize * 3).rev() {
        rows.extend(row.chunks_exact(3).flat_map(|rgb| [rgb[2], rgb[1], rgb[0]]));
        rows.resize(rows.len().next_multiple_of(4), 0);
    }
    rows
}

fn bmp_of(picture: &Picture) -> Vec<u8> {
    Bitmap::new(picture.width as i32, picture.height as i32, 24, rows_of(picture)).file()
}

/// Icons of these sizes; each image is a PNG or a bitmap.
fn ico(images: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut file = vec![0, 0, 1, 0, images.len() as u8, 0];
    let mut offset = 6 + 16 * images.len() as u32;
    for (size, data) in images {
        file.extend([*size, *size, 0, 0, 1, 0, 32, 0]);
        file.extend((data.len() as u32).to_le_bytes());
        file.extend(offset.to_le_bytes());
        offset += data.len() as u32;
    }
    images.iter().for_each(|(_, data)| file.extend(data));
    file
}

fn to_png(bytes: &[u8]) -> Optimized {
    run(bytes, r#"{"goal": "lossless", "effort": 1}"#).unwrap()
}

/// What an image becomes, pixel by pixel.
fn pixels(bytes: &[u8]) -> Vec<[u8; 4]> {
    let picture = Picture::from_png(&to_png(bytes).bytes);
    (0..picture.height)
        .flat_map(|y| (0..picture.width).map(move |x| (x, y)))
        .map(|(x, y)| picture.rgba(x, y))
        // Nobody sees the colour of what is transparent.
        .map(|pixel| if pixel[3] == 0 { NOTHING } else { pixel })
        .collect()
}

const RED: [u8; 4] = [255, 0, 0, 255];
const GREEN: [u8; 4] = [0, 255, 0, 255];
const BLUE: [u8; 4] = [0, 0, 255, 255];
const NOTHING: [u8; 4] = [0, 0, 0, 0];
/// Blue, red, green, as they are stored in a palette.
const PALETTE: [u8; 12] = [255, 0, 0, 0, 0, 0, 255, 0, 0, 255, 0, 0];

#[test]
fn a_bitmap_becomes_a_png_with_its_very_pixels() {
    for picture in [photo(63, 41), graphic(64, 48)] {
        let out = to_png(&bmp_of(&picture));
        assert_eq!((out.result.input_format, out.result.format), (Format::Bmp, Format::Png));
        assert!(out.result.lossless && out.result.warnings.is_empty() && !out.result.original_allowed);
        assert_eq!(Picture::from_any(&out.bytes), picture);
    }
}

#[test]
fn other_formats_are_made_of_bitmaps_as_of_anything() {
    let file = bmp_of(&photo(96, 64));
    let jpeg = run(&file, r#"{"formats": ["jpeg"], "goal": {"quality": 80}}"#).unwrap();
    assert_eq!(jpeg.result.format, Format::Jpeg);
    let auto = run(&file, r#"{"formats": "auto"}"#).unwrap();
    assert!(auto.bytes.len() * 3 < file.len());
    // A PNG made of the few bytes of a bitmap is larger, and a conversion all the same.
    let tiny = to_png(&Bitmap::new(1, 1, 24, vec![1, 2, 3, 0]).file());
    assert_eq!(tiny.result.warnings[0].code, "larger_than_input");
}

#[test]
fn indices_of_every_depth_find_their_colours() {
    let expected = [RED, GREEN, BLUE, RED, RED, RED];
    for (bits, rows) in [
        (2, [vec![0b0101_0100, 0, 0, 0], vec![0b0110_0000, 0, 0, 0]].concat()),
        (4, [vec![0x11, 0x10, 0, 0], vec![0x12, 0x00, 0, 0]].concat()),
        (8, [vec![1, 1, 1, 0], vec![1, 2, 0, 0]].concat()),
    ] {
        let bitmap = Bitmap { palette: PALETTE.to_vec(), ..Bitmap::new(3, 2, bits, rows) };
        assert_eq!(pixels(&bitmap.file()), expected, "{bits} bits");
        let rows = [&bitmap.rows[4..], &bitmap.rows[..4]].concat();
        let flipped = Bitmap { height: -2, rows, ..bitmap };
        assert_eq!(pixels(&flipped.file()), expected, "{bits} bits, the top row first");
    }
    let one = Bitmap { palette: PALETTE.to_vec(), ..Bitmap::new(3, 1, 1, vec![0b0100_0000, 0, 0, 0]) };
    assert_eq!(pixels(&one.file()), [BLUE, RED, BLUE]);
    let old = Bitmap {
        header: 12,
        palette: vec![255, 0, 0, 0, 0, 255],
        ..Bitmap::new(3, 1, 1, vec![0b0100_0000, 0, 0, 0])
    };
    assert_eq!(pixels(&old.file()), [BLUE, RED, BLUE]);
}

#[test]
fn fields_are_stretched_to_eight_bits_and_keep_more_where_they_have_more() {
    let pixel = |red: u16, green: u16, blue: u16| red << 10 | green << 5 | blue;
    let stored: Vec<u8> =
        [pixel(31, 0, 0), pixel(16, 16, 1)].iter().flat_map(|pixel| pixel.to_le_bytes()).collect();
    assert_eq!(pixels(&Bitmap::new(2, 1, 16, stored).file()), [RED, [132, 132, 8, 255]]);

    let masks: Vec<u8> =
        [0x3ff0_0000u32, 0x000f_fc00, 0x3ff].iter().flat_map(|mask| mask.to_le_bytes()).collect();
    let stored: Vec<u8> =
        [1023u32 << 20, 512 << 20 | 3 << 10 | 1].iter().flat_map(|pixel| pixel.to_le_bytes()).collect();
    let deep = Bitmap { compression: 3, more: masks, ..Bitmap::new(2, 1, 32, stored) };
    let png = to_png(&deep.file()).bytes;
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    assert_eq!(reader.info().bit_depth, png::BitDepth::Sixteen);
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut data).unwrap();
    let samples: Vec<u16> = data.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    // value × 65535 / 1023, to the nearest.
    assert_eq!(samples, [65_535, 0, 0, 32_800, 192, 64]);
}

#[test]
fn alpha_counts_where_a_mask_says_so_and_it_is_not_empty() {
    let rows = vec![0, 0, 255, 128, 0, 255, 0, 255];
    let plain = Bitmap::new(2, 1, 32, rows.clone());
    assert_eq!(pixels(&plain.file()), [RED, GREEN]);
    let masks: Vec<u8> = [0x00ff_0000u32, 0xff00, 0xff, 0xff00_0000]
        .iter()
        .flat_map(|mask| mask.to_le_bytes())
        .chain([0; 68])
        .collect();
    let with_alpha = Bitmap { header: 124, compression: 3, more: masks, ..plain };
    assert_eq!(pixels(&with_alpha.file()), [[255, 0, 0, 128], GREEN]);
    let empty = Bitmap { rows: vec![0, 0, 255, 0, 0, 255, 0, 0], ..with_alpha };
    assert_eq!(pixels(&empty.file()), [RED, GREEN]);
}

#[test]
fn runs_leave_what_they_pass_over_transparent() {
    let runs = |bits, compression, rows| Bitmap {
        compression,
        palette: PALETTE.to_vec(),
        ..Bitmap::new(3, 2, bits, rows)
    };
    let eight = runs(8, 1, vec![0, 2, 1, 0, 2, 2, 0, 0, 0, 3, 0, 1, 2, 0, 0, 1]);
    assert_eq!(pixels(&eight.file()), [BLUE, RED, GREEN, NOTHING, GREEN, GREEN]);
    let four = runs(4, 2, vec![3, 0x12, 0, 0, 3, 0, 0, 1]);
    assert_eq!(pixels(&four.file()), [BLUE, BLUE, BLUE, RED, GREEN, RED]);
    let cut = runs(8, 1, vec![3, 1, 0, 0, 2, 1]);
    assert_eq!(run(&cut.file(), "{}").unwrap_err().code(), "corrupt");
}

#[test]
fn a_profile_goes_along() {
    let picture = photo(40, 30);
    let profile = display_p3();
    let rows = rows_of(&picture);
    let mut more = vec![0; 84];
    more[16..20].copy_from_slice(&u32::from_be_bytes(*b"MBED").to_le_bytes());
    more[72..76].copy_from_slice(&(124 + rows.len() as u32).to_le_bytes());
    more[76..80].copy_from_slice(&(profile.len() as u32).to_le_bytes());
    let bitmap = Bitmap { header: 124, more, ..Bitmap::new(40, 30, 24, rows) };
    let file = [bitmap.file(), profile.clone()].concat();
    let png = to_png(&file).bytes;
    let reader = png::Decoder::new(std::io::Cursor::new(&png)).read_info().unwrap();
    assert_eq!(reader.info().icc_profile.as_deref(), Some(profile.as_slice()));
    assert_eq!(Picture::from_png(&png).pixels, picture.pixels);
}

#[test]
fn the_largest_image_of_an_icon_comes_out_and_the_others_are_named() {
    let (small, large) = (graphic(16, 16).with_alpha(), graphic(32, 32).with_alpha());
    let out = to_png(&ico(&[(16, small.to_png(None)), (32, large.to_png(None)), (16, small.to_png(None))]));
    assert_eq!((out.result.input_format, out.result.format), (Format::Ico, Format::Png));
    assert_eq!(Picture::from_png(&out.bytes).pixels, large.pixels);
    let warning = &out.result.warnings[0];
    assert_eq!(warning.code, "sizes_dropped");
    assert!(warning.message.contains("3 images") && warning.message.contains("not 16 × 16"), "{warning:?}");
    assert!(to_png(&ico(&[(32, large.to_png(None))])).result.warnings.is_empty());
}

#[test]
fn a_bitmap_in_an_icon_has_a_mask_or_alpha_of_its_own() {
    let icon = |bitmap: &Bitmap| ico(&[(2, bitmap.dib())]);
    // Two rows of pixels, bottom row first, and two of the mask.
    let colors = [[0, 0, 255, 0, 255, 0, 0, 0], [255, 0, 0, 0, 255, 0, 0, 0]].concat();
    let mask = vec![0b0100_0000, 0, 0, 0, 0b1000_0000, 0, 0, 0];
    let masked = Bitmap::new(2, 4, 24, [colors, mask.clone()].concat());
    assert_eq!(pixels(&icon(&masked)), [NOTHING, GREEN, RED, NOTHING]);
    let unmasked = Bitmap { rows: masked.rows[..16].to_vec(), ..masked };
    assert_eq!(pixels(&icon(&unmasked)), [BLUE, GREEN, RED, GREEN]);
    let alpha = |alpha: [u8; 4]| {
        let [a, b, c, d] = alpha;
        let colors = [0, 0, 255, a, 0, 255, 0, b, 255, 0, 0, c, 0, 255, 0, d].to_vec();
        Bitmap::new(2, 4, 32, [colors, mask.clone()].concat())
    };
    assert_eq!(pixels(&icon(&alpha([255, 128, 255, 255]))), [BLUE, GREEN, RED, [0, 255, 0, 128]]);
    assert_eq!(pixels(&icon(&alpha([0; 4]))), [NOTHING, GREEN, RED, NOTHING]);
}

#[test]
fn a_small_file_cannot_claim_a_large_picture() {
    let claims = |width, height| run(&Bitmap::new(width, height, 24, vec![0; 64]).file(), "{}").unwrap_err();
    assert_eq!(claims(9000, 9000).code(), "corrupt");
    let error = claims(60_000, 60_000);
    assert_eq!(error.code(), "limit_exceeded");
    assert!(error.to_string().contains(&Limits::default().max_pixels.0.to_string()), "{error}");
    assert_eq!(Limits::default().max_pixels, Pixels(100_000_000));
    let icon = ico(&[(0, Bitmap::new(60_000, 120_000, 32, vec![0; 64]).dib())]);
    assert_eq!(run(&icon, "{}").unwrap_err().code(), "limit_exceeded");
}

#[test]
fn damage_is_told() {
    let file = bmp_of(&photo(20, 10));
    for (cut, name) in [(file.len() - 1, "a row"), (40, "the header"), (20, "less than that")] {
        let error = run(&file[..cut], "{}").unwrap_err();
        assert_eq!(error.code(), "corrupt", "{name}: {error}");
    }
    let mut icon = ico(&[(16, graphic(16, 16).to_png(None))]);
    icon.truncate(80);
    let error = run(&icon, "{}").unwrap_err();
    assert!(error.to_string().starts_with("the ICO file is damaged"), "{error}");
}
