//! Stage 3: what kind of image this is. Cheap and deterministic.

mod statistics;

use crate::pixels::{Channels, PixelBuffer, Samples};
use serde::Serialize;
use statistics::Statistics;
use std::collections::HashSet;

/// What analysis found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ImageTraits {
    /// Photo or graphic.
    pub(crate) kind: ImageKind,
    /// What kind of graphic, or a photo.
    pub(crate) content: Content,
    /// Number of distinct colours (with alpha), where there are at most 256.
    pub(crate) colors: Option<u16>,
    /// Transparency in use.
    pub(crate) alpha: AlphaKind,
    /// Whether red, green and blue are equal everywhere.
    pub(crate) gray: bool,
    /// How sharp colour edges are: mean chroma step between neighbouring pixels, 0 to 255. Photos lie below
    /// about 3; saturated line art far above.
    pub(crate) chroma_detail: f32,
    /// Deviation of the noise, in 8-bit levels of luma: 0 for clean graphics, about 1 to 3 for photos, more for
    /// grain. Fine texture counts as noise, too.
    pub(crate) noise: f32,
    /// Share of neighbouring pixels that differ by 48 levels of luma or more, 0 to 1. Photos lie below 0.1.
    pub(crate) edges: f32,
}

/// Photo or graphic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ImageKind {
    /// Continuous tones and noise.
    Photo,
    /// Flat areas and few colours: screenshots, logos, line art.
    Graphic,
}

/// What an image shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Continuous tones and noise.
    Photo,
    /// Logos, icons, clip art, diagrams with areas of colour and gradients.
    Graphic,
    /// Letters and straight lines on even ground: windows, pages of text, tables.
    Screenshot,
    /// Hardly more than ink on a ground.
    LineArt,
}

/// How transparency is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AlphaKind {
    /// Opaque everywhere, with or without an alpha channel.
    None,
    /// Only fully opaque and fully transparent pixels.
    Binary,
    /// In-between values.
    Full,
}

/// An image counts as a graphic when this share of pixels equals its neighbours.
const FLAT_SHARE: f32 = 0.35;
/// Above this noise it takes more to be a graphic: clipped skies and blurred grounds of photos are flat, too.
const CLEAN: f32 = 0.1;
const FLAT_SHARE_NOISY: f32 = 0.6;
/// With transparency it takes less: icons and cut-outs.
const FLAT_SHARE_TRANSPARENT: f32 = 0.2;
/// Line art: this share of pixels in two shades.
const LINE_ART_SHARE: f32 = 0.9;
/// Line art has hardly any colour: the largest mean chroma step.
const LINE_ART_CHROMA: f32 = 0.5;
/// Screenshots: this share of the squares that are not flat have letters or lines in them.
const LETTERED_SHARE: f32 = 0.25;
/// Screenshots: this share of pixels equals its neighbours. Icons are too small for it.
const FLAT_SHARE_SCREENSHOT: f32 = 0.5;

/// The traits of an image.
pub(crate) fn analyse(image: &PixelBuffer) -> ImageTraits {
    match image.samples() {
        Samples::U8(samples) => analyse_samples(image, samples, |v| v),
        Samples::U16(samples) => analyse_samples(image, samples, |v| (v >> 8) as u8),
    }
}

/// The loops are compiled for each number of samples in a pixel.
fn analyse_samples<T: Copy + PartialEq + Bounded + Into<u64>>(
    image: &PixelBuffer,
    samples: &[T],
    to_byte: impl Fn(T) -> u8 + Copy,
) -> ImageTraits {
    match image.channels() {
        Channels::Gray => analyse_pixels(image, samples.as_chunks::<1>().0, to_byte),
        Channels::GrayAlpha => analyse_pixels(image, samples.as_chunks::<2>().0, to_byte),
        Channels::Rgb => analyse_pixels(image, samples.as_chunks::<3>().0, to_byte),
        Channels::Rgba => analyse_pixels(image, samples.as_chunks::<4>().0, to_byte),
    }
}

fn analyse_pixels<T: Copy + PartialEq + Bounded + Into<u64>, const N: usize>(
    image: &PixelBuffer,
    pixels: &[[T; N]],
    to_byte: impl Fn(T) -> u8 + Copy,
) -> ImageTraits {
    let gray = N < 3 || pixels.iter().all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]);
    let colors = count_colors(pixels);
    let statistics = Statistics::of(pixels, image.width() as usize, to_byte, |alpha| alpha == T::MIN);
    let share = |part: u64, of: u64| part as f32 / of.max(1) as f32;
    let chroma_detail = share(statistics.chroma, statistics.row_pairs) / 2.0;
    let alpha = alpha_kind(pixels);
    let content = content(&statistics, colors, alpha, gray, chroma_detail);
    ImageTraits {
        kind: if content == Content::Photo { ImageKind::Photo } else { ImageKind::Graphic },
        content,
        colors,
        alpha,
        gray,
        chroma_detail,
        noise: statistics.noise(),
        edges: share(statistics.edges, statistics.pairs),
    }
}

fn content(
    statistics: &Statistics,
    colors: Option<u16>,
    alpha: AlphaKind,
    gray: bool,
    chroma_detail: f32,
) -> Content {
    let share = |part: u64, of: u64| part as f32 / of.max(1) as f32;
    let flat = share(statistics.flat, statistics.pairs);
    let enough = if alpha != AlphaKind::None {
        FLAT_SHARE_TRANSPARENT
    } else if statistics.noise() > CLEAN {
        FLAT_SHARE_NOISY
    } else {
        FLAT_SHARE
    };
    // Every gray image has few colours.
    let few_colors = colors.is_some() && !gray;
    if !few_colors && flat < enough {
        return Content::Photo;
    }
    if statistics.common_luma(2) >= LINE_ART_SHARE && chroma_detail <= LINE_ART_CHROMA {
        return Content::LineArt;
    }
    if flat >= FLAT_SHARE_SCREENSHOT && share(statistics.lettered, statistics.blocks) >= LETTERED_SHARE {
        return Content::Screenshot;
    }
    Content::Graphic
}

/// The largest value of a sample type.
trait Bounded {
    const MAX: Self;
    const MIN: Self;
}

impl Bounded for u8 {
    const MAX: Self = Self::MAX;
    const MIN: Self = Self::MIN;
}

impl Bounded for u16 {
    const MAX: Self = Self::MAX;
    const MIN: Self = Self::MIN;
}

fn alpha_kind<T: Copy + PartialEq + Bounded, const N: usize>(pixels: &[[T; N]]) -> AlphaKind {
    if !N.is_multiple_of(2) {
        return AlphaKind::None;
    }
    let mut kind = AlphaKind::None;
    for pixel in pixels {
        let alpha = pixel[N - 1];
        if alpha == T::MIN {
            kind = AlphaKind::Binary;
        } else if alpha != T::MAX {
            return AlphaKind::Full;
        }
    }
    kind
}

/// Distinct pixel values, given up beyond 256.
fn count_colors<T: Copy + PartialEq + Into<u64>, const N: usize>(pixels: &[[T; N]]) -> Option<u16> {
    let mut seen = HashSet::new();
    let mut last = None;
    for pixel in pixels {
        let value = pixel.iter().fold(0u64, |value, &sample| value << 16 | sample.into());
        if last == Some(value) {
            continue;
        }
        last = Some(value);
        if seen.insert(value) && seen.len() > 256 {
            return None;
        }
    }
    Some(seen.len() as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(channels: Channels, samples: Vec<u8>) -> ImageTraits {
        let width = samples.len() / channels.count();
        analyse(&PixelBuffer::new(width as u32, 1, channels, Samples::U8(samples)).unwrap())
    }

    #[test]
    fn alpha_is_none_binary_or_full() {
        let alpha = |values: &[u8]| {
            image(Channels::GrayAlpha, values.iter().flat_map(|&alpha| [0, alpha]).collect()).alpha
        };
        assert_eq!(alpha(&[255, 255]), AlphaKind::None);
        assert_eq!(alpha(&[255, 0, 255]), AlphaKind::Binary);
        assert_eq!(alpha(&[255, 0, 7]), AlphaKind::Full);
    }

    #[test]
    fn noise_is_a_photo_and_stripes_are_a_graphic() {
        let mut state = 1u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(3000)
        .collect();
        assert_eq!(image(Channels::Rgb, noise).kind, ImageKind::Photo);
        let stripes = (0..3000).map(|i| if i / 30 % 2 == 0 { 0 } else { 255 }).collect();
        let traits = image(Channels::Rgb, stripes);
        assert_eq!((traits.kind, traits.colors, traits.gray), (ImageKind::Graphic, Some(2), true));
    }

    fn picture(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 3]) -> PixelBuffer {
        let samples = (0..height).flat_map(|y| (0..width).flat_map(move |x| [x, y]).collect::<Vec<_>>());
        let at: Vec<u32> = samples.collect();
        let samples = at.chunks_exact(2).flat_map(|at| pixel(at[0], at[1])).collect();
        PixelBuffer::new(width, height, Channels::Rgb, Samples::U8(samples)).unwrap()
    }

    /// Letters, more or less: strokes of two pixels in rows.
    fn is_ink(x: u32, y: u32) -> bool {
        y % 20 >= 6 && y % 20 < 16 && (x % 9 < 2 || y % 20 == 10 && x % 9 < 6) && x % 70 < 58
    }

    #[test]
    fn text_is_a_screenshot_and_a_single_line_on_paper_is_line_art() {
        let text = picture(300, 200, |x, y| match (x < 60, y < 40, is_ink(x, y)) {
            (true, ..) => [200, 206, 215],
            (_, _, true) => [20, 20, 20],
            (_, true, _) => [90, 130, 220],
            _ => [255; 3],
        });
        assert_eq!(analyse(&text).content, Content::Screenshot);
        let line = picture(300, 200, |x, y| if x.abs_diff(y) < 2 { [0; 3] } else { [255; 3] });
        let traits = analyse(&line);
        assert_eq!((traits.content, traits.kind, traits.noise), (Content::LineArt, ImageKind::Graphic, 0.0));
    }

    #[test]
    fn noise_is_estimated_within_a_fifth() {
        let mut state = 1u32;
        for deviation in [2.0f32, 5.0, 12.0] {
            let samples: Vec<u8> = (0..300 * 200)
                .map(|index| {
                    // The sum of twelve uniform numbers has a deviation of 1.
                    let normal: f32 = (0..12)
                        .map(|_| {
                            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
                        })
                        .sum();
                    let ramp = (index % 300) as f32 * 0.4;
                    (70.0 + ramp + normal * deviation).round() as u8
                })
                .collect();
            let image = PixelBuffer::new(300, 200, Channels::Gray, Samples::U8(samples)).unwrap();
            let noise = analyse(&image).noise;
            assert!((noise / deviation - 1.0).abs() < 0.2, "{deviation}: {noise}");
        }
    }

    #[test]
    fn hidden_colors_are_no_texture() {
        let samples = (0..64 * 64u32)
            .flat_map(|index| [index as u8, (index * 7) as u8, (index * 13) as u8, 0])
            .collect();
        let image = PixelBuffer::new(64, 64, Channels::Rgba, Samples::U8(samples)).unwrap();
        let traits = analyse(&image);
        assert_eq!((traits.kind, traits.noise, traits.chroma_detail), (ImageKind::Graphic, 0.0, 0.0));
    }

    #[test]
    fn red_text_on_black_has_the_sharpest_chroma() {
        let text = picture(300, 200, |x, y| if is_ink(x, y) { [255, 0, 0] } else { [0; 3] });
        let traits = analyse(&text);
        assert_eq!(traits.kind, ImageKind::Graphic);
        assert!(traits.chroma_detail > 8.0, "{}", traits.chroma_detail);
    }

    /// Prints what is found in the corpus beside the repository, if it is there.
    #[test]
    #[ignore = "prints figures"]
    fn corpus() {
        use crate::context::OptimizeContext;
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
        for folder in ["photos", "graphics"] {
            let Ok(files) = std::fs::read_dir(format!("{root}/{folder}")) else { continue };
            let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
            files.sort();
            for path in files {
                let bytes = std::fs::read(&path).unwrap();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                let Ok(format) = crate::sniff(&bytes) else { continue };
                let Ok(image) = crate::decode::decode(&bytes, format, &OptimizeContext::default()) else {
                    continue;
                };
                let start = std::time::Instant::now();
                let traits = analyse(&image.pixels);
                let ms = start.elapsed().as_secs_f64() * 1e3;
                let Samples::U8(samples) =
                    image.pixels.to_8_bit().unwrap_or(image.pixels.clone()).into_samples()
                else {
                    continue;
                };
                let channels = image.pixels.channels();
                let width = image.pixels.width() as usize;
                let s = match channels {
                    Channels::Gray => Statistics::of(samples.as_chunks::<1>().0, width, |v| v, |v| v == 0),
                    Channels::GrayAlpha => {
                        Statistics::of(samples.as_chunks::<2>().0, width, |v| v, |v| v == 0)
                    }
                    Channels::Rgb => Statistics::of(samples.as_chunks::<3>().0, width, |v| v, |v| v == 0),
                    Channels::Rgba => Statistics::of(samples.as_chunks::<4>().0, width, |v| v, |v| v == 0),
                };
                let share = |part: u64, of: u64| part as f32 / of.max(1) as f32;
                println!(
                    "{folder:9}{name:52}{:?} flat {:.2} tones {:.2} edges {:.3} noise {:.2} chroma {:.1} two {:.2} eight {:.2} lettered {:.2} colors {:?} gray {} {:.1} ms/MP",
                    traits.content,
                    share(s.flat, s.pairs),
                    share(s.tones, s.pairs),
                    traits.edges,
                    traits.noise,
                    traits.chroma_detail,
                    s.common_luma(2),
                    s.common_luma(8),
                    share(s.lettered, s.blocks),
                    traits.colors,
                    traits.gray,
                    ms / (image.pixels.pixel_count() as f64 / 1e6),
                );
            }
        }
    }
}
