//! Which images are used, and how they are made ready.

use crate::Failure;
use crate::machine::cores;
use crate::measure::parallel;
use crate::options::Options;
use crate::scenes::{self, Scene};
use planish::{Format, ImageSettings, OptimizeContext, SettingsLayer, optimize, sniff};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// In quick mode, of the photos sorted by name, the first and every fourth after it is used.
const QUICK_PHOTO_STEP: usize = 4;
/// The same for graphics.
const QUICK_GRAPHIC_STEP: usize = 4;
/// In quick mode photos are scaled down to at most this many pixels.
const QUICK_PHOTO_PIXELS: f64 = 4e5;
/// A lossy original is scaled down to at most this part of its pixels: its own artefacts vanish.
const LOSSY_ORIGINAL_PART: f64 = 0.25;
/// In quick mode graphics outside this range of pixels are left out; none is ever scaled.
const QUICK_GRAPHIC_PIXELS: std::ops::RangeInclusive<u64> = 10_000..=1_000_000;

/// Photo or graphic, by the folder it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Continuous tones.
    Photo,
    /// Drawn or rendered.
    Graphic,
}

impl Kind {
    /// As reports spell it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Graphic => "graphic",
        }
    }
}

/// An image, ready.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Input {
    /// Its name below the corpus.
    pub(crate) name: String,
    /// Photo or graphic.
    pub(crate) kind: Kind,
    /// Width in pixels, as measured.
    pub(crate) width: u32,
    /// Height in pixels, as measured.
    pub(crate) height: u32,
    /// Whether transparency is in use.
    pub(crate) transparent: bool,
    /// The prepared PNG: 8 bits, sRGB, upright, no metadata.
    #[serde(skip)]
    pub(crate) path: PathBuf,
    /// The original, where it is a PNG: what lossless tools get.
    #[serde(skip)]
    pub(crate) original_png: Option<PathBuf>,
}

/// The images, and what was left out.
#[derive(Debug)]
pub(crate) struct Inputs {
    /// Where they come from: the folder's name, or `generated`.
    pub(crate) source: String,
    /// Ready to use.
    pub(crate) images: Vec<Input>,
    /// Names, and why planish cannot read them.
    pub(crate) left_out: Vec<(String, String)>,
}

/// How images are chosen and scaled, in a sentence for the report.
pub(crate) fn rule(full: bool) -> String {
    if full {
        return "all images at their full size; converted to sRGB, 8 bits, upright, as PNG".into();
    }
    format!(
        "photos: of all sorted by name, every {QUICK_PHOTO_STEP}th from the first, scaled down in linear light to at \
         most {:.1} MP, lossy originals also to at most a quarter of their pixels; graphics: every \
         {QUICK_GRAPHIC_STEP}th of those with {:.2} to {:.0} MP, never scaled; converted to sRGB, 8 bits, upright, as PNG",
        QUICK_PHOTO_PIXELS / 1e6,
        *QUICK_GRAPHIC_PIXELS.start() as f64 / 1e6,
        *QUICK_GRAPHIC_PIXELS.end() as f64 / 1e6,
    )
}

/// Chooses images and writes them as PNGs into the work folder.
pub(crate) fn prepare(options: &Options) -> Result<Inputs, Failure> {
    let folder = options.work.join("inputs");
    std::fs::create_dir_all(&folder)?;
    let Some(corpus) = &options.corpus else { return generated(&folder, options.full) };
    let mut chosen = Vec::new();
    for (kind, name) in [(Kind::Photo, "photos"), (Kind::Graphic, "graphics")] {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(corpus.join(name))
            .map_err(|error| format!("expected a folder {name}/ in the corpus: {error}"))?
        {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                names.push(format!("{name}/{}", entry.file_name().to_string_lossy()));
            }
        }
        names.sort_unstable();
        if !options.full {
            names = match kind {
                Kind::Photo => names.into_iter().step_by(QUICK_PHOTO_STEP).collect(),
                Kind::Graphic => {
                    names.retain(|name| {
                        png_pixels(&corpus.join(name)).is_none_or(|n| QUICK_GRAPHIC_PIXELS.contains(&n))
                    });
                    names.into_iter().step_by(QUICK_GRAPHIC_STEP).collect()
                }
            };
        }
        chosen.extend(names.into_iter().map(|name| (kind, name)));
    }
    let prepared = parallel(&chosen, cores(), |index, (kind, name)| {
        prepare_one(corpus, name, *kind, &folder.join(format!("{index}.png")), options.full)
    });
    let (mut images, mut left_out) = (Vec::new(), Vec::new());
    for ((_, name), result) in chosen.into_iter().zip(prepared) {
        match result {
            Ok(image) => images.push(image),
            Err(error) => left_out.push((name, error.to_string())),
        }
    }
    let source = corpus.canonicalize()?.file_name().map_or_else(String::new, |n| n.to_string_lossy().into());
    Ok(Inputs { source, images, left_out })
}

/// Made-up images, in both modes all of them; larger ones in full mode.
fn generated(folder: &Path, full: bool) -> Result<Inputs, Failure> {
    let (width, height) = if full { (1920, 1280) } else { (768, 512) };
    let photos = scenes::photos(width, height).into_iter().map(|scene| (Kind::Photo, "photos", scene));
    let graphics =
        scenes::graphics(width, height).into_iter().map(|scene| (Kind::Graphic, "graphics", scene));
    let mut images = Vec::new();
    for (index, (kind, place, scene)) in photos.chain(graphics).enumerate() {
        let path = folder.join(format!("{index}.png"));
        std::fs::write(&path, encode_png(&scene)?)?;
        images.push(Input {
            name: format!("{place}/{}.png", scene.name),
            kind,
            width: scene.width,
            height: scene.height,
            transparent: scene.channels == 4,
            original_png: Some(path.clone()),
            path,
        });
    }
    Ok(Inputs { source: "generated".into(), images, left_out: Vec::new() })
}

fn prepare_one(corpus: &Path, name: &str, kind: Kind, path: &Path, full: bool) -> Result<Input, Failure> {
    let original = corpus.join(name);
    let bytes = std::fs::read(&original)?;
    let format = sniff(&bytes)?;
    let converted = run(&bytes, "{}")?;
    let converted = match (kind, full) {
        (Kind::Photo, false) => {
            let (width, height) = size(&converted)?;
            let limit = if format == Format::Png { 1.0 } else { LOSSY_ORIGINAL_PART };
            let pixels = f64::from(width) * f64::from(height);
            let scale = (QUICK_PHOTO_PIXELS / pixels).min(limit).sqrt();
            if scale < 1.0 {
                let width = (f64::from(width) * scale).floor().max(1.0);
                run(&converted, &format!(r#"{{"resize": {{"width": {width}}}}}"#))?
            } else {
                converted
            }
        }
        _ => converted,
    };
    let scene = plain(&converted)?;
    std::fs::write(path, encode_png(&scene)?)?;
    Ok(Input {
        name: name.into(),
        kind,
        width: scene.width,
        height: scene.height,
        transparent: scene.channels == 4,
        path: path.into(),
        original_png: (format == Format::Png).then_some(original),
    })
}

/// The picture as a PNG in sRGB, changed as the settings say.
fn run(bytes: &[u8], settings: &str) -> Result<Vec<u8>, Failure> {
    let base = r#"{"goal": "lossless", "formats": ["png"], "effort": 1, "color": "srgb"}"#;
    let layers: [SettingsLayer; 2] = [serde_json::from_str(base)?, serde_json::from_str(settings)?];
    Ok(optimize(bytes, &ImageSettings::resolve(&layers), &OptimizeContext::default())?.bytes)
}

fn size(png: &[u8]) -> Result<(u32, u32), Failure> {
    let reader = png::Decoder::new(std::io::Cursor::new(png)).read_info()?;
    Ok((reader.info().width, reader.info().height))
}

/// Pixels of a PNG file by its header; `None` for anything else.
fn png_pixels(path: &Path) -> Option<u64> {
    let file = std::io::BufReader::new(std::fs::File::open(path).ok()?);
    let reader = png::Decoder::new(file).read_info().ok()?;
    Some(u64::from(reader.info().width) * u64::from(reader.info().height))
}

/// A PNG's pixels as RGB, or RGBA where transparency is in use, in 8 bits.
fn plain(png: &[u8]) -> Result<Scene, Failure> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info()?;
    let mut raw = vec![0; reader.output_buffer_size().ok_or("the PNG is too large")?];
    let info = reader.next_frame(&mut raw)?;
    raw.truncate(info.buffer_size());
    let samples: Vec<u8> = if info.bit_depth == png::BitDepth::Sixteen {
        let value = |pair: &[u8]| u32::from(u16::from_be_bytes([pair[0], pair[1]]));
        raw.chunks_exact(2).map(|pair| ((value(pair) + 128) / 257) as u8).collect()
    } else {
        raw
    };
    let rgba: Vec<[u8; 4]> = match info.color_type {
        png::ColorType::Grayscale => samples.iter().map(|&v| [v, v, v, 255]).collect(),
        png::ColorType::GrayscaleAlpha => samples.chunks_exact(2).map(|p| [p[0], p[0], p[0], p[1]]).collect(),
        png::ColorType::Rgb => samples.chunks_exact(3).map(|p| [p[0], p[1], p[2], 255]).collect(),
        png::ColorType::Rgba => samples.chunks_exact(4).map(|p| [p[0], p[1], p[2], p[3]]).collect(),
        png::ColorType::Indexed => return Err("the PNG's palette was not expanded".into()),
    };
    let channels = if rgba.iter().any(|pixel| pixel[3] < 255) { 4 } else { 3 };
    let pixels = rgba.iter().flat_map(|pixel| pixel.iter().copied().take(channels)).collect();
    Ok(Scene { name: "", width: info.width, height: info.height, channels, pixels })
}

fn encode_png(scene: &Scene) -> Result<Vec<u8>, Failure> {
    let mut info = png::Info::with_size(scene.width, scene.height);
    info.color_type = if scene.channels == 4 { png::ColorType::Rgba } else { png::ColorType::Rgb };
    info.bit_depth = png::BitDepth::Eight;
    let mut bytes = Vec::new();
    let mut writer = png::Encoder::with_info(&mut bytes, info)?.write_header()?;
    writer.write_image_data(&scene.pixels)?;
    writer.finish()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_survive_the_way_through_png_and_lose_an_alpha_that_says_nothing() {
        for scene in scenes::graphics(48, 32) {
            let again = plain(&run(&encode_png(&scene).unwrap(), "{}").unwrap()).unwrap();
            assert_eq!(
                (again.width, again.height, again.channels),
                (scene.width, scene.height, scene.channels)
            );
            let visible = |scene: &Scene| {
                let pixels = scene.pixels.chunks_exact(scene.channels);
                pixels.filter(|p| p.get(3) != Some(&0)).map(<[u8]>::to_vec).collect::<Vec<_>>()
            };
            assert_eq!(visible(&again), visible(&scene));
        }
        let opaque = Scene { name: "", width: 1, height: 1, channels: 4, pixels: vec![1, 2, 3, 255] };
        assert_eq!(plain(&encode_png(&opaque).unwrap()).unwrap().pixels, [1, 2, 3]);
    }
}
