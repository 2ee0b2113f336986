//! BMPs of all codings, and icons of bitmaps and PNGs.

/// Width and height of all of them in pixels.
const WIDTH: i32 = 10;
const HEIGHT: i32 = 6;

/// `biCompression`.
const RGB: u32 = 0;
const RLE8: u32 = 1;
const RLE4: u32 = 2;
const BITFIELDS: u32 = 3;

pub(crate) fn all() -> Vec<Vec<u8>> {
    let rows = |bits: usize| noise((WIDTH as usize * bits).div_ceil(32) * 4 * HEIGHT as usize);
    let palette = noise(16 * 4);
    let masks: Vec<u8> = [0xf800_u32, 0x07e0, 0x001f].iter().flat_map(|mask| mask.to_le_bytes()).collect();
    // A run, three pixels one by one and a byte to even their number, the line's end, a step, the picture's end.
    let runs = [[4, 1], [0, 3], [1, 2], [3, 0], [0, 0], [0, 2], [1, 1], [2, 3], [0, 1]].concat();
    let mut made = vec![
        bmp(HEIGHT, 1, RGB, &[], &palette[..8], &rows(1)),
        bmp(HEIGHT, 4, RGB, &[], &palette, &rows(4)),
        bmp(HEIGHT, 8, RGB, &[], &palette, &rows(8)),
        bmp(HEIGHT, 16, RGB, &[], &[], &rows(16)),
        bmp(HEIGHT, 16, BITFIELDS, &masks, &[], &rows(16)),
        bmp(HEIGHT, 24, RGB, &[], &[], &rows(24)),
        bmp(-HEIGHT, 32, RGB, &[], &[], &rows(32)),
        bmp(HEIGHT, 8, RLE8, &[], &palette, &runs),
        bmp(HEIGHT, 4, RLE4, &[], &palette, &runs),
    ];
    // An icon's bitmaps have no file header, and a mask below the picture.
    let mask = noise(4 * HEIGHT as usize);
    let images: Vec<Vec<u8>> = [4_u16, 24, 32]
        .into_iter()
        .map(|bits| {
            let palette: &[u8] = if bits == 4 { &palette } else { &[] };
            let stored = [rows(usize::from(bits)), mask.clone()].concat();
            dib(HEIGHT * 2, bits, RGB, &[], palette, &stored)
        })
        .collect();
    let png = super::pictures::all().ok().and_then(|pictures| pictures.into_iter().next_back());
    made.push(icon(&images));
    made.push(icon(&images.into_iter().chain(png).collect::<Vec<_>>()));
    made
}

/// Bytes that look like nothing, the same every time.
fn noise(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 167 % 253) as u8).collect()
}

fn dib(height: i32, bits: u16, compression: u32, masks: &[u8], palette: &[u8], stored: &[u8]) -> Vec<u8> {
    let mut dib = 40_u32.to_le_bytes().to_vec();
    dib.extend(WIDTH.to_le_bytes());
    dib.extend(height.to_le_bytes());
    dib.extend([1, 0]);
    dib.extend(bits.to_le_bytes());
    dib.extend(compression.to_le_bytes());
    dib.resize(32, 0);
    dib.extend((palette.len() as u32 / 4).to_le_bytes());
    dib.resize(40, 0);
    [&dib, masks, palette, stored].concat()
}

fn bmp(height: i32, bits: u16, compression: u32, masks: &[u8], palette: &[u8], stored: &[u8]) -> Vec<u8> {
    let dib = dib(height, bits, compression, masks, palette, stored);
    let mut file = b"BM".to_vec();
    file.extend((14 + dib.len() as u32).to_le_bytes());
    file.extend([0; 4]);
    file.extend((14 + (dib.len() - stored.len()) as u32).to_le_bytes());
    file.extend(dib);
    file
}

fn icon(images: &[Vec<u8>]) -> Vec<u8> {
    let mut file = vec![0, 0, 1, 0, images.len() as u8, 0];
    let mut offset = 6 + 16 * images.len() as u32;
    for image in images {
        file.extend([WIDTH as u8, HEIGHT as u8, 0, 0, 1, 0, 32, 0]);
        file.extend((image.len() as u32).to_le_bytes());
        file.extend(offset.to_le_bytes());
        offset += image.len() as u32;
    }
    images.iter().for_each(|image| file.extend(image));
    file
}
