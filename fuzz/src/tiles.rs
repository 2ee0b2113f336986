//! AVIF images of four tiles: the tiles are whole, how they are put together is the fuzzer's.

use planish::{ImageSettings, OptimizeContext, SettingsLayer, optimize};
use std::sync::OnceLock;

/// Where the tiles begin; what describes them has room before it.
const TILES_AT: usize = 2048;
/// Bytes of a box's size and kind.
const BOX: usize = 8;
/// Tiles in a row, and rows.
const COLUMNS: usize = 2;
const ROWS: usize = 2;
/// Edge of a tile in pixels.
const EDGE: u32 = 64;

/// An AVIF of one tile.
fn tile() -> &'static [u8] {
    static TILE: OnceLock<Vec<u8>> = OnceLock::new();
    TILE.get_or_init(|| {
        let pixels: Vec<u8> = (0..EDGE * EDGE * 3).map(|at| (at / 5 % 211) as u8).collect();
        let mut picture = Vec::new();
        let mut encoder = png::Encoder::new(&mut picture, EDGE, EDGE);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header().expect("memory").write_image_data(&pixels).expect("memory");
        let layer = r#"{"formats": ["avif"], "goal": {"quality": 60}, "effort": 1}"#;
        let layer: SettingsLayer = serde_json::from_str(layer).expect("a layer");
        let settings = ImageSettings::resolve([&layer]);
        optimize(&picture, &settings, &OptimizeContext::default()).expect("libaom takes it").bytes
    })
}

/// A file that begins like this, with the tiles at their place; `None` where there is no room.
pub fn behind(head: &[u8]) -> Option<Vec<u8>> {
    let gap = TILES_AT.checked_sub(BOX * 2 + head.len())?;
    let mut file = head.to_vec();
    file.extend(boxed(b"free", &vec![0; gap]));
    file.extend(boxed(b"mdat", &content(tile(), b"mdat").repeat(COLUMNS * ROWS)));
    Some(file)
}

/// The beginning of a file that [`behind`] makes whole.
pub fn head() -> Vec<u8> {
    let length = content(tile(), b"mdat").len();
    let items = COLUMNS * ROWS + 1;
    let (edge_x, edge_y) = (EDGE * COLUMNS as u32 - 9, EDGE * ROWS as u32 - 5);
    let infe = |id: usize| {
        let kind = if id == 1 { b"grid" } else { b"av01" };
        full(b"infe", 2, &[&u16s(&[id, 0])[..], kind, &[0]].concat())
    };
    // The grid's description is the content of idat, the tiles lie behind everything.
    let iloc = |id: usize| match id {
        1 => [u16s(&[1, 1, 0, 1]), u32s(&[0, 8])].concat(),
        id => [u16s(&[id, 0, 0, 1]), u32s(&[(TILES_AT + (id - 2) * length) as u32, length as u32])].concat(),
    };
    let ids: Vec<usize> = (2..=items).collect();
    let properties = [
        full(b"ispe", 0, &u32s(&[edge_x, edge_y])),
        full(b"ispe", 0, &u32s(&[EDGE, EDGE])),
        boxed(b"av1C", content(tile(), b"av1C")),
        boxed(b"colr", content(tile(), b"colr")),
    ];
    let of_tiles = ids.iter().flat_map(|&id| [u16s(&[id]), vec![3, 2, 3, 4]].concat()).collect();
    let ipma = [u32s(&[items as u32]), [u16s(&[1]), vec![2, 1, 4]].concat(), of_tiles].concat();
    let grid =
        [vec![0, 0, ROWS as u8 - 1, COLUMNS as u8 - 1], u16s(&[edge_x as usize, edge_y as usize])].concat();
    let parts = [
        full(b"hdlr", 0, b"\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        full(b"pitm", 0, &[0, 1]),
        full(b"iloc", 1, &[vec![0x44, 0], u16s(&[items]), (1..=items).flat_map(iloc).collect()].concat()),
        full(b"iinf", 0, &[u16s(&[items]), (1..=items).flat_map(infe).collect()].concat()),
        full(b"iref", 0, &boxed(b"dimg", &[u16s(&[1, ids.len()]), u16s(&ids)].concat())),
        boxed(b"iprp", &[boxed(b"ipco", &properties.concat()), full(b"ipma", 0, &ipma)].concat()),
        boxed(b"idat", &grid),
    ];
    [boxed(b"ftyp", b"avif\0\0\0\0avifmif1miaf"), full(b"meta", 0, &parts.concat())].concat()
}

fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&((BOX + content.len()) as u32).to_be_bytes()[..], kind, content].concat()
}

fn full(kind: &[u8; 4], version: u8, content: &[u8]) -> Vec<u8> {
    boxed(kind, &[&[version, 0, 0, 0], content].concat())
}

fn u16s(numbers: &[usize]) -> Vec<u8> {
    numbers.iter().flat_map(|&number| (number as u16).to_be_bytes()).collect()
}

fn u32s(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// The content of the first box of this kind, wherever it is.
fn content<'a>(file: &'a [u8], kind: &[u8; 4]) -> &'a [u8] {
    let at = file.windows(4).position(|window| window == kind).expect("planish writes it");
    let size = u32::from_be_bytes([file[at - 4], file[at - 3], file[at - 2], file[at - 1]]) as usize;
    &file[at + 4..at - 4 + size]
}
