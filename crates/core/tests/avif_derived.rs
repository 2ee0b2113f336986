//! AVIF images that are made of tiles or cropped, as phones and editors write them.

#![allow(clippy::pedantic, clippy::unwrap_used)]

mod support;

use planish::OptimizationError;
use support::{Picture, photo, run};

const LOSSLESS_AVIF: &str = r#"{"formats": ["avif"], "goal": "lossless"}"#;

fn put(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(8 + content.len() as u32).to_be_bytes()[..], kind, content].concat()
}

fn full(kind: &[u8; 4], version: u8, content: &[u8]) -> Vec<u8> {
    put(kind, &[&[version, 0, 0, 0], content].concat())
}

fn u16s(numbers: &[usize]) -> Vec<u8> {
    numbers.iter().flat_map(|&number| (number as u16).to_be_bytes()).collect()
}

fn u32s(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// The content of the first box of this kind, wherever it is.
fn content<'a>(file: &'a [u8], kind: &[u8; 4]) -> &'a [u8] {
    let at = file.windows(4).position(|window| window == kind).unwrap();
    let size = u32::from_be_bytes(file[at - 4..at].try_into().unwrap()) as usize;
    &file[at + 4..at - 4 + size]
}

/// An image of tiles, and what can be wrong with it.
#[derive(Clone)]
struct GridFile {
    size: (u32, u32),
    columns: usize,
    tile: (u32, u32),
    /// AVIF files of one tile each.
    tiles: Vec<Vec<u8>>,
    /// The same of alpha.
    alpha: Vec<Vec<u8>>,
    clap: Option<[u32; 8]>,
    /// Whether it is upside down.
    turned: bool,
}

impl GridFile {
    /// The picture in tiles, the last of which are filled up with gray.
    fn of(picture: &Picture, tile: (u32, u32)) -> Self {
        let count = picture.pixels.len() / (picture.width * picture.height) as usize;
        let (columns, rows) = (picture.width.div_ceil(tile.0), picture.height.div_ceil(tile.1));
        let mut tiles = Vec::new();
        for index in 0..columns * rows {
            let (left, top) = (index % columns * tile.0, index / columns * tile.1);
            let mut pixels = Vec::new();
            for y in top..top + tile.1 {
                for x in left..left + tile.0 {
                    let at = (y * picture.width + x) as usize * count;
                    let inside = x < picture.width && y < picture.height;
                    pixels.extend_from_slice(if inside {
                        &picture.pixels[at..at + count]
                    } else {
                        &[99; 3][..count]
                    });
                }
            }
            let part = Picture { width: tile.0, height: tile.1, color: picture.color, pixels };
            tiles.push(run(&part.to_png(None), LOSSLESS_AVIF).unwrap().bytes);
        }
        let size = (picture.width, picture.height);
        Self { size, columns: columns as usize, tile, tiles, alpha: Vec::new(), clap: None, turned: false }
    }

    fn bytes(&self) -> Vec<u8> {
        // Items: the grid, its tiles, and the same of alpha.
        let (count, alpha_count) = (self.tiles.len(), self.alpha.len());
        let alpha_grid = count + 2;
        let items = count + 1 + if alpha_count > 0 { alpha_count + 1 } else { 0 };
        let is_grid = |id: usize| id == 1 || id == alpha_grid;
        let infe = |id: usize| {
            let kind = if is_grid(id) { b"grid" } else { b"av01" };
            full(b"infe", 2, &[&u16s(&[id, 0])[..], kind, &[0]].concat())
        };
        let iinf = [u16s(&[items]), (1..=items).flat_map(infe).collect()].concat();
        let dimg = |grid: usize, tiles: usize| {
            let ids: Vec<usize> = (grid + 1..=grid + tiles).collect();
            put(b"dimg", &[u16s(&[grid, tiles]), u16s(&ids)].concat())
        };
        let mut iref = dimg(1, count);
        // ispe and colour of the image, of its tiles, of alpha's tiles; what alpha is.
        let mut properties = vec![
            full(b"ispe", 0, &u32s(&[self.size.0, self.size.1])),
            full(b"ispe", 0, &u32s(&[self.tile.0, self.tile.1])),
            put(b"av1C", content(&self.tiles[0], b"av1C")),
            put(b"colr", content(&self.tiles[0], b"colr")),
        ];
        let mut grid_properties = vec![1, 4];
        if let Some(clap) = self.clap {
            properties.push(put(b"clap", &u32s(&clap)));
            grid_properties.push(properties.len() as u8);
        }
        if self.turned {
            properties.push(put(b"irot", &[2]));
            grid_properties.push(properties.len() as u8);
        }
        let mut associations: Vec<(usize, Vec<u8>)> = vec![(1, grid_properties)];
        associations.extend((2..=count + 1).map(|id| (id, vec![2, 3, 4])));
        if alpha_count > 0 {
            iref.extend(dimg(alpha_grid, alpha_count));
            iref.extend(put(b"auxl", &u16s(&[alpha_grid, 1, 1])));
            properties.push(put(b"av1C", content(&self.alpha[0], b"av1C")));
            let coded = properties.len() as u8;
            properties.push(full(b"auxC", 0, b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"));
            associations.push((alpha_grid, vec![1, coded + 1]));
            associations.extend((alpha_grid + 1..=items).map(|id| (id, vec![2, coded])));
        }
        let ipma: Vec<u8> = associations
            .iter()
            .flat_map(|(id, list)| [u16s(&[*id]), vec![list.len() as u8], list.clone()].concat())
            .collect();
        let ipma = full(b"ipma", 0, &[u32s(&[associations.len() as u32]), ipma].concat());
        let iprp = [put(b"ipco", &properties.concat()), ipma].concat();
        let rows = count / self.columns;
        let description = [
            vec![0, 0, rows as u8 - 1, self.columns as u8 - 1],
            u16s(&[self.size.0 as usize, self.size.1 as usize]),
        ]
        .concat();
        let data = |id: usize| {
            if is_grid(id) {
                return description.clone();
            }
            let file = if id < alpha_grid { &self.tiles[id - 2] } else { &self.alpha[id - alpha_grid - 1] };
            content(file, b"mdat").to_vec()
        };
        let meta = |start: usize| {
            let mut at = start;
            let iloc = (1..=items).flat_map(|id| {
                let length = data(id).len();
                at += length;
                [u16s(&[id, 0, 1]), u32s(&[(at - length) as u32, length as u32])].concat()
            });
            let iloc = [vec![0x44, 0], u16s(&[items]), iloc.collect()].concat();
            let parts = [
                full(b"hdlr", 0, b"\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0"),
                full(b"pitm", 0, &[0, 1]),
                full(b"iloc", 0, &iloc),
                full(b"iinf", 0, &iinf),
                full(b"iref", 0, &iref),
                put(b"iprp", &iprp),
            ];
            full(b"meta", 0, &parts.concat())
        };
        let ftyp = put(b"ftyp", b"avif\0\0\0\0avifmif1miaf");
        let start = ftyp.len() + meta(0).len() + 8;
        let all: Vec<u8> = (1..=items).flat_map(data).collect();
        [ftyp, meta(start), put(b"mdat", &all)].concat()
    }
}

/// The part of a picture from this place.
fn cut(picture: &Picture, left: u32, top: u32, width: u32, height: u32) -> Picture {
    let row = |y: u32| {
        let start = ((y * picture.width + left) * 3) as usize;
        &picture.pixels[start..start + width as usize * 3]
    };
    let pixels = (top..top + height).flat_map(row).copied().collect();
    Picture { width, height, color: picture.color, pixels }
}

fn refused(file: &GridFile) -> OptimizationError {
    run(&file.bytes(), "{}").unwrap_err()
}

#[test]
fn tiles_make_one_picture() {
    let picture = photo(150, 100);
    for tile in [(64, 64), (150, 34), (75, 100)] {
        let file = GridFile::of(&picture, tile);
        assert_eq!(Picture::from_any(&file.bytes()), picture, "{tile:?}");
    }
    let mut turned = GridFile::of(&picture, (64, 64));
    turned.turned = true;
    let upside_down = Picture::from_any(&turned.bytes());
    assert_eq!(upside_down.rgba(149, 99), picture.rgba(0, 0));
}

#[test]
fn transparency_is_made_of_tiles_too() {
    let picture = photo(150, 100);
    let alpha: Vec<u8> = (0..150 * 100).map(|at| (at % 150 + 20) as u8).collect();
    let plane = Picture { color: png::ColorType::Grayscale, pixels: alpha.clone(), ..picture };
    let mut file = GridFile::of(&picture, (64, 64));
    file.alpha = GridFile::of(&plane, (64, 64)).tiles;
    let out = Picture::from_any(&file.bytes());
    let expected: Vec<u8> = picture
        .pixels
        .chunks_exact(3)
        .zip(alpha)
        .flat_map(|(rgb, alpha)| [rgb[0], rgb[1], rgb[2], alpha])
        .collect();
    assert_eq!(out.pixels, expected);
}

#[test]
fn the_clean_aperture_is_cut_out_before_turning() {
    let picture = photo(150, 100);
    let mut file = GridFile::of(&picture, (64, 64));
    // 100 × 60 whose centre is 5 to the right of the image's and 10 above it.
    file.clap = Some([100, 1, 60, 1, 5, 1, (-10i32) as u32, 1]);
    assert_eq!(Picture::from_any(&file.bytes()), cut(&picture, 30, 10, 100, 60));
    file.turned = true;
    let turned = Picture::from_any(&file.bytes());
    assert_eq!((turned.width, turned.height), (100, 60));
    assert_eq!(turned.rgba(0, 0), picture.rgba(129, 69));
    file.clap = Some([199, 2, 60, 1, 0, 1, 0, 1]);
    let error = refused(&file);
    assert_eq!(error.code(), "unsupported");
    assert!(error.to_string().contains("fractions of pixels"), "{error}");
}

#[test]
fn a_rewrite_without_loss_leaves_tiles_and_apertures_as_they_are() {
    let mut file = GridFile::of(&photo(150, 100), (64, 64));
    file.clap = Some([100, 1, 60, 1, 0, 1, 0, 1]);
    let bytes = file.bytes();
    let kept = run(&bytes, r#"{"goal": "lossless"}"#).unwrap();
    assert!(kept.result.lossless && kept.bytes.len() <= bytes.len());
    assert_eq!(Picture::from_any(&kept.bytes), Picture::from_any(&bytes));
}

#[test]
fn grids_that_do_not_fit_are_damaged() {
    let file = GridFile::of(&photo(150, 100), (64, 64));
    let damaged = |change: &dyn Fn(&mut GridFile)| {
        let mut changed = file.clone();
        change(&mut changed);
        let error = refused(&changed);
        assert_eq!(error.code(), "corrupt", "{error}");
        error.to_string()
    };
    assert!(damaged(&|file| file.size = (300, 100)).contains("do not make an image"));
    assert!(damaged(&|file| file.size = (128, 100)).contains("do not make an image"));
    assert!(damaged(&|file| file.tile = (100, 64)).contains("do not make an image"));
    assert!(damaged(&|file| file.tile = (65, 64)).contains("another size"));
    damaged(&|file| file.tiles[3] = run(&photo(80, 80).to_png(None), LOSSLESS_AVIF).unwrap().bytes);
    // Its own tiles, of which one is gray.
    let gray = Picture { color: png::ColorType::Grayscale, pixels: vec![9; 64 * 64], width: 64, height: 64 };
    let gray = run(&gray.to_png(None), LOSSLESS_AVIF).unwrap().bytes;
    assert!(damaged(&|file| file.tiles[3] = gray.clone()).contains("coded differently"));
}

#[test]
fn limits_hold_for_the_whole_grid_and_for_each_tile() {
    let mut file = GridFile::of(&photo(64, 64), (64, 64));
    (file.size, file.tile) = ((20_000, 20_000), (20_000, 20_000));
    assert_eq!(refused(&file).code(), "limit_exceeded");
    file.size = (64, 64);
    assert_eq!(refused(&file).code(), "limit_exceeded");
}
