//! Writes APNGs without loss: rectangles that change, in the narrowest kind of pixels that holds all frames, and
//! then everything through oxipng.

use super::changes::{Rect, changed, patch};
use super::prepared::{Preparation, play};
use super::survey::Survey;
use super::{Delay, FrameStream, Source};
use crate::analyse::{AlphaKind, ImageKind};
use crate::context::OptimizeContext;
use crate::encode::{EncoderKind, oxipng_options};
use crate::error::OptimizationError;
use crate::metadata::Metadata;
use oxipng::StripChunks;
use png::{BitDepth, BlendOp, ColorType, Compression, DisposeOp, Encoder, Filter, Info};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Chunks that make an animation, and those that change how it looks.
const KEPT_CHUNKS: [[u8; 4]; 11] = [
    *b"acTL", *b"fcTL", *b"fdAT", *b"cICP", *b"mDCV", *b"cLLI", *b"sRGB", *b"gAMA", *b"cHRM", *b"pHYs",
    *b"sBIT",
];

/// The pixels of the file.
struct Layout {
    color: ColorType,
    depth: BitDepth,
    /// Index of each colour, where there is a palette.
    index: HashMap<[u8; 4], u8>,
    palette: Vec<[u8; 4]>,
}

impl Layout {
    fn new(survey: &Survey) -> Self {
        let none = Self {
            color: if survey.alpha == AlphaKind::None { ColorType::Rgb } else { ColorType::Rgba },
            depth: BitDepth::Eight,
            index: HashMap::new(),
            palette: Vec::new(),
        };
        let Some(colors) = &survey.colors else { return none };
        let mut palette = colors.clone();
        let transparent = [0; 4];
        // Transparent entries first: tRNS ends with the last that is not opaque. Frames are drawn with holes, so
        // a transparent colour is wanted even in an opaque animation.
        if !palette.contains(&transparent) {
            palette.push(transparent);
        }
        palette.sort_by_key(|color| color[3]);
        if palette.len() > 256 {
            return none;
        }
        let depth = match palette.len() {
            0..=2 => BitDepth::One,
            3..=4 => BitDepth::Two,
            5..=16 => BitDepth::Four,
            _ => BitDepth::Eight,
        };
        let index = palette.iter().zip(0..=255).map(|(&color, index)| (color, index)).collect();
        Self { color: ColorType::Indexed, depth, index, palette }
    }

    /// Whether transparent pixels can be written.
    fn has_alpha(&self) -> bool {
        self.color != ColorType::Rgb
    }

    /// Pixels as the file stores them.
    fn packed(&self, pixels: &[u8], width: u32) -> Vec<u8> {
        match self.color {
            ColorType::Rgb => pixels.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect(),
            ColorType::Indexed => {
                let bits = self.depth as usize;
                let mut out = Vec::new();
                for row in pixels.chunks_exact(width as usize * 4) {
                    let indices: Vec<u8> = row
                        .chunks_exact(4)
                        .map(|p| self.index.get(&[p[0], p[1], p[2], p[3]]).copied().unwrap_or(0))
                        .collect();
                    // The leftmost pixel is in the highest bits.
                    out.extend(indices.chunks(8 / bits).map(|group| {
                        group
                            .iter()
                            .enumerate()
                            .fold(0u8, |byte, (at, &index)| byte | index << (8 - bits - at * bits))
                    }));
                }
                out
            }
            _ => pixels.to_vec(),
        }
    }
}

/// What an APNG is made of besides its frames.
pub(crate) struct Parts<'a> {
    /// Width and height of the canvas.
    pub(crate) size: (u32, u32),
    /// What the frames have in common.
    pub(crate) survey: &'a Survey,
    /// 0 is for ever.
    pub(crate) plays: u32,
    /// Profile, EXIF and XMP to write.
    pub(crate) metadata: &'a Metadata,
    /// 1 to 9.
    pub(crate) effort: u8,
}

/// Writes an animation.
///
/// # Errors
/// What the player says, [`OptimizationError::Encode`] and [`OptimizationError::Cancelled`].
pub(crate) fn write(
    source: &Source<'_>,
    preparation: Preparation<'_>,
    parts: &Parts<'_>,
    context: &OptimizeContext<'_>,
) -> Result<Vec<u8>, OptimizationError> {
    let (width, height) = parts.size;
    let layout = Layout::new(parts.survey);
    let mut info = Info::with_size(width, height);
    info.color_type = layout.color;
    info.bit_depth = layout.depth;
    info.icc_profile = parts.metadata.icc.as_deref().map(Into::into);
    info.exif_metadata = parts.metadata.exif.as_deref().map(Into::into);
    if layout.color == ColorType::Indexed {
        info.palette =
            Some(layout.palette.iter().flat_map(|c| [c[0], c[1], c[2]]).collect::<Vec<u8>>().into());
        let alphas: Vec<u8> = layout.palette.iter().map(|c| c[3]).take_while(|&alpha| alpha < 255).collect();
        info.trns = (!alphas.is_empty()).then(|| alphas.into());
    }
    let mut bytes = Vec::new();
    let mut encoder = Encoder::with_info(&mut bytes, info).map_err(failed)?;
    // oxipng deflates what comes out again; deltas between frames follow no rows, so they stay unfiltered.
    encoder.set_compression(Compression::Balanced);
    encoder.set_filter(if layout.color == ColorType::Indexed { Filter::NoFilter } else { Filter::Adaptive });
    let frames = u32::try_from(parts.survey.delays.len()).map_err(failed)?;
    encoder.set_animated(frames, parts.plays).map_err(failed)?;
    if let Some(xmp) = parts.metadata.xmp.as_ref().and_then(|xmp| String::from_utf8(xmp.clone()).ok()) {
        encoder.add_itxt_chunk("XML:com.adobe.xmp".into(), xmp).map_err(failed)?;
    }
    let mut writer = encoder.write_header().map_err(failed)?;
    let mut player = play(source, preparation)?;
    let mut before: Vec<u8> = Vec::new();
    for &delay in &parts.survey.delays {
        context.check_cancelled()?;
        if player.next_frame()?.is_none() {
            return Err(failed("the number of frames has changed"));
        }
        let canvas = player.canvas();
        let first = before.is_empty();
        before.resize(canvas.len(), 0);
        // The first frame is the picture that other readers show, and always whole.
        let rect = if first { Rect::whole(width, height) } else { changed(&before, canvas, width) };
        let patch = patch(&before, canvas, width, rect);
        // Long transparent runs pack best; with few unchanged pixels they only disturb.
        let holes =
            patch.holes.filter(|_| !first && layout.has_alpha() && patch.unchanged * 8 >= rect.area());
        let blend = if holes.is_some() { BlendOp::Over } else { BlendOp::Source };
        let pixels = layout.packed(holes.as_deref().unwrap_or(&patch.solid), rect.width);
        let (numerator, denominator) = fraction(delay);
        writer.set_frame_delay(numerator, denominator).map_err(failed)?;
        if !first {
            writer.reset_frame_position().map_err(failed)?;
            writer.set_frame_dimension(rect.width, rect.height).map_err(failed)?;
            writer.set_frame_position(rect.left, rect.top).map_err(failed)?;
        }
        writer.set_blend_op(blend).map_err(failed)?;
        writer.set_dispose_op(DisposeOp::None).map_err(failed)?;
        writer.write_image_data(&pixels).map_err(failed)?;
        before.copy_from_slice(canvas);
    }
    writer.finish().map_err(failed)?;
    context.check_cancelled()?;
    recompressed(&bytes, parts.metadata, parts.effort)
}

/// A delay as APNG holds it. What does not fit 16 bits (delays over a minute in milliseconds) is rounded to the
/// finest unit that does; [`exact`] says whether it is.
pub(crate) fn fraction(delay: Delay) -> (u16, u16) {
    let (numerator, denominator) = delay.parts();
    if let (Ok(numerator), Ok(denominator)) = (u16::try_from(numerator), u16::try_from(denominator)) {
        return (numerator, denominator);
    }
    for denominator in [1000u16, 100, 10, 1] {
        let unit = 1_000_000_000 / u64::from(denominator);
        if let Ok(numerator) = u16::try_from((delay.nanoseconds() + unit / 2) / unit) {
            return (numerator, denominator);
        }
    }
    (u16::MAX, 1)
}

/// Whether APNG holds a delay as it is.
pub(crate) fn exact(delay: Delay) -> bool {
    let (numerator, denominator) = fraction(delay);
    Delay::new(u32::from(numerator), u32::from(denominator)).nanoseconds() == delay.nanoseconds()
}

/// An APNG with its pixels deflated better and without the chunks that change nothing; frames stay as they are.
///
/// # Errors
/// [`OptimizationError::Encode`].
pub(crate) fn recompressed(
    bytes: &[u8],
    metadata: &Metadata,
    effort: u8,
) -> Result<Vec<u8>, OptimizationError> {
    // There are too many frames for zopfli, which graphics get at effort 8.
    let mut options = oxipng_options(effort, ImageKind::Photo);
    // Under a frame that is drawn over it, a transparent pixel's colour means nothing, but the next frame may say
    // otherwise.
    options.optimize_alpha = false;
    let mut kept: Vec<[u8; 4]> = KEPT_CHUNKS.to_vec();
    kept.extend(metadata.icc.as_ref().map(|_| *b"iCCP"));
    kept.extend(metadata.exif.as_ref().map(|_| *b"eXIf"));
    kept.extend(metadata.xmp.as_ref().map(|_| *b"iTXt"));
    options.strip = StripChunks::Keep(kept.into_iter().collect());
    // oxipng takes the lengths of control chunks on trust.
    catch_unwind(AssertUnwindSafe(|| oxipng::optimize_from_memory(bytes, &options)))
        .map_err(|_| failed("it stopped on an unusual chunk"))?
        .map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> OptimizationError {
    OptimizationError::Encode { encoder: EncoderKind::Oxipng.name(), message: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_keep_their_fraction_where_it_fits() {
        assert_eq!(fraction(Delay::new(1, 60)), (1, 60));
        assert_eq!(fraction(Delay::new(70_000, 1000)), (7000, 100));
        assert!(exact(Delay::new(70_000, 1000)) && !exact(Delay::new(70_001, 1000)));
    }

    #[test]
    fn indices_are_packed_from_the_left() {
        let colors = Some(vec![[9, 9, 9, 255], [0; 4]]);
        let survey = Survey {
            delays: Vec::new(),
            alpha: AlphaKind::Binary,
            colors,
            kind: crate::analyse::ImageKind::Graphic,
        };
        let layout = Layout::new(&survey);
        assert_eq!(layout.depth as u8, 1);
        let pixels = [[9, 9, 9, 255], [0; 4], [9, 9, 9, 255]].concat();
        assert_eq!(layout.packed(&pixels, 3), [0b1010_0000]);
    }
}
