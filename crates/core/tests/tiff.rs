//! TIFF in and out: every depth, layout and compression that is read, and what must be refused.

#![allow(clippy::pedantic, clippy::unwrap_used)]

mod support;

use planish::{Format, KeptReason, OptimizeContext, optimize};
use std::io::Cursor;
use std::path::PathBuf;
use support::{Noise, Picture, contains, display_p3, exif, graphic, photo, run};
use tiff::encoder::{Compression, DeflateLevel, Predictor, TiffEncoder, colortype};

const TO_PNG: &str = r#"{"formats": ["png"], "goal": "lossless", "effort": 1}"#;
const TO_TIFF: &str = r#"{"formats": ["tiff"], "goal": "lossless"}"#;

/// Samples of any depth as they are in a PNG.
#[derive(Debug, Clone, PartialEq)]
struct Deep {
    size: (u32, u32),
    color: png::ColorType,
    depth: png::BitDepth,
    bytes: Vec<u8>,
}

impl Deep {
    /// Noise over a gradient, so that nothing can be simplified away.
    fn noise(size: (u32, u32), color: png::ColorType, depth: png::BitDepth) -> Self {
        let mut noise = Noise(11);
        let count = size.0 as usize * size.1 as usize * color.samples();
        let bytes = match depth {
            png::BitDepth::Sixteen => {
                (0..count).flat_map(|_| ((noise.next() * 65_535.0) as u16).to_be_bytes()).collect()
            }
            _ => (0..count).map(|_| (noise.next() * 255.0) as u8).collect(),
        };
        Self { size, color, depth, bytes }
    }

    fn to_png(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.size.0, self.size.1);
        encoder.set_color(self.color);
        encoder.set_depth(self.depth);
        encoder.write_header().unwrap().write_image_data(&self.bytes).unwrap();
        bytes
    }

    fn from_png(bytes: &[u8]) -> Self {
        let mut decoder = png::Decoder::new(Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        pixels.truncate(info.buffer_size());
        Self { size: (info.width, info.height), color: info.color_type, depth: info.bit_depth, bytes: pixels }
    }

    /// Decodes any file planish reads.
    fn from_any(bytes: &[u8]) -> Self {
        Self::from_png(&run(bytes, TO_PNG).unwrap().bytes)
    }
}

/// A TIFF put together field by field: what the library cannot write.
#[derive(Clone)]
struct Handmade {
    big_endian: bool,
    /// Tag, type (3: SHORT, 4: LONG) and values.
    fields: Vec<(u16, u16, Vec<u32>)>,
    /// Strips or tiles.
    chunks: Vec<Vec<u8>>,
    tiled: bool,
}

impl Handmade {
    fn new(width: u32, height: u32, photometric: u32, bits: &[u32], chunks: Vec<Vec<u8>>) -> Self {
        Self {
            big_endian: false,
            fields: vec![
                (256, 4, vec![width]),
                (257, 4, vec![height]),
                (258, 3, bits.to_vec()),
                (259, 3, vec![1]),
                (262, 3, vec![photometric]),
                (277, 3, vec![bits.len() as u32]),
            ],
            chunks,
            tiled: false,
        }
    }

    fn with(mut self, tag: u16, kind: u16, values: &[u32]) -> Self {
        self.fields.retain(|(other, ..)| *other != tag);
        self.fields.push((tag, kind, values.to_vec()));
        self
    }

    fn tiled(mut self) -> Self {
        self.tiled = true;
        self
    }

    fn bytes(&self) -> Vec<u8> {
        self.pages(1)
    }

    /// The same page several times.
    fn pages(&self, count: usize) -> Vec<u8> {
        let short = |value: u32| {
            if self.big_endian { (value as u16).to_be_bytes() } else { (value as u16).to_le_bytes() }
        };
        let long = |value: u32| if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
        let mut file = if self.big_endian { b"MM\0\x2a".to_vec() } else { b"II\x2a\0".to_vec() };
        file.extend([0; 4]);
        let offsets: Vec<u32> = self
            .chunks
            .iter()
            .map(|chunk| {
                let offset = file.len() as u32;
                file.extend(chunk);
                offset
            })
            .collect();
        let lengths = self.chunks.iter().map(|chunk| chunk.len() as u32).collect();
        let mut fields = self.fields.clone();
        fields.push((if self.tiled { 324 } else { 273 }, 4, offsets));
        fields.push((if self.tiled { 325 } else { 279 }, 4, lengths));
        fields.sort();
        let mut link = 4;
        for _ in 0..count {
            let mut table = short(fields.len() as u32).to_vec();
            for (tag, kind, values) in &fields {
                let data: Vec<u8> = values
                    .iter()
                    .flat_map(|&value| if *kind == 3 { short(value).to_vec() } else { long(value).to_vec() })
                    .collect();
                table.extend(short((*tag).into()));
                table.extend(short((*kind).into()));
                table.extend(long(values.len() as u32));
                if data.len() <= 4 {
                    table.extend(data.iter().copied().chain([0; 4]).take(4));
                } else {
                    table.extend(long(file.len() as u32));
                    file.extend(data);
                }
            }
            let at = file.len() as u32;
            file[link..link + 4].copy_from_slice(&long(at));
            file.extend(table);
            link = file.len();
            file.extend([0; 4]);
        }
        file
    }
}

fn gray(bytes: &[u8]) -> Vec<u8> {
    let picture = Picture::from_any(bytes);
    (0..picture.height)
        .flat_map(|y| (0..picture.width).map(move |x| (x, y)))
        .map(|(x, y)| picture.rgba(x, y)[0])
        .collect()
}

fn rgba(bytes: &[u8]) -> Vec<[u8; 4]> {
    let picture = Picture::from_any(bytes);
    (0..picture.height)
        .flat_map(|y| (0..picture.width).map(move |x| (x, y)))
        .map(|(x, y)| picture.rgba(x, y))
        .collect()
}

fn refused(bytes: &[u8]) -> String {
    let error = run(bytes, TO_PNG).unwrap_err();
    assert_eq!(error.code(), "unsupported", "{error}");
    error.to_string()
}

#[test]
fn every_depth_and_kind_of_pixel_survives() {
    use png::{BitDepth, ColorType};
    for depth in [BitDepth::Eight, BitDepth::Sixteen] {
        for color in [ColorType::Grayscale, ColorType::GrayscaleAlpha, ColorType::Rgb, ColorType::Rgba] {
            let original = Deep::noise((61, 37), color, depth);
            let out = run(&original.to_png(), TO_TIFF).unwrap();
            assert_eq!((out.result.format, out.result.lossless), (Format::Tiff, true));
            assert_eq!(out.result.score.get(), 100.0);
            assert_eq!(Deep::from_any(&out.bytes), original, "{color:?} {depth:?}");
            // Another reader sees the same.
            let mut reader = tiff::decoder::Decoder::new(Cursor::new(&out.bytes)).unwrap();
            let pixels = match reader.read_image().unwrap() {
                tiff::decoder::DecodingResult::U8(samples) => samples,
                tiff::decoder::DecodingResult::U16(samples) => {
                    samples.iter().flat_map(|value| value.to_be_bytes()).collect()
                }
                other => panic!("{other:?}"),
            };
            assert!(pixels == original.bytes, "{color:?} {depth:?}");
        }
    }
}

#[test]
fn smooth_pictures_are_stored_as_differences_and_get_smaller() {
    let mut picture = photo(300, 200);
    for (index, value) in picture.pixels.iter_mut().enumerate() {
        *value = (index / 3 % 300 / 2 + index / 900 / 3) as u8;
    }
    let out = run(&picture.to_png(None), TO_TIFF).unwrap();
    let mut reader = tiff::decoder::Decoder::new(Cursor::new(&out.bytes)).unwrap();
    assert_eq!(reader.get_tag_unsigned::<u16>(tiff::tags::Tag::Predictor).unwrap(), 2);
    assert!(out.bytes.len() < picture.pixels.len() / 20, "{}", out.bytes.len());
}

#[test]
fn few_colours_become_a_palette_and_black_and_white_a_fax() {
    let few = graphic(120, 80);
    let out = run(&few.to_png(None), TO_TIFF).unwrap();
    assert_eq!(Picture::from_any(&out.bytes), few);
    assert_eq!(page_field(&out.bytes, 262), 3);
    let mut black_and_white = Picture { color: png::ColorType::Grayscale, ..graphic(203, 90) };
    black_and_white.pixels =
        (0..203 * 90).map(|i| if (i % 203) * (i / 203) / 40 % 3 == 0 { 0 } else { 255 }).collect();
    let out = run(&black_and_white.to_png(None), TO_TIFF).unwrap();
    assert_eq!(page_field(&out.bytes, 258), 1);
    assert!(out.bytes.len() < 203 * 90 / 8);
    assert_eq!(gray(&out.bytes), black_and_white.pixels);
}

/// The first value of a field of a little-endian file's first page.
fn page_field(bytes: &[u8], tag: u16) -> u16 {
    let at = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
    let count = usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    bytes[at + 2..at + 2 + count * 12]
        .chunks_exact(12)
        .find(|field| u16::from_le_bytes([field[0], field[1]]) == tag)
        .map(|field| u16::from_le_bytes([field[8], field[9]]))
        .unwrap()
}

#[test]
fn every_compression_is_read_with_and_without_differences() {
    let picture = photo(83, 59);
    for (name, compression) in [
        ("none", Compression::Uncompressed),
        ("LZW", Compression::Lzw),
        ("deflate", Compression::Deflate(DeflateLevel::Balanced)),
        ("PackBits", Compression::Packbits),
    ] {
        for predictor in [Predictor::None, Predictor::Horizontal] {
            if predictor == Predictor::Horizontal
                && matches!(compression, Compression::Uncompressed | Compression::Packbits)
            {
                continue;
            }
            let mut bytes = Vec::new();
            let mut encoder = TiffEncoder::new(Cursor::new(&mut bytes))
                .unwrap()
                .with_compression(compression)
                .with_predictor(predictor);
            encoder.write_image::<colortype::RGB8>(83, 59, &picture.pixels).unwrap();
            assert_eq!(Picture::from_any(&bytes), picture, "{name} {predictor:?}");
        }
    }
    let deep = Deep::noise((40, 30), png::ColorType::Rgb, png::BitDepth::Sixteen);
    let samples: Vec<u16> =
        deep.bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    let mut bytes = Vec::new();
    TiffEncoder::new_big(Cursor::new(&mut bytes))
        .unwrap()
        .with_compression(Compression::Lzw)
        .with_predictor(Predictor::Horizontal)
        .write_image::<colortype::RGB16>(40, 30, &samples)
        .unwrap();
    assert_eq!(Deep::from_any(&bytes), deep, "BigTIFF");
}

#[test]
fn both_byte_orders_and_low_depths_are_read() {
    for big_endian in [false, true] {
        let deep = |value: u16| if big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
        let strip = [deep(0x1234), deep(0xfedc)].concat();
        let file = Handmade { big_endian, ..Handmade::new(2, 1, 1, &[16], vec![strip]) };
        assert_eq!(Deep::from_any(&file.bytes()).bytes, [0x12, 0x34, 0xfe, 0xdc]);
    }
    let one_bit = Handmade::new(10, 2, 1, &[1], vec![vec![0b1010_0000, 0b0100_0000, 0, 0b1100_0000]]);
    let expected: Vec<u8> =
        [1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1].map(|bit| bit * 255).to_vec();
    assert_eq!(gray(&one_bit.bytes()), expected);
    let white_is_zero = one_bit.clone().with(262, 3, &[0]);
    let inverted: Vec<u8> = expected.iter().map(|value| 255 - value).collect();
    assert_eq!(gray(&white_is_zero.bytes()), inverted);
    let mut low_bit_first = one_bit.with(266, 3, &[2]);
    low_bit_first.chunks[0].iter_mut().for_each(|byte| *byte = byte.reverse_bits());
    assert_eq!(gray(&low_bit_first.bytes()), expected);
    // 12 bits are spread over 16: 0x800 / 4095 × 65535, rounded.
    let twelve = Handmade::new(2, 1, 1, &[12], vec![vec![0x80, 0x0f, 0xff]]);
    assert_eq!(Deep::from_any(&twelve.bytes()).bytes, [0x80, 0x08, 0xff, 0xff]);
}

#[test]
fn palettes_are_read_at_both_scales() {
    for scale in [257u32, 256, 1] {
        let mut map = vec![0; 48];
        (map[1], map[16 + 2], map[32 + 3]) = (200 * scale, 100 * scale, 50 * scale);
        let file = Handmade::new(4, 1, 3, &[4], vec![vec![0x01, 0x23]]).with(320, 3, &map);
        assert_eq!(
            rgba(&file.bytes()),
            [[0, 0, 0, 255], [200, 0, 0, 255], [0, 100, 0, 255], [0, 0, 50, 255]],
            "{scale}"
        );
    }
}

#[test]
fn planes_strips_and_tiles_are_put_together() {
    let picture = photo(37, 29);
    let channel =
        |channel: usize| picture.pixels.iter().skip(channel).step_by(3).copied().collect::<Vec<u8>>();
    // Separate planes in strips of 10 rows.
    let chunks = (0..3).flat_map(|plane| channel(plane).chunks(370).map(<[u8]>::to_vec).collect::<Vec<_>>());
    let planar = Handmade::new(37, 29, 2, &[8; 3], chunks.collect()).with(284, 3, &[2]).with(278, 3, &[10]);
    assert_eq!(Picture::from_any(&planar.bytes()), picture);
    // Tiles of 16 × 16, padded with noise.
    let mut tiles = Vec::new();
    for top in (0..29).step_by(16) {
        for left in (0..37).step_by(16) {
            let mut tile = Vec::new();
            for (y, x) in (top..top + 16).flat_map(|y| (left..left + 16).map(move |x| (y, x))) {
                let inside = x < 37 && y < 29;
                let at = (y * 37 + x) * 3;
                tile.extend(if inside { picture.pixels[at..at + 3].to_vec() } else { vec![123, 45, 67] });
            }
            tiles.push(tile);
        }
    }
    let tiled = Handmade::new(37, 29, 2, &[8; 3], tiles).tiled().with(322, 3, &[16]).with(323, 3, &[16]);
    assert_eq!(Picture::from_any(&tiled.bytes()), picture);
}

#[test]
fn premultiplied_alpha_becomes_straight() {
    let pixels = vec![vec![100, 50, 0, 128, 0, 0, 0, 0, 9, 8, 7, 255]];
    let file = |kind| Handmade::new(3, 1, 2, &[8; 4], pixels.clone()).with(338, 3, &[kind]);
    assert_eq!(rgba(&file(1).bytes()), [[199, 100, 0, 128], [0; 4], [9, 8, 7, 255]]);
    assert_eq!(rgba(&file(2).bytes())[0], [100, 50, 0, 128]);
    // An extra channel of no stated meaning is taken for alpha.
    assert_eq!(rgba(&file(0).bytes())[0], [100, 50, 0, 128]);
}

#[test]
fn inks_are_converted() {
    let cmyk = Handmade::new(2, 1, 5, &[8; 4], vec![vec![255, 0, 0, 0, 0, 0, 0, 128]]);
    assert_eq!(rgba(&cmyk.bytes()), [[0, 255, 255, 255], [127, 127, 127, 255]]);
    assert!(refused(&cmyk.with(332, 3, &[2]).bytes()).contains("inks"));
}

#[test]
fn the_orientation_is_applied() {
    for orientation in 1..=8 {
        let file =
            Handmade::new(3, 2, 1, &[8], vec![vec![10, 20, 30, 40, 50, 60]]).with(274, 3, &[orientation]);
        let out = run(&file.bytes(), TO_TIFF).unwrap();
        let expected: &[u8] = match orientation {
            1 => &[10, 20, 30, 40, 50, 60],
            2 => &[30, 20, 10, 60, 50, 40],
            3 => &[60, 50, 40, 30, 20, 10],
            4 => &[40, 50, 60, 10, 20, 30],
            5 => &[10, 40, 20, 50, 30, 60],
            6 => &[40, 10, 50, 20, 60, 30],
            7 => &[60, 30, 50, 20, 40, 10],
            _ => &[30, 60, 20, 50, 10, 40],
        };
        assert_eq!(gray(&out.bytes), expected, "orientation {orientation}");
    }
}

#[test]
fn several_pages_stay_as_they_are_unless_one_is_asked_for() {
    let page = Handmade::new(64, 1, 1, &[8], vec![(0..64).collect()]);
    let file = page.pages(3);
    for settings in ["{}", r#"{"formats": ["tiff"]}"#, r#"{"goal": {"quality": 70}}"#] {
        let kept = run(&file, settings).unwrap();
        assert!(kept.bytes == file, "{settings}");
        assert_eq!(kept.result.kept_original, Some(KeptReason::AlreadySmallest));
        assert!(kept.result.warnings.iter().any(|warning| warning.code == "pages_kept"));
        assert!(kept.result.warnings.iter().all(|warning| warning.code != "pages_dropped"));
    }
    let png = run(&file, r#"{"formats": ["png"]}"#).unwrap();
    let dropped = png.result.warnings.iter().find(|warning| warning.code == "pages_dropped").unwrap();
    assert!(dropped.message.contains("3 pages"), "{}", dropped.message);
    let error = run(&file, r#"{"resize": {"width": 8}}"#).unwrap_err();
    assert!(error.to_string().contains("several pages"), "{error}");
    // A thumbnail is no page.
    let mut thumbnail = page.with(254, 4, &[1]).pages(2);
    let first = u32::from_le_bytes(thumbnail[4..8].try_into().unwrap()) as usize;
    thumbnail[first + 2 + 8] = 0;
    let out = run(&thumbnail, TO_PNG).unwrap();
    assert!(out.result.warnings.is_empty(), "{:?}", out.result.warnings);
}

#[test]
fn profile_and_metadata_follow_the_policy() {
    let jpeg = photo(60, 40).to_jpeg(90, Some(exif(1)), Some(display_p3()));
    let kept = run(&jpeg, r#"{"formats": ["tiff"], "metadata": "keep"}"#).unwrap().bytes;
    assert!(contains(&kept, b"planish\0") && contains(&kept, &display_p3()));
    let stripped = run(&jpeg, TO_TIFF).unwrap().bytes;
    assert!(!contains(&stripped, b"planish\0") && contains(&stripped, &display_p3()));
    // And back: the fields of a TIFF are what EXIF is made of.
    for format in ["jpeg", "png", "webp"] {
        let settings = |policy: &str| {
            format!(r#"{{"formats": ["{format}"], "goal": {{"quality": 90}}, "metadata": "{policy}"}}"#)
        };
        let back = run(&kept, &settings("keep")).unwrap().bytes;
        assert!(contains(&back, b"planish\0"), "{format}");
        let back = run(&kept, &settings("strip")).unwrap().bytes;
        assert!(!contains(&back, b"planish\0"), "{format}");
    }
    let again = run(&kept, r#"{"goal": "lossless"}"#).unwrap();
    assert!(contains(&again.bytes, &display_p3()), "{:?}", again.result);
    assert!(!contains(&again.bytes, b"planish\0"), "{:?}", again.result);
}

#[test]
fn camera_fields_survive_and_fields_that_share_their_data_do_not() {
    // Forty short fields of the EXIF directory, as cameras write them.
    let block = |fields: u16, length: u32, offset: u32| {
        let mut block = b"MM\0\x2a\0\0\0\x08\0\x01\x87\x69\0\x04\0\0\0\x01\0\0\0\x1a\0\0\0\0".to_vec();
        block.extend(fields.to_be_bytes());
        for tag in 0..fields {
            block.extend((0x9000 + tag).to_be_bytes());
            block.extend([0, 7]);
            block.extend(length.to_be_bytes());
            block.extend(offset.to_be_bytes());
        }
        block.extend([0; 4]);
        block
    };
    let settings = r#"{"formats": ["tiff"], "metadata": "keep"}"#;
    let out = run(&photo(60, 40).to_jpeg(90, Some(block(40, 4, 0x706c_616e)), None), settings).unwrap();
    assert!(contains(&out.bytes, b"plan"));
    let hostile = photo(60, 40).to_jpeg(90, Some(block(4000, 40_000, 8)), None);
    assert_eq!(run(&hostile, settings).unwrap_err().code(), "encode");
}

#[test]
fn the_resolution_stays_with_a_tiff() {
    let file = Handmade::new(64, 2, 1, &[8], vec![(0..128).collect()]).with(296, 3, &[3]);
    let out = run(&file.bytes(), TO_TIFF).unwrap();
    assert!(out.result.kept_original.is_some() || page_field(&out.bytes, 296) == 3);
    let noise = Deep::noise((90, 40), png::ColorType::Grayscale, png::BitDepth::Eight);
    let wasteful =
        Handmade::new(90, 40, 2, &[8; 3], vec![noise.bytes.iter().flat_map(|&v| [v; 3]).collect()]);
    let out = run(&wasteful.with(296, 3, &[3]).bytes(), TO_TIFF).unwrap();
    assert_eq!((out.result.kept_original, page_field(&out.bytes, 296)), (None, 3));
}

#[test]
fn what_is_not_read_is_refused_by_name() {
    let plain = |bits: &[u32]| Handmade::new(1, 1, 1, bits, vec![vec![0; 16]]);
    for (file, name) in [
        (plain(&[8]).with(259, 3, &[50_001]), "WebP"),
        (plain(&[8]).with(259, 3, &[6]), "old-style JPEG"),
        (plain(&[1]).with(259, 3, &[3]), "Group 3"),
        (plain(&[8]).with(259, 3, &[4711]), "4711"),
        (plain(&[16]).with(339, 3, &[2]), "signed"),
        (plain(&[24]), "24 bits"),
        (plain(&[8, 16]), "different depths"),
        (plain(&[8; 3]).with(262, 3, &[8]), "L*a*b*"),
        (plain(&[8; 3]).with(262, 3, &[6]), "YCbCr"),
        (plain(&[16]).with(262, 3, &[32_803]), "raw"),
        (plain(&[8]).with(50_706, 4, &[1]), "DNG"),
        (plain(&[4]).with(259, 3, &[5]).with(317, 3, &[2]), "predictor 2"),
    ] {
        let message = refused(&file.bytes());
        assert!(message.contains(name), "{name}: {message}");
    }
}

#[test]
fn damaged_files_say_so() {
    let file = Handmade::new(8, 8, 1, &[8], vec![vec![7; 64]]);
    let corrupt = |file: &Handmade| {
        let error = run(&file.bytes(), TO_PNG).unwrap_err();
        assert_eq!(error.code(), "corrupt", "{error}");
    };
    corrupt(&file.clone().with(257, 4, &[9000]));
    corrupt(&file.clone().with(277, 3, &[0]));
    corrupt(&file.clone().with(259, 3, &[8]));
    corrupt(&file.clone().with(259, 3, &[5]));
    corrupt(&file.clone().with(259, 3, &[7]));
    corrupt(&file.clone().with(262, 3, &[3]));
    corrupt(&file.clone().with(278, 3, &[4]));
    let whole = run(&photo(40, 30).to_png(None), TO_TIFF).unwrap().bytes;
    for length in (8..whole.len()).step_by(7) {
        assert!(run(&whole[..length], TO_PNG).is_err(), "cut at {length}");
    }
}

#[test]
fn changed_bytes_end_soon_and_in_an_error_or_a_picture() {
    let picture = photo(40, 30);
    let mut black_and_white = Picture { color: png::ColorType::Grayscale, ..graphic(64, 48) };
    black_and_white.pixels = (0..64 * 48).map(|i| if i / 7 % 3 == 0 { 0 } else { 255 }).collect();
    let mut lzw = Vec::new();
    TiffEncoder::new(Cursor::new(&mut lzw))
        .unwrap()
        .with_compression(Compression::Lzw)
        .write_image::<colortype::RGB8>(40, 30, &picture.pixels)
        .unwrap();
    let deflated = run(&picture.to_png(None), TO_TIFF).unwrap().bytes;
    let fax = run(&black_and_white.to_png(None), TO_TIFF).unwrap().bytes;
    let mut noise = Noise(23);
    for whole in [lzw, deflated, fax] {
        for round in 0..200 {
            let mut changed = whole.clone();
            // Half of the time in the directory at the end.
            let from = if round % 2 == 0 { 0 } else { changed.len().saturating_sub(200) };
            for _ in 0..3 {
                let at = from + (noise.next() * (changed.len() - from) as f32) as usize;
                changed[at] = (noise.next() * 255.0) as u8;
            }
            let start = std::time::Instant::now();
            if let Err(error) = run(&changed, TO_PNG) {
                assert_ne!(error.code(), "internal", "{error}");
            }
            assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
        }
    }
}

#[test]
fn limits_come_before_pixels() {
    let bomb = Handmade::new(60_000, 60_000, 1, &[1], vec![vec![0; 8]]);
    assert_eq!(run(&bomb.bytes(), TO_PNG).unwrap_err().code(), "limit_exceeded");
    // One pixel in a tile of four thousand million.
    let tile = Handmade::new(1, 1, 1, &[8], vec![vec![0; 8]]).tiled().with(322, 4, &[65_536]).with(
        323,
        4,
        &[65_536],
    );
    assert_eq!(run(&tile.bytes(), TO_PNG).unwrap_err().code(), "limit_exceeded");
    let samples = Handmade::new(1, 1, 2, &[8], vec![vec![0; 8]]).with(277, 3, &[60_000]);
    assert!(refused(&samples.bytes()).contains("60000 samples"));
    let mut context = OptimizeContext::default();
    context.limits.max_metadata_bytes.0 = 200;
    let tiff = run(&photo(30, 20).to_png(Some(&display_p3())), TO_TIFF).unwrap().bytes;
    let out = optimize(&tiff, &planish::ImageSettings::default(), &context).unwrap();
    assert!(!contains(&out.bytes, &display_p3()));
    assert!(out.result.warnings.iter().any(|warning| warning.code == "metadata_dropped"));
}

#[test]
fn one_thread_and_four_give_the_same_bytes() {
    let png = photo(1200, 700).to_png(None);
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let one = pool(1).install(|| run(&png, TO_TIFF)).unwrap();
    let four = pool(4).install(|| run(&png, TO_TIFF)).unwrap();
    assert!(one.bytes == four.bytes);
}

fn corpus(folder: &str) -> Vec<(String, Vec<u8>)> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(folder);
    let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "tif" || ext == "tiff"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn the_corpus_is_read_or_refused_by_name() {
    for (name, bytes) in corpus("edge") {
        let out = run(&bytes, TO_PNG);
        let refusal = match name.as_str() {
            "int16_zstd.tif" => Some("signed"),
            "smallliz.tif" => Some("old-style JPEG"),
            _ => None,
        };
        match (out, refusal) {
            (Ok(out), None) => {
                let tiff = run(&out.bytes, TO_TIFF).unwrap();
                assert_eq!(Deep::from_any(&tiff.bytes), Deep::from_png(&out.bytes), "{name}");
                let kept = run(&bytes, "{}").unwrap();
                assert!(kept.bytes.len() <= bytes.len(), "{name}");
                println!(
                    "{name}: {} bytes, as TIFF {} ({:?})",
                    bytes.len(),
                    kept.bytes.len(),
                    out.result.warnings
                );
            }
            (Err(error), Some(refusal)) => assert!(error.to_string().contains(refusal), "{name}: {error}"),
            (out, refusal) => {
                panic!("{name}: {:?}, expected {refusal:?}", out.map(|out| out.result.warnings))
            }
        }
    }
}

#[test]
fn hostile_files_end_soon_and_in_an_error_or_a_picture() {
    for (name, bytes) in corpus("hostile") {
        let start = std::time::Instant::now();
        let outcome = run(&bytes, TO_PNG).map(|out| (out.result.width, out.result.height));
        assert!(start.elapsed().as_secs() < 5, "{name} took {:?}", start.elapsed());
        println!("{name}: {outcome:?}");
        if name.starts_with("bomb") {
            assert_eq!(outcome.unwrap_err().code(), "limit_exceeded");
        }
    }
}
