//! One pass over all frames before anything is encoded: what there is to encode.

use super::prepared::{Preparation, play};
use super::{Delay, FrameStream, Source};
use crate::analyse::{AlphaKind, ImageKind, analyse};
use crate::context::OptimizeContext;
use crate::error::OptimizationError;
use crate::pixels::{Channels, PixelBuffer, Samples};
use std::collections::HashMap;

/// Colours are counted up to here.
const MAX_COLORS: usize = 256;

/// What the frames have in common.
#[derive(Debug, Clone)]
pub(crate) struct Survey {
    /// How long each frame is shown.
    pub(crate) delays: Vec<Delay>,
    /// Transparency in use, over all frames.
    pub(crate) alpha: AlphaKind,
    /// All colours (with alpha), those that the most frames draw first, where there are at most 256.
    pub(crate) colors: Option<Vec<[u8; 4]>>,
    /// What the first frame with anything on it looks like.
    pub(crate) kind: ImageKind,
}

/// Plays all frames.
///
/// # Errors
/// What the player says, and [`OptimizationError::Cancelled`].
pub(crate) fn survey(
    source: &Source<'_>,
    preparation: Preparation<'_>,
    (width, height): (u32, u32),
    context: &OptimizeContext<'_>,
) -> Result<Survey, OptimizationError> {
    let mut player = play(source, preparation)?;
    let mut survey = Survey {
        delays: Vec::new(),
        alpha: AlphaKind::None,
        colors: Some(Vec::new()),
        kind: ImageKind::Graphic,
    };
    // How many frames draw a colour, and the last of them.
    let mut drawn: HashMap<[u8; 4], (usize, usize)> = HashMap::new();
    let mut before: Vec<u8> = Vec::new();
    let mut kind = None;
    while let Some(delay) = player.next_frame()? {
        context.check_cancelled()?;
        let canvas = player.canvas();
        if kind.is_none() && canvas.chunks_exact(4).any(|pixel| pixel[3] != 0) {
            let image = PixelBuffer::new(width, height, Channels::Rgba, Samples::U8(canvas.to_vec()))?;
            kind = Some(analyse(&image).kind);
        }
        for (index, pixel) in canvas.chunks_exact(4).enumerate() {
            let before = before.get(index * 4..index * 4 + 4);
            if before == Some(pixel) || index > 0 && canvas[index * 4 - 4..index * 4] == *pixel {
                continue;
            }
            match pixel[3] {
                0 if survey.alpha == AlphaKind::None => survey.alpha = AlphaKind::Binary,
                0 | 255 => {}
                _ => survey.alpha = AlphaKind::Full,
            }
            if let Some(colors) = &mut survey.colors {
                let color = [pixel[0], pixel[1], pixel[2], pixel[3]];
                let frame = survey.delays.len();
                let (frames, last) = drawn.entry(color).or_insert_with(|| {
                    colors.push(color);
                    (0, usize::MAX)
                });
                if *last != frame {
                    (*frames, *last) = (*frames + 1, frame);
                }
                if colors.len() > MAX_COLORS {
                    survey.colors = None;
                }
            }
        }
        before.clear();
        before.extend_from_slice(canvas);
        survey.delays.push(delay);
    }
    if let Some(colors) = &mut survey.colors {
        // The sort is stable: equals stay in the order they first appear.
        colors.sort_by_key(|color| std::cmp::Reverse(drawn.get(color).map_or(0, |&(frames, _)| frames)));
    }
    survey.kind = kind.unwrap_or(ImageKind::Graphic);
    if survey.delays.is_empty() {
        return Err(OptimizationError::corrupt(source.format, "there is no frame in it"));
    }
    Ok(survey)
}
