//! Image files from pictures and back, by other code than planish's where there is some.

use super::Workspace;
use super::pictures::Picture;
use std::io::Cursor;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// A PNG with the picture's own channels.
pub(crate) fn png(picture: &Picture) -> Vec<u8> {
    png_with(picture, |_| ())
}

/// A PNG with more in its header.
pub(crate) fn png_with(picture: &Picture, more: impl FnOnce(&mut png::Info<'_>)) -> Vec<u8> {
    let mut info = png::Info::with_size(picture.width, picture.height);
    info.bit_depth = png::BitDepth::Eight;
    info.color_type = match picture.channels {
        1 => png::ColorType::Grayscale,
        2 => png::ColorType::GrayscaleAlpha,
        3 => png::ColorType::Rgb,
        _ => png::ColorType::Rgba,
    };
    more(&mut info);
    let mut bytes = Vec::new();
    let encoder = png::Encoder::with_info(&mut bytes, info).unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&picture.samples).unwrap();
    writer.finish().unwrap();
    bytes
}

/// A JPEG of an RGB picture.
pub(crate) fn jpeg(picture: &Picture, quality: u8) -> Vec<u8> {
    let encoder = mozjpeg_rs::Encoder::fastest().quality(quality);
    encoder.encode_rgb(&picture.samples, picture.width, picture.height).unwrap()
}

/// The JPEG with a segment after its first marker.
pub(crate) fn with_segment(jpeg: &[u8], marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, payload, &jpeg[2..]].concat()
}

/// The JPEG with an EXIF orientation and a camera's name.
pub(crate) fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    // Make: 6 bytes of ASCII at offset 38, behind the directory.
    exif.extend(b"\x01\x0f\0\x02\0\0\0\x06\0\0\0\x26");
    exif.extend([1, 18, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    exif.extend(b"\0\0\0\0Canon\0");
    with_segment(jpeg, 0xe1, &exif)
}

/// The JPEG with EXIF that names an author and a place.
pub(crate) fn with_place_and_author(jpeg: &[u8], author: &str) -> Vec<u8> {
    let text = author.len() as u32 + 1;
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    // Artist, at offset 38 behind the directory; the place, behind the text.
    exif.extend(b"\x01\x3b\0\x02");
    exif.extend([text.to_be_bytes(), 38u32.to_be_bytes()].concat());
    exif.extend(b"\x88\x25\0\x04\0\0\0\x01");
    exif.extend((38 + text).to_be_bytes());
    exif.extend(b"\0\0\0\0");
    exif.extend(author.bytes().chain([0]));
    // Four fields, their contents left out.
    exif.extend(b"\0\x04");
    with_segment(jpeg, 0xe1, &exif)
}

/// An animated PNG: full frames, each shown for so many milliseconds.
pub(crate) fn apng(frames: &[(&Picture, u16)]) -> Vec<u8> {
    let (first, _) = frames[0];
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, first.width, first.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_animated(frames.len() as u32, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    for (picture, milliseconds) in frames {
        writer.set_frame_delay(*milliseconds, 1000).unwrap();
        writer.write_image_data(&picture.samples).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

/// The JPEG with an ICC profile.
pub(crate) fn with_icc(jpeg: &[u8], profile: &[u8]) -> Vec<u8> {
    with_segment(jpeg, 0xe2, &[b"ICC_PROFILE\0\x01\x01", profile].concat())
}

/// The pixels of any file planish wrote.
pub(crate) fn decode(bytes: &[u8]) -> Picture {
    match planish::sniff(bytes).unwrap() {
        planish::Format::Png => decode_png(bytes),
        planish::Format::Jpeg => decode_jpeg(bytes),
        _ => decode_by_planish(bytes),
    }
}

/// The pixels of a PNG: palettes and few bits are expanded, 16 bits are cut.
pub(crate) fn decode_png(bytes: &[u8]) -> Picture {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().unwrap();
    let mut samples = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut samples).unwrap();
    samples.truncate(frame.buffer_size());
    Picture { width: frame.width, height: frame.height, channels: frame.color_type.samples(), samples }
}

/// The ICC profile of a PNG.
pub(crate) fn png_icc(bytes: &[u8]) -> Option<Vec<u8>> {
    let reader = png::Decoder::new(Cursor::new(bytes)).read_info().unwrap();
    reader.info().icc_profile.as_ref().map(|profile| profile.to_vec())
}

fn decode_jpeg(bytes: &[u8]) -> Picture {
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGB).set_strict_mode(true);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    // Arithmetic coding and the like are beyond this decoder.
    let Ok(samples) = decoder.decode() else { return decode_by_planish(bytes) };
    let (width, height) = decoder.dimensions().unwrap();
    Picture { width: width as u32, height: height as u32, channels: 3, samples }
}

fn decode_by_planish(bytes: &[u8]) -> Picture {
    let workspace = Workspace::new();
    workspace.put("in/image", bytes);
    workspace.planish("in/image -o out/image.png --lossless --effort 1").expect(0);
    decode_png(&workspace.read("out/image.png"))
}

/// The picture as RGB or RGBA, whatever the file chose to store.
pub(crate) fn in_color(picture: &Picture) -> Picture {
    let (channels, widen): (usize, fn(&[u8]) -> Vec<u8>) = match picture.channels {
        1 => (3, |gray| vec![gray[0]; 3]),
        2 => (4, |gray| vec![gray[0], gray[0], gray[0], gray[1]]),
        other => (other, <[u8]>::to_vec),
    };
    let samples = picture.samples.chunks(picture.channels).flat_map(widen).collect();
    Picture { width: picture.width, height: picture.height, channels, samples }
}
