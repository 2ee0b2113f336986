//! PNGs of all kinds, some pixels large; one with metadata, one that moves.

use std::borrow::Cow;

type Result<T> = std::result::Result<T, png::EncodingError>;

const KINDS: [(png::ColorType, usize); 5] = [
    (png::ColorType::Grayscale, 1),
    (png::ColorType::GrayscaleAlpha, 2),
    (png::ColorType::Rgb, 3),
    (png::ColorType::Rgba, 4),
    (png::ColorType::Indexed, 1),
];

pub(crate) fn all() -> Result<Vec<Vec<u8>>> {
    let mut made = vec![with_metadata()?, animation()?];
    for (color, channels) in KINDS {
        let indexed = color == png::ColorType::Indexed;
        for (depth, bytes) in [(png::BitDepth::Eight, 1), (png::BitDepth::Sixteen, 2)] {
            if indexed && bytes == 2 {
                continue;
            }
            for (width, height) in [(1, 1), (9, 7), (40, 24)] {
                let samples = width * height * channels * bytes;
                let pixels: Vec<u8> =
                    (0..samples).map(|at| if indexed { at % 4 } else { at * 37 % 251 } as u8).collect();
                let mut file = Vec::new();
                let mut encoder = png::Encoder::new(&mut file, width as u32, height as u32);
                encoder.set_color(color);
                encoder.set_depth(depth);
                if indexed {
                    encoder.set_palette(vec![0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255]);
                    encoder.set_trns(vec![255, 0, 90]);
                }
                encoder.write_header()?.write_image_data(&pixels)?;
                made.push(file);
            }
        }
    }
    Ok(made)
}

/// With EXIF that turns it and says where and by whom it was taken, and XMP.
fn with_metadata() -> Result<Vec<u8>> {
    let mut info = png::Info::with_size(24, 16);
    info.color_type = png::ColorType::Rgb;
    info.bit_depth = png::BitDepth::Eight;
    info.exif_metadata = Some(Cow::Owned(exif()));
    let mut file = Vec::new();
    let mut encoder = png::Encoder::with_info(&mut file, info)?;
    let xmp = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
               <rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:rights><rdf:Alt>\
               <rdf:li xml:lang='x-default'>somebody</rdf:li></rdf:Alt></dc:rights></rdf:Description></rdf:RDF>\
               </x:xmpmeta>";
    encoder.add_itxt_chunk("XML:com.adobe.xmp".into(), xmp.into())?;
    let pixels: Vec<u8> = (0..24 * 16 * 3).map(|at| (at * 5 % 256) as u8).collect();
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(file)
}

/// A TIFF directory with orientation, copyright, and a directory of places.
fn exif() -> Vec<u8> {
    let field = |tag: u16, kind: u16, count: u32, value: u32| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let (copyright_at, gps_at) = (8 + 2 + 3 * 12 + 4, 8 + 2 + 3 * 12 + 4 + 9);
    let mut exif = b"II*\0\x08\0\0\0\x03\0".to_vec();
    exif.extend(field(0x0112, 3, 1, 6));
    exif.extend(field(0x8298, 2, 9, copyright_at));
    exif.extend(field(0x8825, 4, 1, gps_at));
    exif.extend([0; 4]);
    exif.extend(b"somebody\0");
    exif.extend(1_u16.to_le_bytes());
    exif.extend(field(1, 2, 2, u32::from(b'N')));
    exif.extend([0; 4]);
    exif
}

fn animation() -> Result<Vec<u8>> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 8, 8);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_animated(3, 0)?;
    let mut writer = encoder.write_header()?;
    for shade in [0_u8, 90, 200] {
        writer.write_image_data(&[shade; 8 * 8 * 4])?;
    }
    writer.finish()?;
    Ok(file)
}
